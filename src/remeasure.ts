/**
 * Measures several commits of a session afresh, after it: one run after the other, interleaved, by the loop's own code
 * (the same checkouts, fences, runner, seals and evaluator). `finalize`, `ablate` and `promote` are built on it.
 *
 * Each run is one event, `remeasured`, that folds to nothing: the session's evidence, counts, confirmation and time are
 * as they were. What is recorded is not run again, so a command that was stopped or killed goes on where it was, as
 * long as it asks for the same commits by the same commands. Not covered: a set that was asked for with another
 * program.md is another set and starts from nothing.
 */
import { createHash } from "node:crypto";
import { seedOf } from "./environment.ts";
import { type Run, wasLost } from "./experiment.ts";
import { eventsOfType, openJobs } from "./ledger.ts";
import type { Arm, Remeasured } from "./remeasure/arm.ts";
import { type NextRun, nextRun } from "./remeasure/order.ts";
import { clearRun, measurementOf } from "./steps/measure.ts";
import { jobOf, waitOrCancel } from "./steps/run.ts";
import { mendSeals } from "./steps/seals.ts";
import { sweepRuns } from "./workspace/checkouts.ts";
import { record, sessionNow, type Yard } from "./yard.ts";

export type { Arm, Remeasured } from "./remeasure/arm.ts";
export { metricsOfRuns } from "./remeasure/order.ts";

export interface MeasureSet {
  readonly kind: "finalize" | "ablate" | "promote";
  readonly arms: readonly Arm[];
  /** Told before each run. */
  readonly onRun?: ((arm: Arm, run: number) => void) | undefined;
}

const ENDED = { finalize: "finalized", ablate: "ablated", promote: "promoted" } as const;

/** All runs by the arm's name; rejects with the signal's reason when it is aborted, everything recorded. */
export async function remeasure(yard: Yard, set: MeasureSet): Promise<ReadonlyMap<string, readonly Remeasured[]>> {
  const name = nameOf(yard, set);
  const made = () => eventsOfType(yard.ledger, yard.tag, "remeasured").filter((r) => r.set === name);
  await sweep(yard, set, name, made());
  for (;;) {
    yard.signal.throwIfAborted();
    const done = made();
    const next = nextRun(set.arms, done);
    if (next === undefined) return new Map(set.arms.map((arm) => [arm.name, done.filter((r) => r.arm === arm.name)]));
    await runOnce(yard, set, { name, next });
  }
}

/** The same for the same commits and commands until the set has ended, so that it is found again. */
function nameOf(yard: Yard, set: MeasureSet): string {
  const ended = eventsOfType(yard.ledger, yard.tag, ENDED[set.kind]).length;
  const arms = set.arms.map(({ name, commit, program: p }) => [
    ...[name, commit, p.run, p.evaluate, p.prepare, p.budgetSeconds, p.timeoutSeconds, p.metric.name],
    ...[p.env, p.fixedEnv, p.links],
  ]);
  const hash = createHash("sha256").update(JSON.stringify(arms)).digest("hex").slice(0, 8);
  return `${set.kind}-${ended + 1}-${hash}`;
}

function jobNameOf(yard: Yard, set: string, { arm, run }: NextRun): string {
  return `${yard.tag}-${set}-${arm}-r${run}`;
}

/** What a killed process left, but for the run that is wanted now and those of a session that was killed. */
async function sweep(yard: Yard, set: MeasureSet, name: string, done: readonly Remeasured[]): Promise<void> {
  const next = nextRun(set.arms, done);
  const wanted = next === undefined ? [] : [jobNameOf(yard, name, next)];
  await sweepRuns(yard.ws, new Set([...openJobs(yard.ledger), ...wanted]));
}

async function runOnce(yard: Yard, set: MeasureSet, at: { readonly name: string; readonly next: NextRun }) {
  const arm = set.arms[at.next.arm];
  if (arm === undefined) throw new Error(`set ${at.name} has no arm ${at.next.arm}`);
  // The arms are interleaved themselves, and a scale's numbers have no level in the session.
  const { timing } = arm.program.metric;
  const metric = { ...arm.program.metric, timing: timing && { ...timing, interleave: false } };
  const here: Yard = { ...yard, program: { ...arm.program, metric, earlyStop: undefined } };
  const { run } = at.next;
  const seed = seedOf(sessionNow(yard).seed, at.name, arm.name, run);
  const asked: Run = { run, role: "confirm", commit: arm.commit, job: jobNameOf(yard, at.name, at.next), seed };
  set.onRun?.(arm, run);
  await mendSeals(here, arm.experiment);
  const job = await jobOf(here, asked);
  await here.runner.submit(job);
  const ended: Run = { ...asked, ...(await waitOrCancel(here, job)) };
  const measurement = wasLost(ended) ? undefined : await measurementOf(here, arm.experiment, ended);
  const { outcome, resources } = ended;
  if (outcome === undefined || resources === undefined) throw new Error(`run ${asked.job} has no end`);
  const { commit } = arm;
  const made = { set: at.name, arm: arm.name, run, commit, job: job.name, seed, outcome, resources, measurement };
  record(here, { type: "remeasured", ...made });
  await clearRun(here, ended);
}
