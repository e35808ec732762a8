/**
 * The unbiased figure of a session: fresh runs of the first baseline against fresh runs of the last champion.
 *
 * The running best is biased by the winner's curse; these runs chose nothing, so their difference is not.
 */
import { mean, orient, pooledNoise, type Rules } from "../judge.ts";
import { type Settled, tCritical, wallace } from "./statistics.ts";

export interface FinalGain {
  /** Difference of means in score units; positive is better. */
  readonly gain: number;
  readonly se: number;
  readonly df: number;
  /** Two-sided 95 % interval. */
  readonly lo: number;
  readonly hi: number;
  readonly z: number;
  /** Log scale only: the gain in percent of the metric. */
  readonly percent?: number | undefined;
}

export interface FreshRuns {
  /** Metrics of K fresh runs each, interleaved A B B A …; a run without a number is left out by the caller. */
  readonly baseline: readonly number[];
  readonly champion: readonly number[];
  /** Scores of the session's other groups, for the noise, and what else is known of it. */
  readonly groups: readonly (readonly number[])[];
  readonly settled?: Settled | undefined;
}

/** Gain with its interval; undefined when one side has no run or the noise is unknown. */
export function finalGain(runs: FreshRuns, rules: Rules, z = 1.959964): FinalGain | undefined {
  const before = scores(runs.baseline, rules);
  const after = scores(runs.champion, rules);
  if (before.length === 0 || after.length === 0) return undefined;
  const noise = pooledNoise([...runs.groups, before, after], rules, runs.settled);
  if (noise.df === 0) return undefined;
  const gain = mean(after) - mean(before);
  const se = noise.sigma * Math.sqrt(1 / before.length + 1 / after.length);
  const half = noise.sigma === 0 ? 0 : tCritical(noise.df, z) * se;
  const zGain = se > 0 ? wallace(gain / se, noise.df) : Math.sign(gain) * 99;
  const report = { gain, se, df: noise.df, lo: gain - half, hi: gain + half, z: zGain };
  return rules.scale === "log" ? { ...report, percent: 100 * Math.expm1(gain) } : report;
}

function scores(metrics: readonly number[], rules: Rules): number[] {
  return metrics.map((m) => orient(m, rules)).filter((s): s is number => s !== undefined);
}
