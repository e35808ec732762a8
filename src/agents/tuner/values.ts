/** A literal at a place in a list of tokens, with its sign. */

import type { Token } from "./lex.ts";
import { type Literal, readLiteral } from "./literal.ts";

export interface LiteralAt {
  readonly literal: Literal;
  readonly start: number;
  readonly end: number;
  /** Index of the token behind it. */
  readonly next: number;
}

/** Reads `-0.5`, `true`, `"text"`, `2**19`; undefined when no literal starts here. */
export function literalAt(tokens: readonly Token[], at: number): LiteralAt | undefined {
  const first = tokens[at];
  if (first === undefined) return undefined;
  const signed = first.kind === "punct" && (first.text === "-" || first.text === "+");
  const body = signed ? tokens[at + 1] : first;
  if (body === undefined || (signed && (body.kind !== "number" || body.start !== first.end))) return undefined;
  const isPower = !signed && body.text === "2" && tokens[at + 1]?.text === "**" && tokens[at + 2]?.kind === "number";
  const last = isPower ? tokens[at + 2]! : body;
  if (body.kind !== "number" && body.kind !== "string" && body.kind !== "word") return undefined;
  const text = isPower ? `2**${last.text}` : `${signed ? first.text : ""}${body.text}`;
  const literal = readLiteral(text);
  const next = at + (isPower ? 3 : signed ? 2 : 1);
  return literal && { literal, start: first.start, end: last.end, next };
}
