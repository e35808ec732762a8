/**
 * A named constant as it stands in a file: where its literal lies, what it says, and what the comment behind it says.
 */
import type { Literal } from "./literal.ts";

/** A place in a text that holds a literal with a name. Offsets count UTF-16 units; `end` is behind the literal. */
export interface Site {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly literal: Literal;
  /** The comment on the same line behind it, without its marks; "" when there is none. */
  readonly comment: string;
}

/** A site of one file in scope. */
export interface Constant extends Site {
  /** `file#name`, unique among all constants. */
  readonly key: string;
  /** Relative to the lab folder, with `/`. */
  readonly file: string;
  readonly line: number;
}

/** The text of a comment without the marks around it. */
export function commentText(raw: string): string {
  return raw
    .replace(/^(?:\/\/+|#+|;+|\/\*+)/, "")
    .replace(/\*+\/$/, "")
    .trim()
    .slice(0, 300);
}

/** Leaves out names that occur more than once: which of them counts is not ours to guess. */
export function uniquelyNamed(sites: readonly Site[]): readonly Site[] {
  const counts = new Map<string, number>();
  for (const site of sites) counts.set(site.name, (counts.get(site.name) ?? 0) + 1);
  return sites.filter((site) => counts.get(site.name) === 1);
}
