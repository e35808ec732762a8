/**
 * How many fresh runs are made, and their scores.
 */
import { orient, type Rules } from "../judge.ts";
import { sessionNow, type Yard } from "../yard.ts";
import type { Remeasured } from "./arm.ts";
import { metricsOfRuns } from "./order.ts";

const DEFAULT_RUNS = 4;

/** What program.md takes for a confirmation, unless it takes none. A deterministic metric needs one run. */
export function freshRunsOf(yard: Yard, asked: number | undefined): number {
  if (sessionNow(yard).rules.deterministic) return 1;
  return asked ?? (yard.program.confirmRuns === 0 ? DEFAULT_RUNS : yard.program.confirmRuns);
}

/** Scores of runs, for the noise. */
export function scoresOf(runs: readonly Remeasured[], rules: Rules): readonly number[] {
  return metricsOfRuns(runs)
    .map((m) => orient(m, rules))
    .filter((s): s is number => s !== undefined);
}
