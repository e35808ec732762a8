/**
 * What a proposal's diff says about its kind: how much code it adds and removes, whether it turns a seed, which places
 * it changes. Pure.
 *
 * A heuristic on lines, made to be hard to please by accident: comments and blank lines count as nothing, so deleting
 * comments is no simplification, and a line counts as randomness only when it names a seed or a generator. Not covered:
 * a seed that hides behind a name that says nothing. The judge's repeats under fresh seeds are what catches that.
 */

import { createHash } from "node:crypto";
import type { Hunk } from "./experiment.ts";

export interface ChangeFacts {
  /** Lines of code, neither blank nor comment. */
  readonly codeAdded: number;
  readonly codeRemoved: number;
  /** Every changed line of code names a seed: there is nothing else in the change. */
  readonly onlySeed: boolean;
  /** Some changed line of code names a seed. */
  readonly touchesSeed: boolean;
  /** Some changed line of code names a schedule, a batch or a budget: its curve does not compare with another's. */
  readonly touchesSchedule: boolean;
}

const COMMENT = /^\s*(\/\/|#|\*|\/\*|--|;|<!--)/;
const SEED = /\b(seeds?|rng)\b|\brandom ?state\b/i;

const SCHEDULE = /\b(schedule\w*|warm ?up|warm ?down|cool ?down|decay\w*|anneal\w*|batch\w*|budget|steps?|epochs?)\b/i;

/** Reads a unified diff as `git diff` prints it. */
export function changeFacts(diff: string): ChangeFacts {
  const added: string[] = [];
  const removed: string[] = [];
  for (const line of diff.split("\n")) {
    if (/^(\+\+\+|---) /.test(line)) continue;
    if (line.startsWith("+")) added.push(line.slice(1));
    else if (line.startsWith("-")) removed.push(line.slice(1));
  }
  const code = [...added, ...removed].filter(isCode);
  const seeds = code.filter((line) => SEED.test(splitWords(line)));
  return {
    codeAdded: added.filter(isCode).length,
    codeRemoved: removed.filter(isCode).length,
    onlySeed: code.length > 0 && seeds.length === code.length,
    touchesSeed: seeds.length > 0,
    touchesSchedule: code.some((line) => SCHEDULE.test(splitWords(line))),
  };
}

function isCode(line: string): boolean {
  return line.trim() !== "" && !COMMENT.test(line);
}

/** `rngSeed` and `RNG_SEED` become words, so that "seed" is found in them and not in "seedling". */
function splitWords(line: string): string {
  return line.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replace(/_/g, " ");
}

/** The flags that speak of randomness. */
export const SEED_FLAGS: readonly string[] = ["only a seed changed", "touches randomness"];

/** Its runs are never stopped early. */
export const SCHEDULE_FLAG = "changes schedule, batch or budget";

/** What is flagged, in the words under which the report shows it; empty for an ordinary change. */
export function flagsOf(facts: ChangeFacts): readonly string[] {
  const seed = facts.onlySeed ? SEED_FLAGS.slice(0, 1) : facts.touchesSeed ? SEED_FLAGS.slice(1) : [];
  return facts.touchesSchedule ? [...seed, SCHEDULE_FLAG] : seed;
}

/** Most places of a change that are kept, and most prints of added lines. */
export const MAX_HUNKS = 50;
export const MAX_PRINTS = 64;

/**
 * The places that a unified diff changes, in the numbers of the old file and without the lines around them. Files that
 * are new have no old lines and are left out; so are names that git had to quote.
 */
export function hunksOf(diff: string): readonly Hunk[] {
  const hunks: Hunk[] = [];
  let file: string | undefined;
  let inFile = false;
  let old = 0;
  let open: { line: number; count: number } | undefined;
  const close = () => {
    if (open !== undefined && file !== undefined && hunks.length < MAX_HUNKS) hunks.push({ file, ...open });
    open = undefined;
  };
  for (const line of diff.split("\n")) {
    const head = /^@@ -(\d{1,9})(,\d{1,9})? \+/.exec(line);
    if (line.startsWith("diff --git ") || head !== null) {
      close();
      inFile = head !== null;
      // "-12,0": nothing of the old file is shown, and 12 is the line after which something is put in.
      if (head !== null) old = Number(head[1]) + (head[2] === ",0" ? 1 : 0);
    } else if (!inFile) {
      if (line.startsWith("--- ")) file = line.startsWith("--- a/") ? line.slice(6) : undefined;
    } else if (line.startsWith("-") || line.startsWith("+")) {
      open ??= { line: old, count: 0 };
      if (line.startsWith("-")) {
        open.count += 1;
        old += 1;
      }
    } else if (line.startsWith(" ") || line === "") {
      close();
      old += 1;
    }
  }
  close();
  return hunks;
}

/** Added lines shorter than this say nothing: a brace, a bare return. */
const SAYS_SOMETHING = 8;

/** Short hashes of the added lines of code, sorted, each once; white space does not count. */
export function printsOf(diff: string): readonly string[] {
  const added = diff
    .split("\n")
    .filter((line) => line.startsWith("+") && !line.startsWith("+++ "))
    .map((line) => line.slice(1))
    .filter(isCode)
    .map((line) => line.replace(/\s+/g, ""))
    .filter((line) => line.length >= SAYS_SOMETHING);
  const prints = added.map((line) => createHash("sha256").update(line).digest("hex").slice(0, 12));
  return [...new Set(prints)].sort().slice(0, MAX_PRINTS);
}

/** The start of the flag for lines that were tried and dropped before. */
export const RETURN_FLAG = "brings back lines that were dropped";

/** All added lines of a dropped proposal are among those of the new one. */
export function bringsBack(dropped: readonly string[] | undefined, now: ReadonlySet<string>): boolean {
  return dropped !== undefined && dropped.length > 0 && dropped.every((print) => now.has(print));
}
