/**
 * Bayesian shrinkage: one joint belief over the champion's value and the effects of the last changes in it.
 *
 * A proposal's effect is either of the core, N(0, tau²) with tau learned from the night, or clear, N(0, (5 sigma)²).
 * Every run updates all of it, so proposals that fail still say where the champion stands (free evidence), and runs
 * after a keep still say whether it was one. What stops looking like an improvement may be taken back.
 */

import { normalCdf, sumOfSquares } from "../../../src/judge/statistics.ts";
import { mean } from "../../../src/judge.ts";
import { addInto, doubt, extend, extendFrom, forget, type Gaussian, mixed, observe } from "../gaussian.ts";
import type { Night } from "../night.ts";
import { type EarlyStop, firstRun } from "./early-stop.ts";

export interface BeliefOptions {
  /** Kept when P(improvement) is at least this. */
  readonly keepAt: number;
  /** Given up when it is below; in between it is run again. */
  readonly dropBelow: number;
  /** Runs of a proposal before it is given up undecided; 1: never run again. */
  readonly maxRuns: number;
  /** Failed proposals tell where the champion stands. */
  readonly freeEvidence: boolean;
  /** A change in the champion is taken back when P(improvement) falls below this; 0 never. */
  readonly takeBackBelow: number;
  /** Every so many keeps, changes under `settleAt` are run left out until they are above it or taken back; 0 never. */
  readonly settleEvery: number;
  readonly settleAt: number;
  /** Runs left out that one settlement may take, per change. */
  readonly settleRuns: number;
  /** After a change was taken back the new champion is run once: only what was itself measured is champion. */
  readonly remeasure: boolean;
  /** Only the newest change may be taken back: what is then champion was measured before it. */
  readonly onlyNewest: boolean;
  /** Prior spread of the core's centre in sigma; 0: proposals of the core are taken to be nothing on average. */
  readonly centre: number;
  /** Doubt about the champion's value that comes with every slot (drift), in sigma. */
  readonly wander: number;
  /** Runs of the champion per slot that cost nothing, because the machine would be idle. */
  readonly idle: number;
  readonly stop?: EarlyStop | undefined;
}

/** Runs without one of the champion after which it is run, and how far off it must be to be called drift. */
const HEARTBEAT = 20;
const DRIFT = 2.6;

/** Share of proposals of the core, fixed; and how many changes are remembered one by one. */
const CORE_SHARE = 0.7;
const REMEMBERED = 6;
const CLEAR = 5;

interface Mind {
  /** Unknown 0: the champion's value (lower is better); 1: the core's centre; 2…: effects of the remembered changes. */
  belief: Gaussian;
  changes: number[];
  squares: number;
  df: number;
  /** Differences of first runs that looked better, with the variance they had from noise. */
  better: { readonly size: number; readonly variance: number }[];
  unsettled: number;
  baseline: number;
  /** Slot in which the champion was last run, and to which doubt has been added. */
  championSlot: number;
  doubtSlot: number;
  /** Idle runs earned and not yet made. */
  credit: number;
}

/** Unknowns before the first change. */
const FIRST = 2;

/** The policy with these options, through a whole night; it never ends by itself. */
export function believing(o: BeliefOptions): (night: Night) => void {
  return (night) => {
    const runs = [night.runChampion(false), night.runChampion(), night.runChampion()];
    const squares = sumOfSquares(runs);
    const baseline = mean(runs);
    const s2 = squares + 1e-12;
    const belief = {
      mean: [baseline, 0],
      cov: [
        [s2 / 3, 0],
        [0, o.centre ** 2 * s2],
      ],
    };
    const slots = { championSlot: night.slot, doubtSlot: night.slot, credit: 0 };
    const mind: Mind = { belief, changes: [], squares, df: 2, better: [], unsettled: 0, baseline, ...slots };
    for (;;) {
      mind.belief = doubt(mind.belief, 0, o.wander ** 2 * noiseVariance(mind) * (night.slot - mind.doubtSlot));
      mind.credit += o.idle * (night.slot - mind.doubtSlot);
      mind.doubtSlot = night.slot;
      for (; mind.credit >= 1; mind.credit--) seeChampion(night, mind, night.runIdle());
      if (night.slot - mind.championSlot >= HEARTBEAT) runChampion(night, mind);
      experiment(night, mind, o);
      if (takeBack(night, mind, o) && o.remeasure) runChampion(night, mind);
      if (o.settleEvery > 0 && mind.unsettled >= o.settleEvery) settle(night, mind, o);
      night.claimed = mind.baseline - (mind.belief.mean[0] ?? 0);
    }
  };
}

function noiseVariance(mind: Mind): number {
  return (mind.squares / mind.df) * (1 + 2 / mind.df) + 1e-12;
}

/** Spread of core effects, from the size of single-run differences on the better side less what noise explains. */
function coreVariance(mind: Mind): number {
  const s2 = noiseVariance(mind);
  if (mind.better.length === 0) return s2;
  const sizes = mind.better.map((b) => b.size).sort((a, b) => a - b);
  const spread = (sizes[sizes.length >> 1] ?? 0) / 0.6745;
  const noise = mean(mind.better.map((b) => b.variance));
  const n = mind.better.length;
  return (3 * s2 + n * Math.max(spread * spread - noise, 0.09 * s2)) / (3 + n);
}

function runChampion(night: Night, mind: Mind): void {
  seeChampion(night, mind, night.runChampion());
}

