/**
 * Lists of earlier experiments for a briefing: the last ones, the kept ones, the nearest misses. Pure.
 */
import type { Attempt, Gain } from "../agent/findings.ts";
import { type Experiment, type Goal, meanMetric } from "../experiment.ts";
import { oneLine } from "../util/text.ts";
import { proposalRef } from "../workspace/refs.ts";

const RECENT = 10;
const NEAR_MISSES = 8;
const GAINS = 20;

export function attemptOf(tag: string, e: Experiment): Attempt {
  const { verdict, proposal } = e;
  const why = verdict?.rule === "judge" ? verdict.reason : `${verdict?.rule}: ${verdict?.reason}`;
  const repairs = e.turns.filter((t) => t.kind === "proposed").length - 1;
  return {
    experiment: e.number,
    verdict: verdict?.kind ?? "discard",
    metric: meanMetric(e),
    z: verdict?.numbers.z,
    hypothesis: oneLine(proposal?.hypothesis ?? "", 160),
    reason: oneLine(why, 160),
    ref: proposal === undefined ? undefined : proposalRef(tag, e.number, repairs),
  };
}

/** The last ones, the oldest first. */
export function recentOf(tag: string, past: readonly Experiment[]): readonly Attempt[] {
  return past.slice(-RECENT).map((e) => attemptOf(tag, e));
}

/** The kept changes that led to the champion, each with the metric of the champion that it replaced. */
export function gainsOf(tag: string, past: readonly Experiment[], baseline: number | undefined): readonly Gain[] {
  const gains: Gain[] = [];
  let from = baseline;
  for (const e of past) {
    if (e.verdict?.kind !== "keep") continue;
    gains.push({ ...attemptOf(tag, e), from });
    from = meanMetric(e) ?? from;
  }
  return gains.slice(-GAINS);
}

/** Discarded by the judge with a number, the best first: whoever broke a gate or a guard was no near miss. */
export function nearMisses(past: readonly Experiment[], goal: Goal): readonly Experiment[] {
  const sign = goal === "minimize" ? 1 : -1;
  return past
    .filter((e) => e.verdict?.kind === "discard" && e.verdict.rule === "judge")
    .flatMap((e) => {
      const metric = meanMetric(e);
      return metric === undefined ? [] : [{ e, loss: sign * metric }];
    })
    .sort((a, b) => a.loss - b.loss || a.e.number - b.e.number)
    .slice(0, NEAR_MISSES)
    .map(({ e }) => e);
}
