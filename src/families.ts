/**
 * Unsuccessful experiments grouped into families, so that "what did not work" is a short list: by the constant that was
 * turned, a word that their hypotheses share, a flag, or a file. Pure, and the same for the same experiments.
 *
 * Each experiment is in one family. Constants take theirs first, then words, flags and files, for a file says least;
 * within a kind the largest family goes first, ties by name. What shares nothing with another is in "other". A word
 * that is in more than half of all hypotheses says nothing and makes no family. Not covered: synonyms ("learning rate"
 * and "step size" are two families).
 */

import { type Experiment, type Goal, meanMetric } from "./experiment.ts";
import { constantsOf, type Key, type KeyKind, keysOf } from "./families/keys.ts";

export { constantsOf };

export interface Family {
  readonly name: string;
  readonly kind: KeyKind | "other";
  /** Numbers of the unsuccessful experiments, in order. */
  readonly experiments: readonly number[];
  readonly discarded: number;
  readonly crashed: number;
  /** Kept experiments that have the same key. */
  readonly kept: number;
  /** The one whose metric came nearest; missing when none gave a number. */
  readonly nearest?: { readonly experiment: number; readonly metric: number } | undefined;
}

/** So many families at most; what is left over is in "other". */
export const MAX_FAMILIES = 40;
/** A word in more than this share of the hypotheses is everybody's. */
const TOO_COMMON = 0.5;
const KINDS: readonly KeyKind[] = ["constant", "word", "flag", "file"];

/** Families of what was not kept, the largest first, "other" last. Experiments without a verdict are left out. */
export function familiesOf(experiments: readonly Experiment[], goal: Goal): readonly Family[] {
  const judged = experiments.filter((e) => e.number > 0 && e.verdict !== undefined && e.proposal !== undefined);
  const failed = judged.filter((e) => e.verdict?.kind !== "keep");
  const kept = judged.filter((e) => e.verdict?.kind === "keep");
  const holders = holdersOf(failed);
  const keptHolders = holdersOf(kept);
  const common = judged.length >= 8 ? TOO_COMMON * judged.length : Number.POSITIVE_INFINITY;
  const keys = [...holders.values()].filter((h) => {
    const all = h.members.length + (keptHolders.get(idOf(h.key))?.members.length ?? 0);
    return h.members.length > 1 && (h.key.kind === "constant" || all <= common);
  });
  const families: Family[] = [];
  const placed = new Set<Experiment>();
  for (const kind of KINDS) {
    const ofKind = keys.filter((holder) => holder.key.kind === kind);
    while (families.length < MAX_FAMILIES) {
      const best = largest(ofKind, placed);
      if (best === undefined) break;
      for (const e of best.members) placed.add(e);
      families.push(familyOf(best.key, best.members, keptHolders.get(idOf(best.key))?.members.length ?? 0, goal));
    }
  }
  const rest = failed.filter((e) => !placed.has(e));
  const sorted = families.sort((a, b) => b.experiments.length - a.experiments.length);
  return rest.length === 0 ? sorted : [...sorted, familyOf({ kind: "other", name: "other" }, rest, 0, goal)];
}

interface Holder {
  readonly key: Key;
  readonly members: readonly Experiment[];
}

const idOf = (key: Key) => `${key.kind}:${key.name}`;

function holdersOf(experiments: readonly Experiment[]): ReadonlyMap<string, Holder> {
  const holders = new Map<string, { readonly key: Key; readonly members: Experiment[] }>();
  for (const e of experiments) {
    for (const key of keysOf(e)) {
      const holder = holders.get(idOf(key)) ?? { key, members: [] };
      holder.members.push(e);
      holders.set(idOf(key), holder);
    }
  }
  return holders;
}

/** The key that most of those not yet placed have; two at least. */
function largest(keys: readonly Holder[], placed: ReadonlySet<Experiment>): Holder | undefined {
  let best: Holder | undefined;
  for (const { key, members } of keys) {
    // It cannot win with what is left of it.
    if (members.length < (best?.members.length ?? 2)) continue;
    const left = members.filter((e) => !placed.has(e));
    const wins =
      best === undefined ||
      left.length > best.members.length ||
      (left.length === best.members.length && key.name < best.key.name);
    if (left.length >= 2 && wins) best = { key, members: left };
  }
  return best;
}

function familyOf(key: { kind: Family["kind"]; name: string }, of: readonly Experiment[], kept: number, goal: Goal) {
  const sign = goal === "minimize" ? 1 : -1;
  let nearest: Family["nearest"];
  for (const e of of) {
    const metric = meanMetric(e);
    if (metric === undefined || (nearest !== undefined && sign * metric >= sign * nearest.metric)) continue;
    nearest = { experiment: e.number, metric };
  }
  const crashed = of.filter((e) => e.verdict?.kind === "crash").length;
  const experiments = of.map((e) => e.number);
  return { name: key.name, kind: key.kind, experiments, discarded: of.length - crashed, crashed, kept, nearest };
}