function seeChampion(night: Night, mind: Mind, y: number): void {
  const s2 = noiseVariance(mind);
  mind.championSlot = night.slot;
  const off = (y - (mind.belief.mean[0] ?? 0)) / Math.sqrt((mind.belief.cov[0]?.[0] ?? 0) + s2);
  // The machine has drifted: what is known of the champion's level is worth nothing, what is known of effects stays.
  if (Math.abs(off) >= DRIFT) mind.belief = doubt(mind.belief, 0, 100 * s2);
  mind.belief = observe(mind.belief, unit(mind.belief.mean.length, [0]), y, s2).belief;
}

interface Guess {
  core: Gaussian;
  clear: Gaussian;
  /** Probability that the effect is of the core. */
  weight: number;
}

function experiment(night: Night, mind: Mind, o: BeliefOptions): void {
  const i = night.propose();
  const s2 = noiseVariance(mind);
  const at = mind.belief.mean.length;
  const champion = mind.belief.mean[0] ?? 0;
  const first = firstRun(night, i, champion, o.stop);
  const y = first.final ?? first.partial ?? Number.NaN;
  if (first.final !== undefined && y < champion) {
    mind.better.push({ size: champion - y, variance: s2 + (mind.belief.cov[0]?.[0] ?? 0) });
    if (mind.better.length > 30) mind.better.shift();
  }
  const guess: Guess = {
    core: extendFrom(mind.belief, 1, coreVariance(mind)),
    clear: extend(mind.belief, 0, CLEAR * CLEAR * s2),
    weight: CORE_SHARE,
  };
  const runs = [y];
  // An aborted run is evidence too, only vaguer; leaving such runs out would make all that is seen look good.
  const vague = first.final === undefined ? (first.error ?? 0) ** 2 : 0;
  see(guess, unit(at + 1, [0, at]), y, s2 + vague);
  if (first.final === undefined) {
    if (o.freeEvidence) mind.belief = forget(mixed(guess.core, guess.clear, guess.weight), at);
    return;
  }
  let p = better(guess, at);
  while (p < o.keepAt && p >= o.dropBelow && runs.length < o.maxRuns) {
    const again = night.runProposal(i, true);
    runs.push(again);
    see(guess, unit(at + 1, [0, at]), again, s2);
    p = better(guess, at);
  }
  mind.squares += sumOfSquares(runs);
  mind.df += runs.length - 1;
  const after = mixed(guess.core, guess.clear, guess.weight);
  if (p >= o.keepAt) accept(night, mind, i, after);
  else if (o.freeEvidence) mind.belief = forget(after, at);
}

function accept(night: Night, mind: Mind, i: number, after: Gaussian): void {
  night.keep(i);
  mind.belief = addInto(after, 0, after.mean.length - 1, 1);
  mind.changes.push(i);
  mind.unsettled += 1;
  mind.championSlot = night.slot;
  if (mind.changes.length <= REMEMBERED) return;
  mind.changes.shift();
  mind.belief = forget(mind.belief, FIRST);
}

function see(guess: Guess, h: readonly number[], y: number, variance: number): void {
  const a = observe(guess.core, h, y, variance);
  const b = observe(guess.clear, h, y, variance);
  guess.core = a.belief;
  guess.clear = b.belief;
  const up = guess.weight * a.density;
  const down = (1 - guess.weight) * b.density;
  guess.weight = up + down > 0 ? up / (up + down) : 0;
}

function better(guess: Guess, k: number): number {
  return guess.weight * below(guess.core, k) + (1 - guess.weight) * below(guess.clear, k);
}

/** P(unknown k < 0). */
function below(g: Gaussian, k: number): number {
  return normalCdf(-(g.mean[k] ?? 0) / Math.sqrt(Math.max(g.cov[k]?.[k] ?? 0, 1e-18)));
}

function unit(n: number, ones: readonly number[]): number[] {
  return Array.from({ length: n }, (_, i) => (ones.includes(i) ? 1 : 0));
}

function takeBack(night: Night, mind: Mind, o: BeliefOptions): boolean {
  const before = mind.changes.length;
  for (let k = before - 1; k >= 0; k--) {
    if (below(mind.belief, FIRST + k) < o.takeBackBelow) drop(night, mind, k);
    else if (o.onlyNewest) break;
  }
  return mind.changes.length < before;
}

function drop(night: Night, mind: Mind, k: number): void {
  night.remove(mind.changes[k] ?? 0);
  mind.belief = forget(addInto(mind.belief, 0, FIRST + k, -1), FIRST + k);
  mind.changes.splice(k, 1);
}

/** Runs with one change left out, and of the champion in turn, until the change holds or does not. */
function settle(night: Night, mind: Mind, o: BeliefOptions): void {
  mind.unsettled = 0;
  for (let k = mind.changes.length - 1; k >= 0; k--) {
    const at = FIRST + k;
    for (let run = 0; run < o.settleRuns; run++) {
      const p = below(mind.belief, at);
      if (p >= o.settleAt || p < 0.5) break;
      if (run % 2 === 1) {
        runChampion(night, mind);
        continue;
      }
      const without = unit(mind.belief.mean.length, [0]).map((x, i) => (i === at ? -1 : x));
      const y = night.runWithout(mind.changes[k] ?? 0);
      mind.belief = observe(mind.belief, without, y, noiseVariance(mind)).belief;
    }
    if (below(mind.belief, at) < Math.max(0.5, o.takeBackBelow)) drop(night, mind, k);
  }
}
