/**
 * Whether a run can be stopped on its way because it will not be kept: learnt online, for this lab, from its own
 * finished runs. Pure.
 *
 * At a fraction f of the budget the challenger is behind the champion's runs at the same fraction by D(f). How well
 * D(f) predicts the final difference is known from finished runs: s = 1.4826 · MAD(D(final) − D(f)). Nothing is stopped
 * before 8 such pairs are there and their correlation is at least 0.5; then a run with D(f) < −z·s is. z = 0.5 and not
 * 1.645 is what the simulation chose (docs/decisions/0003-judge.md). One hopeless run in ten is finished all the same,
 * to audit the rule. Not covered: changes of schedule, batch or budget, whose curves are not comparable; the caller
 * exempts them.
 */
import { mean } from "../judge.ts";
import { normalCdf } from "./statistics.ts";

/** Differences to the champion's mean, in score units, of one finished challenger run. */
export interface Pair {
  readonly partial: number;
  readonly final: number;
}

export interface StopRule {
  /** Spread of the prediction, in score units. */
  readonly s: number;
  /** Correlation of partial and final differences. */
  readonly r: number;
  readonly pairs: number;
}

export const STOP_Z = 0.5;
export const MIN_PAIRS = 8;
export const MIN_CORRELATION = 0.5;
/** One in so many hopeless runs is finished, to see whether the rule was right. */
export const AUDIT_EVERY = 10;

/** The rule as far as the pairs teach it; undefined while they do not. */
export function learnStop(pairs: readonly Pair[]): StopRule | undefined {
  if (pairs.length < MIN_PAIRS) return undefined;
  const r = correlation(pairs);
  if (!(r >= MIN_CORRELATION)) return undefined;
  return { s: 1.4826 * medianDeviation(pairs.map((p) => p.final - p.partial)), r, pairs: pairs.length };
}

/** True when a challenger that is `partial` ahead of the champion (negative: behind) will hardly be kept. */
export function isHopeless(rule: StopRule, partial: number): boolean {
  return partial < -STOP_Z * rule.s;
}

/** Probability that a stopped run would have ended at or above the champion, by the normal distribution. */
export function chanceLost(stopped: { readonly behind: number; readonly spread: number }): number {
  return stopped.spread === 0 ? 0 : 1 - normalCdf(stopped.behind / stopped.spread);
}

function correlation(pairs: readonly Pair[]): number {
  const [mx, my] = [mean(pairs.map((p) => p.partial)), mean(pairs.map((p) => p.final))];
  const sum = (f: (p: Pair) => number) => pairs.reduce((total, p) => total + f(p), 0);
  const xy = sum((p) => (p.partial - mx) * (p.final - my));
  const xx = sum((p) => (p.partial - mx) ** 2);
  const yy = sum((p) => (p.final - my) ** 2);
  return xy / Math.sqrt(xx * yy);
}

function medianDeviation(xs: readonly number[]): number {
  const middle = median(xs);
  return median(xs.map((x) => Math.abs(x - middle)));
}

function median(xs: readonly number[]): number {
  const sorted = [...xs].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] ?? 0) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2;
}
