/**
 * The product's own judge (`src/judge.ts` and `src/evidence.ts`, not a copy) at work through a simulated night.
 *
 * It follows the loop's order: what `due` asks for, else a proposal, run until `decide` keeps or drops it.
 */
import {
  due,
  type Evidence,
  NO_EVIDENCE,
  noiseOf,
  referenceScores,
  withBaseline,
  withChallenger,
  withDrop,
  withKeep,
  withReference,
} from "../../../src/evidence.ts";
import { DEFAULT_RULES, type Decision, decide, mean, orient, type Rules } from "../../../src/judge.ts";
import type { Night } from "../night.ts";
import { type EarlyStop, firstRun } from "./early-stop.ts";

export interface JudgeOptions {
  readonly rules: Rules;
  readonly stop?: EarlyStop | undefined;
}

/** A sitting of the judge: what it knows, and the mean score of the first baseline, which gains are counted from. */
export interface Sitting {
  readonly options: JudgeOptions;
  evidence: Evidence;
  baseline: number;
}

/** A sitting that knows nothing yet. */
export function sittingOf(options: JudgeOptions): Sitting {
  return { options, evidence: NO_EVIDENCE, baseline: Number.NaN };
}

/** Rules of a preset or of a variant of it. */
export function rulesWith(over: Partial<Rules> = {}): Rules {
  return { ...DEFAULT_RULES, ...over };
}

/** The judge through the whole night; `observe` sees what it knows after every experiment. */
export function judged(options: JudgeOptions, observe?: (sitting: Sitting) => void): (night: Night) => void {
  return (night) => {
    const sitting = sittingOf(options);
    for (;;) {
      step(night, sitting);
      observe?.(sitting);
    }
  };
}

/** The next baseline run, champion run or experiment. */
export function step(night: Night, sitting: Sitting): void {
  const { rules } = sitting.options;
  switch (due(sitting.evidence, rules)) {
    case "baseline":
      sitting.evidence = withBaseline(sitting.evidence, orient(night.runChampion(sitting.evidence.slot > 0), rules));
      sitting.baseline = mean(referenceScores(sitting.evidence, "improve"));
      return;
    case "champion":
      rerunReference(night, sitting, []);
      return;
    case "proposal":
      experiment(night, sitting);
  }
}

/** Gain so far by the judge's own log, positive is better. */
export function claim(sitting: Sitting): number {
  return mean(referenceScores(sitting.evidence, "improve")) - sitting.baseline;
}

/** A run of the champion; the groups still open count for the noise. */
export function rerunReference(night: Night, sitting: Sitting, open: readonly (readonly number[])[]): void {
  const { rules } = sitting.options;
  const score = orient(night.runChampion(), rules);
  sitting.evidence = withReference(sitting.evidence, "champion", score, { rules, open }).evidence;
  night.claimed = claim(sitting);
}

function experiment(night: Night, sitting: Sitting): void {
  const { rules, stop } = sitting.options;
  const i = night.propose();
  const bar = -mean(referenceScores(sitting.evidence, "improve"));
  const first = firstRun(night, i, bar, stop).final;
  sitting.evidence = withChallenger(sitting.evidence);
  if (first === undefined) return;
  const scores = [orient(first, rules) ?? Number.NaN];
  let decision = decideNow(sitting, scores);
  while (decision.action === "rerun-challenger" || decision.action === "rerun-reference") {
    if (decision.action === "rerun-reference") rerunReference(night, sitting, [scores]);
    else {
      scores.push(orient(night.runProposal(i, true), rules) ?? Number.NaN);
      sitting.evidence = withChallenger(sitting.evidence);
    }
    decision = decideNow(sitting, scores);
  }
  const group = { experiment: i + 1, scores };
  if (decision.action === "discard") {
    sitting.evidence = withDrop(sitting.evidence, group);
    return;
  }
  night.keep(i, decision.label);
  sitting.evidence = withKeep(sitting.evidence, group, "improve");
  night.claimed = claim(sitting);
}

function decideNow(sitting: Sitting, scores: readonly number[]): Decision {
  const { evidence, options } = sitting;
  const noise = noiseOf(evidence, [scores], options.rules);
  const reference = referenceScores(evidence, "improve");
  return decide({ challenger: scores, reference, noise, intent: "improve" }, options.rules);
}
