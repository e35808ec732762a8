/**
 * Constants of Python: `NAME = 0.1` and `name: float = 0.1` at the top level, and the same in a class at the top level,
 * named `Class.name` (dataclasses and settings).
 *
 * A name that is assigned again anywhere, by any statement, is a variable and is left alone. Not covered: keyword
 * defaults, tuples, several assignments on one line.
 */
import { commentText, type Site } from "./constant.ts";
import { lex, PYTHON, type Token } from "./lex.ts";
import { literalAt } from "./values.ts";

/** The constants of a Python file. */
export function readPython(text: string): readonly Site[] {
  const lines = logicalLines(lex(text, PYTHON), text);
  const counts = bindings(lines);
  return lines.flatMap((line) => {
    const isTop = line.inside.length === 0 || (line.inside.length === 1 && line.inside[0] !== undefined);
    const site = isTop ? readAssignment(line) : undefined;
    return site !== undefined && counts.get(site.name) === 1 ? [site] : [];
  });
}

interface Line {
  readonly indent: number;
  /** Without newlines; a comment may be last. */
  readonly tokens: readonly Token[];
  /** The blocks around it, outermost first: the name of a class, undefined for any other. */
  readonly inside: readonly (string | undefined)[];
}

/** Lines as Python sees them: brackets join, blank lines and comments alone do not count. */
function logicalLines(tokens: readonly Token[], text: string): readonly Line[] {
  const lines: Line[] = [];
  let blocks: readonly { readonly indent: number; readonly name: string | undefined }[] = [];
  for (const line of joined(tokens)) {
    const first = line.find((token) => token.kind !== "comment");
    if (first === undefined) continue;
    const indent = indentOf(text, first.start);
    blocks = blocks.filter((block) => block.indent < indent);
    lines.push({ indent, tokens: line, inside: blocks.map((block) => block.name) });
    const opens = line.findLast((token) => token.kind !== "comment")?.text === ":";
    // Deeper than this no constant is read, and a hostile file must not make every line copy a long list.
    if (opens && blocks.length < 3) blocks = [...blocks, { indent, name: classNameOf(line) }];
  }
  return lines;
}

function joined(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const lines: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === "punct" && "([{".includes(token.text)) depth++;
    if (token.kind === "punct" && ")]}".includes(token.text)) depth = Math.max(0, depth - 1);
    if (token.kind !== "newline") lines.at(-1)!.push(token);
    else if (depth === 0) lines.push([]);
  }
  return lines;
}

function indentOf(text: string, at: number): number {
  let indent = 0;
  for (let i = at - 1; i >= 0 && text[i] !== "\n" && text[i] !== "\r"; i--) indent += text[i] === "\t" ? 8 : 1;
  return text.startsWith("\ufeff") && indent === at ? indent - 1 : indent;
}

function classNameOf(line: readonly Token[]): string | undefined {
  const [first, second] = line;
  return first?.text === "class" && second?.kind === "word" ? second.text : undefined;
}

function readAssignment(line: Line): Site | undefined {
  const [name] = line.tokens;
  const sign = signIndex(line);
  if (name?.kind !== "word" || sign === undefined) return undefined;
  const found = literalAt(line.tokens, sign + 1);
  const behind = found && line.tokens[found.next];
  if (found === undefined || (behind !== undefined && behind.kind !== "comment")) return undefined;
  const { start, end, literal } = found;
  const comment = behind === undefined ? "" : commentText(behind.text);
  return { name: boundName(line), start, end, literal, comment };
}

/** Where the `=` of `name = …` or `name: type = …` stands. */
function signIndex(line: Line): number | undefined {
  const [, second] = line.tokens;
  if (second?.text === "=") return 1;
  if (second?.text !== ":") return undefined;
  const at = line.tokens.findIndex((token) => token.kind === "punct" && token.text === "=");
  return at > 2 ? at : undefined;
}

/** How often each name is bound; below the top level by any block together, so rather too often than too seldom. */
function bindings(lines: readonly Line[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const add = (name: string, by: number) => counts.set(name, (counts.get(name) ?? 0) + by);
  for (const line of lines) {
    const [first, second] = line.tokens;
    const assigns = /^(?:[-+*/%&|^@]|\*\*|\/\/|<<|>>)?=$/.test(second?.text ?? "") || signIndex(line) !== undefined;
    if (first?.kind === "word" && assigns) add(boundName(line), 1);
    else if (first?.text === "global") for (const token of line.tokens) add(token.text, 2);
    else if (first?.text === "for") for (const token of line.tokens.slice(1, untilIn(line))) add(token.text, 2);
  }
  return counts;
}

function untilIn(line: Line): number {
  const at = line.tokens.findIndex((token) => token.text === "in");
  return at < 0 ? line.tokens.length : at;
}

function boundName(line: Line): string {
  const name = line.tokens[0]?.text ?? "";
  return line.inside.length === 1 && line.inside[0] !== undefined ? `${line.inside[0]}.${name}` : name;
}
