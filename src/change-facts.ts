/**
 * What a proposal's diff says about its kind: how much code it adds and removes, and whether it turns a seed. Pure.
 *
 * A heuristic on lines, made to be hard to please by accident: comments and blank lines count as nothing, so deleting
 * comments is no simplification, and a line counts as randomness only when it names a seed or a generator. Not covered:
 * a seed that hides behind a name that says nothing. The judge's repeats under fresh seeds are what catches that.
 */

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
