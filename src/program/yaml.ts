/**
 * Cuts a program.md into front matter and body and reads the front matter as YAML, with the line of every value.
 *
 * Safe on hostile input: no aliases (so no alias bombs), no tags, bounded size and depth, objects without a prototype.
 * Values come out as plain data of unknown shape; the schema checks them.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from "yaml";
import { clean, type Fault } from "./problem.ts";

/** Front matter of more than this many characters is refused. */
export const MAX_FRONT_MATTER = 65_536;
const MAX_DEPTH = 20;

/** A file cut in two. `firstLine` is the line on which the YAML begins. */
export type Cut =
  | { readonly kind: "none"; readonly body: string }
  | { readonly kind: "front-matter"; readonly yaml: string; readonly firstLine: number; readonly body: string }
  | { readonly kind: "broken"; readonly fault: Fault };

/** Cuts at the `---` lines. Tolerates a byte order mark and CRLF; the body comes back with LF. */
export function cutFrontMatter(text: string): Cut {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  const isFence = (line: string | undefined) => line !== undefined && /^---[ \t]*$/.test(line);
  if (!isFence(lines[0])) return lateFence(lines) ?? { kind: "none", body: lines.join("\n") };
  const end = lines.findIndex((line, index) => index > 0 && isFence(line));
  if (end < 0) return broken(1, "---", "a second line --- that ends the front matter");
  const yaml = lines.slice(1, end).join("\n");
  if (yaml.length > MAX_FRONT_MATTER) {
    return broken(1, `${yaml.length} characters`, `front matter of at most ${MAX_FRONT_MATTER} characters`);
  }
  const body = lines.slice(end + 1).join("\n");
  return { kind: "front-matter", yaml, firstLine: 2, body: body.replace(/^\n+/, "") };
}

function lateFence(lines: readonly string[]): Cut | undefined {
  const first = lines.findIndex((line) => line.trim() !== "");
  const looksLike = first > 0 && /^---[ \t]*$/.test(lines[first] ?? "") && /^[a-z]+:/.test(lines[first + 1] ?? "");
  if (!looksLike) return undefined;
  return broken(first + 1, "---", "the front matter to begin on the first line", "remove the blank lines above it");
}

function broken(line: number, found: string, expected: string, fix?: string): Cut {
  return { kind: "broken", fault: { line, field: "front matter", found, expected, fix } };
}

/** Parsed YAML whose values can still be traced to their lines. */
export interface Tree {
  readonly doc: Document.Parsed;
  readonly yaml: string;
  readonly lines: LineCounter;
  readonly firstLine: number;
}

/** Parses; faults are syntax errors, duplicate keys, aliases, tags. `value` is missing when nothing can be trusted. */
export function readYaml(yaml: string, firstLine: number): { tree: Tree; value: unknown; faults: readonly Fault[] } {
  const lines = new LineCounter();
  const doc = parseDocument(yaml, { lineCounter: lines, prettyErrors: false, logLevel: "silent" });
  const tree = { doc, yaml, lines, firstLine };
  const syntax = doc.errors.filter((error) => error.code !== "DUPLICATE_KEY");
  const first = syntax[0];
  if (first !== undefined) return { tree, value: undefined, faults: [syntaxFault(tree, first)] };
  const faults = [...doc.errors.map((error) => duplicateFault(tree, error.pos[0])), ...unusableFaults(tree)];
  const value = toPlain(doc.contents, 0);
  if (doc.contents !== null && !isMap(doc.contents)) {
    const found = clean(yaml.trim(), 60);
    faults.push({ line: firstLine, field: "front matter", found, expected: "fields such as name: my-lab" });
    return { tree, value: undefined, faults };
  }
  return { tree, value: value ?? Object.create(null), faults };
}

function lineAt(tree: Tree, offset: number): number {
  return tree.lines.linePos(Math.min(offset, tree.yaml.length)).line + tree.firstLine - 1;
}

function lineText(tree: Tree, offset: number): string {
  const start = tree.yaml.lastIndexOf("\n", offset - 1) + 1;
  const end = tree.yaml.indexOf("\n", start);
  return clean(tree.yaml.slice(start, end < 0 ? undefined : end).trim(), 80);
}

