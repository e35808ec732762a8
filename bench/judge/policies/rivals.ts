/**
 * What others do: keep any improvement (the original loop), an advisory score of improvement over MAD, a margin of k
 * sigma from three baseline runs, and always n runs with the mean deciding. Each is as simple as where it is used.
 */

import { sumOfSquares } from "../../../src/judge/statistics.ts";
import { mean } from "../../../src/judge.ts";
import type { Night } from "../night.ts";
import { type EarlyStop, firstRun } from "./early-stop.ts";

/** Whatever beats the best number seen so far is kept. */
export function keepAny(stop?: EarlyStop): (night: Night) => void {
  return (night) => {
    const baseline = night.runChampion(false);
    let best = baseline;
    for (;;) {
      const i = night.propose();
      const y = firstRun(night, i, best, stop).final;
      if (y === undefined || y >= best) continue;
      night.keep(i);
      best = y;
      night.claimed = baseline - best;
    }
  };
}

/** Kept when better than the champion's number by `k` sigma, sigma from three runs of the baseline. */
export function fixedMargin(k: number): (night: Night) => void {
  return (night) => {
    const runs = [night.runChampion(false), night.runChampion(), night.runChampion()];
    const sigma = Math.sqrt(sumOfSquares(runs) / 2);
    const baseline = mean(runs);
    let bar = baseline;
    for (;;) {
      const i = night.propose();
      const y = night.runProposal(i);
      if (y >= bar - k * sigma) continue;
      night.keep(i);
      bar = y;
      night.claimed = baseline - bar;
    }
  };
}

/**
 * Confidence = |best − baseline| / MAD of all metrics so far; under 1 the win is run once more and the mean decides.
 * It measures the session's spread, not the noise, so after a few wins it hardly ever speaks up.
 */
export function madScore(night: Night): void {
  const baseline = night.runChampion(false);
  let best = baseline;
  const all = [baseline];
  for (;;) {
    const i = night.propose();
    let y = night.runProposal(i);
    all.push(y);
    if (y >= best) continue;
    const middle = median(all);
    const mad = median(all.map((x) => Math.abs(x - middle)));
    if (mad > 0 && all.length >= 3 && (baseline - y) / mad < 1) {
      const again = night.runProposal(i, true);
      all.push(again);
      y = (y + again) / 2;
      if (y >= best) continue;
    }
    night.keep(i);
    best = y;
    night.claimed = baseline - best;
  }
}

/** Every proposal and the baseline get n runs; the better mean stays. */
export function alwaysRuns(n: number): (night: Night) => void {
  return (night) => {
    const baseline = mean(Array.from({ length: n }, (_, k) => night.runChampion(k > 0)));
    let bar = baseline;
    for (;;) {
      const i = night.propose();
      const y = mean(Array.from({ length: n }, (_, k) => night.runProposal(i, k > 0)));
      if (y >= bar) continue;
      night.keep(i);
      bar = y;
      night.claimed = baseline - bar;
    }
  };
}

function median(xs: readonly number[]): number {
  const sorted = xs.toSorted((a, b) => a - b);
  const k = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[k] ?? 0) : ((sorted[k - 1] ?? 0) + (sorted[k] ?? 0)) / 2;
}
