/**
 * The product's judge, its weak keeps settled later: after `share` of the night every change labelled *likely* is left
 * out in turn, and goes when the champion is no better with it.
 */
import { withKeep } from "../../../src/evidence.ts";
import { mean } from "../../../src/judge.ts";
import type { Night } from "../night.ts";
import { claim, type JudgeOptions, type Sitting, sittingOf, step } from "./judge.ts";

export function judgeSettled(options: JudgeOptions, share: number, runs: number): (night: Night) => void {
  return (night) => {
    const sitting = sittingOf(options);
    while (night.slot < night.scenario.slots * share) step(night, sitting);
    settleLikely(night, sitting, runs);
    for (;;) step(night, sitting);
  };
}

function settleLikely(night: Night, sitting: Sitting, runs: number): void {
  const likely = night.stack.filter((_, k) => night.keeps[k]?.label === "likely");
  let reference = Array.from({ length: Math.max(runs, 3) }, () => night.runChampion());
  for (const j of likely.toReversed()) {
    const without = Array.from({ length: runs }, () => night.runWithout(j));
    if (mean(without) > mean(reference)) continue;
    night.remove(j);
    reference = [...without, night.runChampion()];
  }
  const group = { experiment: 0, scores: reference.map((y) => -y) };
  sitting.evidence = withKeep(sitting.evidence, group, "improve");
  night.claimed = claim(sitting);
}
