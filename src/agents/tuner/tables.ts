/**
 * Constants of TOML, and of INI, .env and properties files, which are near enough: `key = literal` under `[table]`
 * headers, named by dotted path (`optimizer.lr`, `layers.0.width` in arrays of tables).
 *
 * Not covered: inline tables and arrays.
 */
import { commentText, type Site } from "./constant.ts";
import { type Dialect, INI, lex, TOML, type Token } from "./lex.ts";
import { literalAt } from "./values.ts";

/** The constants of a TOML file. */
export function readToml(text: string): readonly Site[] {
  return readTables(text, TOML);
}

/** The constants of an INI-like file. */
export function readIni(text: string): readonly Site[] {
  return readTables(text, INI);
}

function readTables(text: string, dialect: Dialect): readonly Site[] {
  const sites: Site[] = [];
  const arrays = new Map<string, number>();
  let table = "";
  for (const line of lines(lex(text, dialect))) {
    const header = headerOf(text, line);
    if (header !== undefined) {
      const count = (arrays.get(header.path) ?? -1) + 1;
      if (header.isArray) arrays.set(header.path, count);
      table = header.isArray ? `${header.path}.${count}` : header.path;
      continue;
    }
    const site = readPair(text, line, table);
    if (site !== undefined) sites.push(site);
  }
  return sites;
}

/** Lines of tokens; brackets join lines, except that a header is a line of its own. */
function lines(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const all: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === "punct" && "[{".includes(token.text)) depth++;
    if (token.kind === "punct" && "]}".includes(token.text)) depth = Math.max(0, depth - 1);
    if (token.kind !== "newline") all.at(-1)!.push(token);
    else if (depth === 0) all.push([]);
  }
  return all.filter((line) => line.length > 0);
}

function headerOf(text: string, line: readonly Token[]): { path: string; isArray: boolean } | undefined {
  const code = line.filter((token) => token.kind !== "comment");
  if (code[0]?.text !== "[" || code.at(-1)?.text !== "]") return undefined;
  const isArray = code[1]?.text === "[" && code[1].start === code[0].end;
  const inner = text.slice(code[isArray ? 1 : 0]!.end, code.at(isArray ? -2 : -1)!.start);
  return { path: keyPath(inner) ?? "", isArray };
}

function readPair(text: string, line: readonly Token[], table: string): Site | undefined {
  const sign = line.findIndex((token) => token.kind === "punct" && token.text === "=");
  if (sign < 1) return undefined;
  const key = keyPath(text.slice(line[0]!.start, line[sign]!.start));
  const found = literalAt(line, sign + 1);
  const behind = found && line[found.next];
  if (key === undefined || found === undefined || (behind !== undefined && behind.kind !== "comment")) return undefined;
  const { start, end, literal } = found;
  const comment = behind === undefined ? "" : commentText(behind.text);
  return { name: table === "" ? key : `${table}.${key}`, start, end, literal, comment };
}

const KEY = /^(?:[\p{L}\p{N}_-]+|"[^"\\]*"|'[^']*')(?:\s*\.\s*(?:[\p{L}\p{N}_-]+|"[^"\\]*"|'[^']*'))*$/u;

function keyPath(raw: string): string | undefined {
  const text = raw.trim().replace(/^export\s+/, "");
  if (text.length > 200 || !KEY.test(text)) return undefined;
  return text.replace(/\s*\.\s*/g, ".").replace(/["']/g, "");
}
