/**
 * Guards: limits on other numbers than the metric. A number that is missing is not within a limit. Pure.
 */
import type { Experiment, Run } from "../experiment.ts";
import { challengerRuns } from "../ledger/fold.ts";
import type { Program } from "../program.ts";

/** The first guard that a measured proposal does not meet, in words; a missing number is not within a limit. */
export function brokenGuard(program: Program, e: Experiment): string | undefined {
  return guardBrokenBy(program, challengerRuns(e).at(-1));
}

/** The same for one run. */
export function guardBrokenBy(
  program: Program,
  last: Pick<Run, "measurement" | "resources"> | undefined,
): string | undefined {
  for (const guard of program.guards) {
    const value = worst(last?.measurement?.extra[guard.metric], resource(last, guard.metric));
    if (value === undefined) return `${guard.text}: the run gave no ${guard.metric}`;
    if (!within(value, guard.op, guard.limit)) return `${guard.text}: found ${value}`;
  }
  return undefined;
}

/** What the harness measured itself cannot be talked down by what a run prints. */
function worst(said: number | undefined, measured: number | undefined): number | undefined {
  return said === undefined || measured === undefined ? (said ?? measured) : Math.max(said, measured);
}

function resource(run: Pick<Run, "resources"> | undefined, name: string): number | undefined {
  if (name === "peak_memory_mb") return run?.resources?.peakMemoryMb;
  if (name === "wall_seconds") return run?.resources?.wallSeconds;
  return undefined;
}

function within(value: number, op: Program["guards"][number]["op"], limit: number): boolean {
  switch (op) {
    case "<=":
      return value <= limit;
    case ">=":
      return value >= limit;
    case "<":
      return value < limit;
    case ">":
      return value > limit;
    default:
      return op satisfies never;
  }
}
