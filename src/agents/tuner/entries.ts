/**
 * The literals inside braces and brackets: JSON files, and objects that a script assigns to a constant.
 *
 * Names are dotted paths (`optimizer.lr`, `layers.0.width`). Lists longer than 8 entries are data, not settings.
 * Nesting is followed 20 deep; what lies deeper is skipped without using the stack.
 */
import { commentText, type Site } from "./constant.ts";
import type { Token } from "./lex.ts";
import { literalAt } from "./values.ts";

const DEEPEST = 20;
const LONGEST_LIST = 8;

export interface Entries {
  readonly sites: readonly Site[];
  /** Index of the token behind the closing bracket. */
  readonly next: number;
}

/** Reads from the opening brace or bracket at `at`. */
export function readEntries(tokens: readonly Token[], at: number, path: string, depth = 0): Entries {
  const isList = tokens[at]?.text === "[";
  if (depth > DEEPEST) return { sites: [], next: closing(tokens, at) };
  const sites: Site[] = [];
  let count = 0;
  let i = at + 1;
  for (;;) {
    i = significant(tokens, i);
    const token = tokens[i];
    if (token === undefined || token.text === "}" || token.text === "]") break;
    const entry = readEntry(tokens, i, { path, name: isList ? String(count) : undefined, depth });
    sites.push(...entry.sites);
    count++;
    i = entry.next;
  }
  return { sites: isList && count > LONGEST_LIST ? [] : sites, next: i + 1 };
}

/** One entry up to and including its comma, or up to the closing bracket. */
function readEntry(
  tokens: readonly Token[],
  at: number,
  within: { readonly path: string; readonly name: string | undefined; readonly depth: number },
): Entries {
  const key = within.name ?? keyOf(tokens[at]);
  const colon = significant(tokens, at + 1);
  const isNamed = within.name === undefined && tokens[colon]?.text === ":";
  if (key === undefined || (within.name === undefined && !isNamed)) return { sites: [], next: entryEnd(tokens, at) };
  const value = isNamed ? significant(tokens, colon + 1) : at;
  const name = within.path === "" ? key : `${within.path}.${key}`;
  const opening = tokens[value]?.text;
  if (opening === "{" || opening === "[") {
    const inner = readEntries(tokens, value, name, within.depth + 1);
    const isWhole = [",", "}", "]", undefined].includes(tokens[significant(tokens, inner.next)]?.text);
    return { sites: isWhole ? inner.sites : [], next: entryEnd(tokens, inner.next) };
  }
  const literal = literalAt(tokens, value);
  const behind = literal === undefined ? undefined : significant(tokens, literal.next);
  const next = entryEnd(tokens, value);
  if (literal === undefined || behind === undefined) return { sites: [], next };
  if (![",", "}", "]"].includes(tokens[behind]?.text ?? "")) return { sites: [], next };
  const { start, end } = literal;
  return {
    sites: [{ name, start, end, literal: literal.literal, comment: commentBehind(tokens, literal.next) }],
    next,
  };
}

function keyOf(token: Token | undefined): string | undefined {
  if (token?.kind === "word") return token.text;
  return token?.kind === "string" && token.text.length > 2 ? token.text.slice(1, -1) : undefined;
}

/** The next token that is neither a comment nor a newline. */
export function significant(tokens: readonly Token[], at: number): number {
  let i = at;
  while (tokens[i]?.kind === "comment" || tokens[i]?.kind === "newline") i++;
  return i;
}

/** The comment on the same line, with nothing between but what ends a value. */
export function commentBehind(tokens: readonly Token[], at: number): string {
  for (let i = at; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.kind === "comment") return commentText(token.text);
    if (token.kind === "newline" || ![",", ";", "as", "const", "}", "]", ")"].includes(token.text)) return "";
  }
  return "";
}

function entryEnd(tokens: readonly Token[], at: number): number {
  let i = at;
  while (i < tokens.length) {
    const { text, kind } = tokens[i]!;
    if (kind === "punct" && text === ",") return i + 1;
    if (kind === "punct" && (text === "}" || text === "]" || text === ")")) return i;
    i = kind === "punct" && (text === "{" || text === "[" || text === "(") ? closing(tokens, i) : i + 1;
  }
  return i;
}

/** Index of the token behind the bracket that closes the one at `at`. */
export function closing(tokens: readonly Token[], at: number): number {
  let depth = 0;
  for (let i = at; i < tokens.length; i++) {
    const { kind, text } = tokens[i]!;
    if (kind !== "punct") continue;
    if (text === "{" || text === "[" || text === "(") depth++;
    if (text === "}" || text === "]" || text === ")") depth--;
    if (depth <= 0) return i + 1;
  }
  return tokens.length;
}
