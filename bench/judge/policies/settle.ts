/**
 * Keep at full speed, settle later: keep any improvement, then every so often check what was kept and take back what
 * does not hold. Three ways of checking: the stack as a whole against the last settled champion, every change left out
 * in turn, and all of it once near the end of the night.
 */
import { mean } from "../../../src/judge.ts";
import type { Night } from "../night.ts";
import { type EarlyStop, firstRun } from "./early-stop.ts";

/** A night of keep-any-improvement that is being settled. */
interface Walk {
  readonly night: Night;
  readonly baseline: number;
  readonly stop: EarlyStop | undefined;
  /** The number to beat. */
  bar: number;
  /** Changes kept since the last settlement. */
  fresh: number[];
  /** Runs of the last settled champion, and its true state (for the world only, never for a decision). */
  settled: number[];
  settledValue: number;
}

function begin(night: Night, stop: EarlyStop | undefined): Walk {
  const baseline = night.runChampion(false);
  return { night, baseline, stop, bar: baseline, fresh: [], settled: [baseline], settledValue: 0 };
}

/** One proposal, kept when it beats the bar. */
function stepKeepAny(w: Walk): void {
  const i = w.night.propose();
  const y = firstRun(w.night, i, w.bar, w.stop).final;
  if (y === undefined || y >= w.bar) return;
  w.night.keep(i);
  w.fresh.push(i);
  w.bar = y;
  w.night.claimed = w.baseline - y;
}

/**
 * Every `every` keeps: `runs` runs of the champion and of the last settled champion, interleaved. The whole stack since
 * then stays if its mean is better, else it goes; the fresh mean is the new bar.
 */
export function settleStack(o: { readonly every: number; readonly runs: number; readonly stop?: EarlyStop }) {
  return (night: Night): void => {
    const w = begin(night, o.stop);
    for (;;) {
      stepKeepAny(w);
      if (w.fresh.length >= o.every) checkStack(w, o.runs);
    }
  };
}

function checkStack(w: Walk, runs: number): void {
  const now: number[] = [];
  for (let k = 0; k < runs; k++) {
    now.push(w.night.runChampion());
    w.settled.push(w.night.runState(w.settledValue));
  }
  if (mean(now) < mean(w.settled)) {
    w.settled = now;
    w.settledValue = w.night.value;
  } else for (const j of w.fresh.toReversed()) w.night.remove(j);
  w.fresh = [];
  w.bar = mean(w.settled);
  w.night.claimed = w.baseline - w.bar;
}

/**
 * Every `every` keeps, every change kept since is left out in `runs` runs; out it goes when the champion is no better
 * than that by `margin` sigma (the true sigma: this rule is helped). The champion is measured anew after each removal.
 */
export function settleEach(o: {
  readonly every: number;
  readonly runs: number;
  readonly margin: number;
  readonly stop?: EarlyStop;
}) {
  return (night: Night): void => {
    const w = begin(night, o.stop);
    for (;;) {
      stepKeepAny(w);
      if (w.fresh.length >= o.every) leaveOut(w, o.runs, o.margin);
    }
  };
}

/** Keep any improvement for `share` of the night, then leave out every change once, then go on. */
export function settleLate(o: { readonly share: number; readonly runs: number; readonly stop?: EarlyStop }) {
  return (night: Night): void => {
    const w = begin(night, o.stop);
    const until = night.scenario.slots * o.share;
    while (night.slot < until) stepKeepAny(w);
    leaveOut(w, o.runs, 0);
    for (;;) stepKeepAny(w);
  };
}

function leaveOut(w: Walk, runs: number, margin: number): void {
  const { night } = w;
  const several = (run: () => number) => Array.from({ length: runs }, run);
  let reference = several(() => night.runChampion());
  for (const j of w.fresh.toReversed()) {
    const without = several(() => night.runWithout(j));
    if (mean(without) - mean(reference) > margin * night.scenario.sigma) continue;
    night.remove(j);
    reference = [...without, night.runChampion()];
  }
  w.fresh = [];
  w.bar = mean(reference);
  night.claimed = w.baseline - w.bar;
}

/**
 * A keep is on probation: after `after` further slots, or at the next keep, the champion is run again `runs` times; if
 * the mean of all its runs is no longer better than its predecessor's mean, the predecessor returns.
 */
export function settleByHeartbeat(o: { readonly after: number; readonly runs: number; readonly stop?: EarlyStop }) {
  return (night: Night): void => {
    const w = begin(night, o.stop);
    let keptAt = 0;
    for (;;) {
      const before = w.fresh.length;
      const bar = w.bar;
      stepKeepAny(w);
      if (w.fresh.length === before) {
        if (before > 0 && night.slot - keptAt >= o.after) probation(w, [bar], o.runs);
        continue;
      }
      keptAt = night.slot;
    }
  };
}

function probation(w: Walk, first: readonly number[], runs: number): void {
  const { night } = w;
  const now = [...first, ...Array.from({ length: runs }, () => night.runChampion())];
  if (mean(now) < mean(w.settled)) w.settled = now;
  else for (const j of w.fresh.toReversed()) night.remove(j);
  w.fresh = [];
  w.bar = mean(w.settled);
  night.claimed = w.baseline - w.bar;
}
