/**
 * One simulated session: a method proposes, the objective answers with noise, what is better is kept.
 *
 * Every method gets the same start, the same number of experiments, the same ranges, the same noise and the same rule.
 */
import { randomFrom } from "../../src/agents/tuner/random.ts";
import { type Assignment, changedBetween, type Seen, type Strategy } from "../../src/agents/tuner/search.ts";
import type { Objective } from "./objectives.ts";

export interface NightOptions {
  readonly seed: number;
  readonly experiments: number;
  /** After which experiments to look at the champion. */
  readonly looks: readonly number[];
}

/** The champion's true gain over the start at each look, as a share of the start's loss. */
export function night(objective: Objective, strategy: Strategy, options: NightOptions): readonly number[] {
  const { knobs, noise } = objective;
  const draws = randomFrom(options.seed * 7919 + 1);
  let champion: Assignment = objective.start;
  let championLoss = objective.measure(champion, draws) ?? Number.POSITIVE_INFINITY;
  const seen: Seen[] = [];
  const before = objective.truth(objective.start);
  const gains = new Map<number, number>();
  for (let experiment = 1; experiment <= options.experiments; experiment++) {
    const seed = options.seed * 1_000_003 + experiment;
    const values = strategy({ knobs, champion, championLoss, noise, seen, seed });
    if (values !== undefined) {
      const loss = objective.measure(values, draws);
      const verdict = loss === undefined ? "crash" : loss < championLoss ? "keep" : "discard";
      seen.push({ experiment, values, changed: changedBetween(knobs, champion, values), loss, verdict });
      if (verdict === "keep") [champion, championLoss] = [values, loss ?? championLoss];
    }
    if (options.looks.includes(experiment)) gains.set(experiment, (before - objective.truth(champion)) / before);
  }
  return options.looks.map((look) => gains.get(look) ?? Number.NaN);
}