function syntaxFault(tree: Tree, error: { code: string; message: string; pos: [number, number] }): Fault {
  const line = lineAt(tree, error.pos[0]);
  const text = lineText(tree, error.pos[0]);
  const place = { line, field: "front matter", found: text };
  if (error.code === "BLOCK_AS_IMPLICIT_KEY") {
    return { ...place, expected: "one ': ' on the line; quote a value that contains ': '" };
  }
  // The parser recurses: some thousand open brackets end its stack, which it reports like an error of syntax.
  if (/call stack/.test(error.message)) return { ...place, expected: `at most ${MAX_DEPTH} levels` };
  if (error.code === "TAB_AS_INDENT") return { ...place, expected: "blanks, not tabs, in front of a field" };
  return { ...place, expected: `valid YAML (${clean(error.message, 120)})` };
}

function duplicateFault(tree: Tree, offset: number): Fault {
  const field = /^["']?([\w-]{1,64})/.exec(tree.yaml.slice(offset))?.[1] ?? "front matter";
  return {
    line: lineAt(tree, offset),
    field,
    found: lineText(tree, offset),
    expected: "every field once",
    fix: "remove one of the two lines",
  };
}

/** Aliases, tags and what nests too deep. `*` and `!` in front of a glob are what people stumble over. */
function unusableFaults(tree: Tree): Fault[] {
  const faults: Fault[] = [];
  const add = (node: Node, expected: string, fix?: string) => {
    const offset = node.range?.[0] ?? 0;
    const found = lineText(tree, offset);
    faults.push({ line: lineAt(tree, offset), field: fieldOfLine(found), found, expected, fix });
  };
  visit(tree.doc, {
    Node(_key, node, path) {
      if (path.length > MAX_DEPTH * 2) {
        add(node, `at most ${MAX_DEPTH} levels`);
        return visit.BREAK;
      }
      if (isAlias(node)) add(node, "quotes around a value that begins with *", `"*${clean(node.source, 60)}"`);
      else if (node.tag?.startsWith("!")) {
        const source = clean(`${node.tag}${isScalar(node) && node.value ? ` ${node.value}` : ""}`, 60);
        add(node, "quotes around a value that begins with !", `"${source}"`);
      }
      return undefined;
    },
  });
  return faults;
}

function fieldOfLine(line: string): string {
  return /^\s*([\w-]+):/.exec(line)?.[1] ?? "front matter";
}

/** Plain data; maps become objects without a prototype, so `__proto__` is a key like any other. */
function toPlain(node: unknown, depth: number): unknown {
  if (depth > MAX_DEPTH) return undefined;
  if (isScalar(node)) return node.value;
  if (isSeq(node)) return node.items.map((item) => toPlain(item, depth + 1));
  if (!isMap(node)) return undefined;
  const plain: Record<string, unknown> = Object.create(null);
  for (const pair of node.items) plain[keyText(pair.key)] = toPlain(pair.value, depth + 1);
  return plain;
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : "?";
}

/** Where a value stands and how it is written. When it is missing: the line of the nearest parent, and no source. */
export function locate(tree: Tree, path: readonly PropertyKey[]): { readonly line: number; readonly source: string } {
  let node: unknown = tree.doc.contents;
  let offset: number | undefined;
  for (const step of path) {
    const next = childOf(node, step);
    if (next === undefined)
      return { line: offset === undefined ? tree.firstLine - 1 : lineAt(tree, offset), source: "" };
    offset = next.offset ?? offset;
    node = next.node;
  }
  const line = offset === undefined ? tree.firstLine - 1 : lineAt(tree, offset);
  return { line, source: sourceOf(tree, node) };
}

function childOf(node: unknown, step: PropertyKey): { node: unknown; offset: number | undefined } | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => keyText(item.key) === String(step));
    const key = pair?.key;
    return pair && { node: pair.value, offset: isScalar(key) ? key.range?.[0] : undefined };
  }
  if (!isSeq(node) || typeof step !== "number" || step >= node.items.length) return undefined;
  const item = node.items[step] as Node | undefined;
  return { node: item, offset: item?.range?.[0] };
}

function sourceOf(tree: Tree, node: unknown): string {
  if (isScalar(node)) return node.value === null ? "" : clean(String(node.source ?? node.value), 120);
  const range = (node as Node | null | undefined)?.range;
  return range ? clean(tree.yaml.slice(range[0], range[1]).trim(), 120) : "";
}
