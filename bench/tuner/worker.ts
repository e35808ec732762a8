/** One share of the bench: plays the nights of some seeds in a process of its own and prints their gains as JSON. */
import { modelSearch } from "../../src/agents/tuner/model-search.ts";
import type { Strategy } from "../../src/agents/tuner/search.ts";
import { network } from "./network.ts";
import { night } from "./night.ts";
import { type Named, SYNTHETIC } from "./objectives.ts";
import { evolution, parzen, randomSearch, randomStep } from "./rivals.ts";

const OBJECTIVES: readonly Named[] = [...SYNTHETIC, network];
const METHODS: Readonly<Record<string, Strategy>> = {
  tuner: modelSearch,
  random: randomSearch,
  "random step": randomStep,
  parzen,
  evolution,
};

/** What a worker is asked, as JSON in its first argument. */
export interface Share {
  readonly seeds: readonly number[];
  readonly experiments: number;
  readonly looks: readonly number[];
}

/** The gains of one method on one objective with one seed, one per look. */
export interface Result {
  readonly objective: string;
  readonly method: string;
  readonly seed: number;
  readonly gains: readonly number[];
  readonly milliseconds: number;
}

function play(share: Share): readonly Result[] {
  return OBJECTIVES.flatMap((objective) =>
    share.seeds.flatMap((seed) =>
      Object.entries(METHODS).map(([method, strategy]) => {
        const started = performance.now();
        const gains = night(objective.make(seed), strategy, { seed, ...share });
        return { objective: objective.name, method, seed, gains, milliseconds: performance.now() - started };
      }),
    ),
  );
}

console.log(JSON.stringify(play(JSON.parse(process.argv[2] ?? "") as Share)));
