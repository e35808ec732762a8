/**
 * Asks for a run in the ledger, then has the runner execute it. The name is a function of the ledger and the runner
 * answers a name it knows by the same job, so a harness that was killed in between goes on with it.
 */
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { commandEnv, limitsOf } from "../environment.ts";
import type { Run } from "../experiment.ts";
import { runFence } from "../fences.ts";
import { commitOf, type Session } from "../ledger/session.ts";
import type { Step } from "../plan.ts";
import type { Job, RunResult } from "../runner.ts";
import { fenceWords } from "../sandbox.ts";
import type { Slot } from "../slots.ts";
import { type Checkout, checkoutFiles, linkIgnored, runDirOf } from "../workspace/checkouts.ts";
import { exists } from "../workspace.ts";
import { experimentNow, jobName, record, runSeed, sessionNow, type Yard } from "../yard.ts";
import { watchForStop } from "./early-stop.ts";
import { logFileOf } from "./logs.ts";
import { mendSeals } from "./seals.ts";
import { timedJob, timedResult, timingDirOf } from "./timing.ts";

/** At most this much of what a run prints is stored: half of it from the start, half from the end. */
const LOG_LIMIT_BYTES = 4 * 1024 * 1024;

/** Writes down that a run is wanted, with its name and seed. */
export async function askRun(yard: Yard, step: Extract<Step, { do: "ask" }>): Promise<void> {
  const session = sessionNow(yard);
  const e = experimentNow(yard, step.experiment);
  const run = e.runs.length + 1;
  record(yard, {
    type: "run-asked",
    experiment: e.number,
    run,
    role: step.role,
    commit: commitOf(session, e),
    job: jobName(yard.tag, e.number, run),
    seed: runSeed(session, e.number, run),
    asked: step.asked,
    slot: yard.slots.length === 1 ? undefined : freeSlot(session, yard.slots),
  });
}

/** The first slot in which no run takes place; the plan asks for no run when there is none. */
function freeSlot(session: Session, slots: readonly Slot[]): number {
  const taken = new Set(session.openRuns.map((r) => r.slot ?? 0));
  const free = slots.find((slot) => !taken.has(slot.index));
  if (free === undefined) throw new Error("a run was asked for, and every slot is taken");
  return free.index;
}

/**
 * Executes a run that was asked for; on an abort the run is cancelled and recorded as such, then the signal rejects.
 */
export async function run(yard: Yard, step: { readonly experiment: number; readonly run: number }): Promise<void> {
  const asked = experimentNow(yard, step.experiment).runs.find((r) => r.run === step.run);
  if (asked === undefined) throw new Error(`run ${step.run} of experiment ${step.experiment} was not asked for`);
  await mendSeals(yard, step.experiment);
  const job = await jobOf(yard, asked);
  await yard.runner.submit(job);
  const ended = await waitOrStop(yard, job, { experiment: step.experiment, run: asked });
  const result = timedResult(yard, asked, ended);
  record(yard, { type: "run-ended", ...step, outcome: result.outcome, resources: result.resources });
}

/** Waits for a run; ends it when the person stops the session, or when it is not worth finishing. */
async function waitOrStop(
  yard: Yard,
  job: Job,
  asked: { readonly experiment: number; readonly run: Run },
): Promise<RunResult> {
  const ended = new AbortController();
  const stopped = watchForStop(yard, job, asked, ended.signal).then(async (stop) => {
    if (stop !== undefined) await yard.runner.cancel(job);
    return stop;
  });
  const result = await waitOrCancel(yard, job).finally(() => ended.abort());
  const stop = await stopped;
  if (stop === undefined || result.outcome.kind !== "cancelled") return result;
  return { ...result, outcome: { kind: "stoppedEarly", ...stop } };
}

/** Waits for a job that was submitted; when the person stops the session it is ended, and its result says how. */
export async function waitOrCancel({ runner, signal }: Yard, job: Job): Promise<RunResult> {
  return runner.wait(job, signal).catch(async (error) => {
    if (!signal.aborted) throw error;
    await runner.cancel(job);
    // The job has ended now, by itself or by us: its result says which.
    return runner.wait(job, AbortSignal.timeout(30_000));
  });
}

/** The job of a run; its folder is made, under its final name, only when it is complete. */
export async function jobOf(yard: Yard, run: Run): Promise<Job> {
  const { ws, program } = yard;
  // A session that goes on with fewer slots than it had takes the last one for what was in the others.
  const slot = yard.slots[Math.min(run.slot ?? 0, yard.slots.length - 1)] ?? { index: 0, env: {}, words: [] };
  const checkout = runDirOf(ws, run.job);
  const tmp = `${checkout.dir}.tmp`;
  // A timed run copies its checkout anew again and again, so for a moment it may not be there: its folder tells.
  if (!(await exists(checkout.dir)) && !(await exists(timingDirOf(yard, run.job)))) {
    const fresh = runDirOf(ws, `${run.job}.new`);
    await checkoutFiles(ws, fresh, run.commit);
    await linkIgnored(ws, fresh, program.links);
    await rm(tmp, { recursive: true, force: true });
    await mkdir(tmp, { recursive: true });
    await rename(fresh.dir, checkout.dir);
  }
  const { data } = yard.prepared;
  const fenceFor = (at: Checkout, tmp: string) => [
    ...slot.words,
    ...fenceWords(yard.sandbox, runFence(ws, program, { checkout: at, tmp, data })),
  ];
  const job: Job = {
    name: run.job,
    dir: checkout.labDir,
    command: program.run,
    fence: fenceFor(checkout, tmp),
    env: {
      ...commandEnv(ws, program, { tmp, data }),
      ...slot.env,
      NIGHTYARD_SEED: String(run.seed),
    },
    timeoutSeconds: program.timeoutSeconds,
    limits: limitsOf(program, [checkout.dir, tmp], yard.slots.length),
    logFile: logFileOf(yard, run.job),
    logLimitBytes: LOG_LIMIT_BYTES,
    stateDir: join(ws.stateDir, "jobs"),
  };
  const { timing } = program.metric;
  return timing === undefined ? job : timedJob(yard, run, timing, { job, checkout, tmp, fenceFor });
}
