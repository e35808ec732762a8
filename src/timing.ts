/**
 * A timed metric: several executions of the lab's command are one run, and what they are worth together. Pure.
 *
 * Executions of the run's commit (A) and of the champion's (B) alternate A B B A A B B A, so that a machine that slowly
 * gets slower weighs on both alike; the run is worth median(A) / median(B) of what the champion is known to be worth.
 * Numbers that are not steady are no measurement. Why it is so: docs/decisions/0010-timing.md. Not covered: who is slow
 * because it is a slow moment of A alone; repeats and the judge's own runs are for that.
 */
import type { Timing } from "./program.ts";

export type Arm = "run" | "reference";

/** What the executions gave, in their order. */
export interface Times {
  readonly run: readonly number[];
  /** Empty when there was nothing to compare with. */
  readonly reference: readonly number[];
}

export interface Steadiness {
  /** 1.4826 · MAD / median of the repeats, or of the pairs' ratios. */
  readonly spread: number;
  /** Median of the second half against that of the first, relative. */
  readonly trend: number;
}

/** Counted executions of each arm; with a reference an even number, so that every A B B A is whole. */
export function repeatsOf(timing: Timing, paired: boolean): number {
  return paired ? timing.repeats + (timing.repeats % 2) : timing.repeats;
}

/** The order of `repeats` counted executions of each arm: A B B A …, or A A … without a reference. */
export function orderOf(repeats: number, paired: boolean): readonly Arm[] {
  if (!paired) return Array.from({ length: repeats }, () => "run");
  const pairs = Array.from({ length: repeats }, (_, i): readonly Arm[] =>
    i % 2 === 0 ? ["run", "reference"] : ["reference", "run"],
  );
  return pairs.flat();
}

/** Spread and trend of what decides: the ratios of whole blocks A B B A, in which drift cancels, or the repeats. */
export function steadinessOf(times: Times): Steadiness {
  const values = times.reference.length === 0 ? times.run : blockRatios(times);
  const middle = median(values);
  const deviations = values.map((x) => Math.abs(x - middle));
  const half = Math.floor(values.length / 2);
  const first = values.slice(0, half);
  const last = values.slice(values.length - half);
  const trend = half === 0 ? 0 : median(last) / median(first) - 1;
  return { spread: (1.4826 * median(deviations)) / middle, trend };
}

/** Why these numbers are no measurement, in words; undefined when they are one. */
export function unsteadyWhy(times: Times, limit: number): string | undefined {
  const { spread, trend } = steadinessOf(times);
  const percent = (x: number) => `${(100 * x).toFixed(1)} %`;
  const what = times.reference.length === 0 ? "the repeats" : "the ratios to the champion";
  if (spread > limit) return `not steady: ${what} spread by ${percent(spread)}, more than ${percent(limit)}`;
  if (Math.abs(trend) > limit) return `not steady: ${what} trend by ${percent(trend)}, more than ${percent(limit)}`;
  return undefined;
}

/**
 * What the run is worth: its median, brought to the machine's speed at which the reference is worth `level` (in the
 * metric's unit). Without a level or a reference the median as it is.
 */
export function worthOf(times: Times, level: number | undefined): number {
  const own = median(times.run);
  if (level === undefined || times.reference.length === 0) return own;
  return (level * own) / median(times.reference);
}

/** The middle one, or the mean of the middle two. */
export function median(xs: readonly number[]): number {
  const sorted = [...xs].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[half] ?? Number.NaN) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2;
}

function blockRatios({ run, reference }: Times): readonly number[] {
  const blocks = Array.from({ length: Math.floor(run.length / 2) }, (_, i) => 2 * i);
  const sum = (xs: readonly number[], i: number) => (xs[i] ?? Number.NaN) + (xs[i + 1] ?? Number.NaN);
  return blocks.map((i) => sum(run, i) / sum(reference, i));
}
