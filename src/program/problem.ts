/**
 * What is wrong with a program.md, as a value: where, which field, what was found and what would be right.
 *
 * Everything quoted here comes from a file that anybody may have written: `formatProblem` strips control characters
 * and bounds every part, so the line is safe on a terminal.
 */

/** One fault, or one warning. `line` counts from 1 in the whole file; missing when it belongs to no line. */
export interface Problem {
  readonly file: string;
  readonly line: number | undefined;
  /** Dotted path of the field, `scope[1]` for the second entry of a list. */
  readonly field: string;
  /** The text found, as written; empty when nothing was found. */
  readonly found: string;
  readonly expected: string;
  /** A line to write, or an act, that mends it. */
  readonly fix?: string | undefined;
}

/** A problem before it is known which file it belongs to. */
export type Fault = Omit<Problem, "file">;

const MAX_PART = 300;

/** `program.md:7: budget: found "60 minute"; expected a duration such as 60s, 5m or 1h30m. Fix: budget: 60m` */
export function formatProblem(p: Problem): string {
  const place = p.line === undefined ? p.file : `${p.file}:${p.line}`;
  const found = p.found === "" ? "found nothing" : `found "${clean(p.found)}"`;
  const fix = p.fix === undefined ? "" : `. Fix: ${clean(p.fix)}`;
  return `${clean(place)}: ${clean(p.field)}: ${found}; expected ${clean(p.expected)}${fix}`;
}

/** Faults in the order of their lines; those of one line stay in the order found; those without a line come first. */
export function inLineOrder<T extends Fault>(faults: readonly T[]): T[] {
  return [...faults].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

/** The text on one line, without control characters (also bidirectional ones), at most `max` characters. */
export function clean(text: string, max = MAX_PART): string {
  const flat = text
    .slice(0, max * 4)
    .replace(/\s+/g, " ")
    .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, "");
  return flat.length <= max ? flat : `${flat.slice(0, max - 1)}…`;
}

/** The known word that `word` was most likely meant to be: equal but for case and punctuation, or two typos away. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, "");
  if (word.length > 64) return undefined;
  const mine = plain(word);
  if (mine === "") return undefined;
  const ranked = known
    .map((candidate) => ({ candidate, distance: distance(mine, plain(candidate)) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.min(2, Math.floor(mine.length / 3)) ? best.candidate : undefined;
}

/** Optimal string alignment: insertions, deletions, replacements and swapped neighbours count one each. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
