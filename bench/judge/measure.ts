/**
 * Runs a policy over many nights and sums up what it found, what it kept in error and what it claimed.
 *
 * Seeds are 0 … nights−1 in every scenario, given and never chosen; two policies meet the same nights, so differences
 * are paired. A scenario with more slots gets fewer nights, as in the reference simulation.
 */
import { mean } from "../../src/judge.ts";
import { Night, NightOver } from "./night.ts";
import type { Scenario } from "./scenarios.ts";

export interface Policy {
  readonly name: string;
  readonly run: (night: Night) => void;
}

export interface Summary {
  /** True gain by the end, per night (1e-3 bpb), and its standard error. */
  readonly gain: number;
  readonly se: number;
  readonly gains: readonly number[];
  readonly keeps: number;
  /** Share of keeps that were no improvement when kept. */
  readonly falseKeeps: number;
  /** Share of the changes in the final champion without which it would be as good or better. */
  readonly falseAtEnd: number;
  /** Changes in the final champion; fewer than keeps where some were taken back. */
  readonly atEnd: number;
  /** Gain claimed by the policy's own log, and by how much that is more than the truth. */
  readonly claimed: number;
  readonly overstated: number;
  readonly confirming: number;
  readonly proposals: number;
  readonly aborted: number;
}

/** One night of a policy, to its last slot. */
export function nightOf(policy: Policy, scenario: Scenario, seed: number): Night {
  const night = new Night(scenario, seed);
  try {
    policy.run(night);
  } catch (error) {
    if (!(error instanceof NightOver)) throw error;
  }
  return night;
}

/** Nights for a scenario of this length, at least half of those asked for. */
export function nightsFor(scenario: Scenario, nights: number): number {
  return Math.max(Math.ceil(nights / 2), Math.floor((nights * 100) / scenario.slots));
}

/** A policy over the seeds 0 … nights−1. */
export function measure(policy: Policy, scenario: Scenario, nights: number): Summary {
  const all = Array.from({ length: nights }, (_, seed) => nightOf(policy, scenario, seed));
  const gains = all.map((n) => -n.value);
  const per = (of: (n: Night) => number) => mean(all.map(of));
  const keeps = per((n) => n.keeps.length);
  const atEnd = per((n) => n.stack.length);
  return {
    ...meanWithError(gains),
    gains,
    keeps,
    falseKeeps: share(
      per((n) => n.keeps.filter((k) => k.effect >= 0).length),
      keeps,
    ),
    falseAtEnd: share(
      per((n) => n.stack.filter((j) => n.marginalOf(j) >= 0).length),
      atEnd,
    ),
    atEnd,
    claimed: per((n) => n.claimed),
    overstated: per((n) => n.claimed + n.value),
    confirming: per((n) => n.confirming),
    proposals: per((n) => n.proposals),
    aborted: per((n) => n.aborted),
  };
}

/** The gain in percent of another policy's on the same nights, with its paired standard error (delta method). */
export function percentOf(a: Summary, b: Summary): { readonly percent: number; readonly se: number } {
  if (b.gain < 1e-9) return { percent: Number.NaN, se: Number.NaN };
  const ratio = a.gain / b.gain;
  const { se } = meanWithError(a.gains.map((g, i) => (g - ratio * (b.gains[i] ?? 0)) / b.gain));
  return { percent: 100 * ratio, se: 100 * se };
}

function meanWithError(xs: readonly number[]): { readonly gain: number; readonly se: number } {
  const m = mean(xs);
  const squares = xs.reduce((sum, x) => sum + (x - m) ** 2, 0);
  return { gain: m, se: Math.sqrt(squares / (xs.length - 1) / xs.length) };
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
