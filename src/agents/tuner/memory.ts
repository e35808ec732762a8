/**
 * What the tuner remembers of its own proposals: the memo it leaves with each, and what the ledger brings back.
 *
 * Memos are parsed, never trusted: what another agent left, or what is damaged, is ignored.
 */
import { z } from "zod";
import type { Past, Pending } from "../../agent.ts";
import type { Goal } from "../../experiment.ts";
import type { Value } from "./domain.ts";
import type { Seen } from "./search.ts";

const Values = z.record(z.string().max(400), z.union([z.number(), z.boolean(), z.string().max(200)]));
const Memo = z.object({
  /** The whole assignment, by `file#name`. */
  values: Values,
  /** Keys of the values that were changed. */
  changed: z.array(z.string().max(400)).max(1000),
  /** What the changed ones were before. */
  was: Values.optional(),
});

export type Memo = z.infer<typeof Memo>;

/** An earlier proposal of the tuner, with what its changed values were before. */
export interface Remembered extends Seen {
  readonly was: Readonly<Record<string, Value>>;
}

/**
 * The tuner's own proposals among the past, in order, those that are not judged yet last. Losses are made comparable
 * with the champion's: when somebody else's change was kept, the level before it is shifted by what that brought.
 */
export function remember(past: readonly Past[], goal: Goal, pending: readonly Pending[] = []): readonly Remembered[] {
  const sign = goal === "minimize" ? 1 : -1;
  let level: number | undefined;
  let shift = 0;
  const found: { readonly seen: Remembered; readonly shift: number }[] = [];
  for (const entry of past) {
    const memo = entry.memo === undefined ? undefined : Memo.safeParse(entry.memo).data;
    const loss = Number.isFinite(entry.metric) ? sign * entry.metric! : undefined;
    if (entry.verdict === "keep" && memo === undefined && loss !== undefined && level !== undefined)
      shift += loss - level;
    if (entry.verdict === "keep" && loss !== undefined) level = loss;
    if (memo === undefined) continue;
    const { values, changed, was = {} } = memo;
    const { experiment, verdict } = entry;
    found.push({ seen: { experiment, verdict, loss, values, changed, was }, shift });
  }
  for (const entry of pending) {
    const memo = entry.memo === undefined ? undefined : Memo.safeParse(entry.memo).data;
    if (memo === undefined) continue;
    const { values, changed, was = {} } = memo;
    found.push({
      seen: { experiment: entry.experiment, verdict: "pending", loss: undefined, values, changed, was },
      shift,
    });
  }
  return found.map(({ seen, shift: then }) =>
    seen.loss === undefined ? seen : { ...seen, loss: seen.loss + shift - then },
  );
}

/** The earliest value known of each constant: what it was before it was first changed. */
export function firstValues(remembered: readonly Remembered[]): ReadonlyMap<string, Value> {
  const first = new Map<string, Value>();
  for (const { values, changed, was } of remembered) {
    for (const [key, value] of Object.entries(values)) {
      const before = changed.includes(key) ? was[key] : value;
      if (before !== undefined && !first.has(key)) first.set(key, before);
    }
  }
  return first;
}
