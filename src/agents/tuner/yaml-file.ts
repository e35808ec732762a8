/**
 * Constants of YAML: every plain or quoted scalar that is a value, named by dotted path. Lists longer than 8 entries
 * are data, not settings.
 *
 * A file with errors has no constants, nor has one nested so deep that the parser's recursion could end the process
 * (its regular expressions, compiled near the end of the stack, do that: V8 calls it out of memory). Not covered:
 * tagged scalars, and keys that are no scalars.
 */
import { isMap, isScalar, isSeq, parseAllDocuments, type Scalar } from "yaml";
import { commentText, type Site } from "./constant.ts";
import { type Literal, readLiteral } from "./literal.ts";

const DEEPEST = 20;
const LONGEST_LIST = 8;
/** Levels of brackets, and columns of indentation. */
const DEEPEST_FLOW = 50;
const DEEPEST_INDENT = 100;

/** The constants of a YAML file, of all its documents. */
export function readYaml(text: string): readonly Site[] {
  if (isTooDeep(text)) return [];
  const parsed = parseAllDocuments(text, { logLevel: "silent", uniqueKeys: false });
  const documents = Array.isArray(parsed) ? parsed : [];
  if (documents.some((document) => document.errors.length > 0)) return [];
  const sites: Site[] = [];
  documents.forEach((document, i) => {
    collect(document.contents, { text, path: documents.length > 1 ? [String(i)] : [], sites });
  });
  return sites;
}

/** Rather too careful: brackets and indicators inside texts count too. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let column = 0;
  for (const char of text) {
    if (char === "[" || char === "{") depth++;
    else if (char === "]" || char === "}") depth = Math.max(0, depth - 1);
    column = char === "\n" ? 0 : char === " " ? column + 1 : Number.POSITIVE_INFINITY;
    if (depth > DEEPEST_FLOW || (column > DEEPEST_INDENT && column < Number.POSITIVE_INFINITY)) return true;
  }
  return /(?:[-?:][ \t]+){50}/.test(text);
}

interface Walk {
  readonly text: string;
  readonly path: readonly string[];
  readonly sites: Site[];
}

function collect(node: unknown, walk: Walk): void {
  if (walk.path.length > DEEPEST) return;
  const below = (name: string) => ({ ...walk, path: [...walk.path, name] });
  if (isMap(node)) {
    for (const pair of node.items) if (isScalar(pair.key)) collect(pair.value, below(String(pair.key.value)));
  } else if (isSeq(node)) {
    if (node.items.length <= LONGEST_LIST) node.items.forEach((item, i) => void collect(item, below(String(i))));
  } else if (isScalar(node) && walk.path.length > 0) {
    const site = siteOf(node, walk);
    if (site !== undefined) walk.sites.push(site);
  }
}

function siteOf(node: Scalar, walk: Walk): Site | undefined {
  if (!node.range || node.tag !== undefined) return undefined;
  const [start, end] = node.range;
  const raw = walk.text.slice(start, end);
  const literal = readLiteral(raw) ?? plainString(node, raw);
  if (literal === undefined) return undefined;
  // The rest of a very long line is not searched for a comment.
  const comment = /^[ \t,\]}]*[ \t]#([^\n\r]*)/.exec(walk.text.slice(end, end + 400))?.[1] ?? "";
  return { name: walk.path.join("."), start, end, literal, comment: commentText(comment) };
}

function plainString(node: Scalar, raw: string): Literal | undefined {
  if (node.type !== "PLAIN" || !/^[A-Za-z][\w.+-]*$/.test(raw) || raw.length > 100) return undefined;
  return typeof node.value === "string" ? { value: raw, style: { kind: "string", quote: "" } } : undefined;
}
