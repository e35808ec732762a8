/**
 * Whether a change pays, from fresh runs without it and with it: the gain with its 95 % interval, one word, and how
 * many runs it would take to tell. Pure.
 *
 * "pays": the interval lies on the better side. "no longer pays": all of it lies below the smallest effect that
 * counts, or below half of what the change was kept for; a change kept by luck is found by the latter. "cannot tell":
 * neither.
 */

import { type FinalGain, finalGain } from "../judge/final.ts";
import type { Settled } from "../judge/statistics.ts";
import type { Rules } from "../judge.ts";
import { marginOf, mean } from "../judge.ts";
import { number, percent, plural } from "../util/format.ts";

export type Pays = "pays" | "no longer pays" | "cannot tell";

export interface Payment {
  readonly word: Pays;
  /** Means of the metric and the number of runs; a mean is missing when no run gave a number. */
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly runs: readonly [number, number];
  /** In score units, positive is better; missing when the runs cannot tell. */
  readonly gain?: FinalGain | undefined;
  /** Half of the 95 % interval, in percent of the metric. */
  readonly percentHalf?: number | undefined;
  /** Of "cannot tell": so many more runs of each; missing when nobody knows, or when it would be over 1000. */
  readonly more?: number | undefined;
  /** In place of a gain. */
  readonly why?: string | undefined;
}

export interface FreshPair {
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Scores of other groups of runs that have the same noise. */
  readonly groups: readonly (readonly number[])[];
  readonly settled?: Settled | undefined;
  /** What the change was kept for, in score units. */
  readonly claim?: number | undefined;
  /** It was kept for being simpler: then it is enough that it is not shown to be worse. */
  readonly simpler?: boolean | undefined;
}

const MOST_MORE = 1000;

export function paymentOf(pair: FreshPair, rules: Rules): Payment {
  const { before, after, groups, settled } = pair;
  const means = {
    before: before.length === 0 ? undefined : mean(before),
    after: after.length === 0 ? undefined : mean(after),
    runs: [before.length, after.length] as const,
  };
  if (after.length === 0) return { ...means, word: "no longer pays", why: "its runs gave no number" };
  if (before.length === 0) return { ...means, word: "cannot tell", why: "the runs without it gave no number" };
  const gain = finalGain({ baseline: before, champion: after, groups, settled }, rules);
  if (gain === undefined) return { ...means, word: "cannot tell", why: "the noise is not known from so few runs" };
  const word = wordOf(gain, pair, rules);
  const percentHalf = halfInPercent(gain, means.before, rules);
  return { ...means, word, gain, percentHalf, more: word === "cannot tell" ? moreRuns(gain, pair) : undefined };
}

function wordOf(gain: FinalGain, pair: FreshPair, rules: Rules): Pays {
  const margin = marginOf(pair.before, 0, "improve", rules);
  if (pair.simpler === true) return gain.hi < 0 ? "no longer pays" : "pays";
  if (gain.lo > 0 && gain.gain >= margin) return "pays";
  const least = Math.max(margin, (pair.claim ?? 0) / 2);
  return gain.hi <= 0 || gain.hi < least ? "no longer pays" : "cannot tell";
}

/** Runs of each until the interval would leave out 0, if the gain is what it looks like. */
function moreRuns({ gain, se }: FinalGain, { before, after }: FreshPair): number | undefined {
  const variance = se ** 2 / (1 / before.length + 1 / after.length);
  const wanted = Math.ceil((2 * variance * 1.96 ** 2) / gain ** 2);
  const more = Math.max(1, wanted - Math.min(before.length, after.length));
  return Number.isFinite(more) && more <= MOST_MORE ? more : undefined;
}

function halfInPercent(gain: FinalGain, before: number | undefined, rules: Rules): number | undefined {
  if (before === undefined || before === 0) return undefined;
  return ((gain.hi - gain.lo) / 2) * (rules.scale === "log" ? 100 : 100 / Math.abs(before));
}

/** "score 10 → 9 (−10.0 % ± 0.31)", "its runs gave no number". */
export function gainWords(metric: string, p: Payment): string {
  if (p.gain === undefined) return p.why ?? "not measured";
  const half = p.percentHalf === undefined ? "" : ` ± ${p.percentHalf.toFixed(2)}`;
  const change = percent(p.before, p.after);
  return `${metric} ${number(p.before)} → ${number(p.after)}${change === "" ? "" : ` (${change}${half})`}`;
}

/** "pays", "no longer pays", "cannot tell: about 12 more runs of each". */
export function payWords(p: Payment): string {
  if (p.word !== "cannot tell" || p.gain === undefined) return p.word;
  const more = p.more === undefined ? `more than ${MOST_MORE} more runs` : `about ${plural(p.more, "more run")}`;
  return `${p.word}: ${more} of each`;
}

/** The numbers of a payment as the ledger keeps them. */
export function paymentRecord({ word, gain }: Payment): {
  readonly word: Pays;
  readonly gain?: Omit<FinalGain, "percent"> | undefined;
} {
  if (gain === undefined) return { word };
  const { percent: _, ...numbers } = gain;
  return { word, gain: numbers };
}
