/**
 * Runs jobs on this machine. Each has a supervisor, a process of its own (`local/supervisor.ts`), so that a job goes on
 * when the harness is restarted, and is ended when the harness does not come back.
 *
 * All that is known of a job stands in its folder (`local/job-folder.ts`), written in steps that may be interrupted
 * anywhere; `submit` and `wait` go on from whatever they find there. A supervisor that was itself killed is noticed by
 * `wait`, which then ends what is left of the job and calls it lost; if nobody waits, that happens at the next `wait`.
 * Not covered: a state folder on a network file system shared by two machines.
 */
import { mkdirSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { newToken } from "../execute.ts";
import type { Outcome } from "../experiment.ts";
import { type Handle, JOB_TOKEN, type Job, type Runner, type RunResult } from "../runner.ts";
import { openCensus } from "../util/census.ts";
import { endTree } from "../util/end-tree.ts";
import { identityOf, isRunning, monotonicMs, signalProcess } from "../util/processes.ts";
import { addOwner, readRecord, type SupervisorRecord, writeOnce } from "./local/job-folder.ts";
import { prepareSpare, type Supervisors, startSupervisor } from "./local/start-supervisor.ts";
import { untilChanged } from "./local/until-changed.ts";

/** From timeout to the written result: 5 s of grace, 10 s of sweeping, and a machine that is busy. */
const OVERDUE_MS = 30_000;
const LEFTOVER_GRACE_SECONDS = 1;
const START_TRIES = 3;

export interface LocalOptions {
  /**
   * So long a job goes on when no harness that wants its result lives, in seconds; default 6. With the second of grace
   * after it, a job is gone within 10 s of its harness.
   */
  readonly abandonAfterSeconds?: number | undefined;
}

/** The runner for this machine. */
export function local(options: LocalOptions = {}): Runner {
  const supervisors: Supervisors = { abandonAfterSeconds: options.abandonAfterSeconds ?? 6, spare: undefined };
  return {
    name: "local",
    submit: (job) => submit(job, supervisors),
    wait: (job, signal) => wait(job, supervisors, signal),
    cancel,
  };
}

async function submit(job: Job, supervisors: Supervisors): Promise<Handle> {
  const folder = folderOf(job);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  addOwner(folder);
  if (readRecord(folder, "job.json") === undefined) writeOnce(folder, "job.json", { job, token: newToken(job.name) });
  const supervisor = await supervised(folder, supervisors);
  return `${job.name}:${supervisor?.identity.pid ?? "none"}:${supervisor?.identity.start ?? ""}`;
}

async function wait(job: Job, supervisors: Supervisors, signal: AbortSignal): Promise<RunResult> {
  signal.throwIfAborted();
  const folder = folderOf(job);
  if (readRecord(folder, "job.json") === undefined) {
    return { outcome: { kind: "lost", why: "it was never submitted here" }, resources: { wallSeconds: 0 } };
  }
  addOwner(folder);
  const supervisor = await supervised(folder, supervisors);
  const end = await untilChanged(folder, () => endOf(folder, job, supervisor), signal);
  prepareSpare(supervisors);
  return "result" in end ? end.result : recover(folder, job, end.missing);
}

async function cancel(job: Job): Promise<void> {
  const folder = folderOf(job);
  if (readRecord(folder, "job.json") === undefined || readRecord(folder, "result.json") !== undefined) return;
  writeOnce(folder, "cancel.json", {});
  // Whoever has the post starts the command. If it was free, we have it now and start nothing.
  const identity = identityOf(process.pid);
  const post = { role: "canceller", monotonicMs: monotonicMs() } as const;
  if (identity !== undefined && writeOnce(folder, "supervisor.json", { ...post, identity })) {
    writeOnce(folder, "result.json", { outcome: { kind: "cancelled" }, resources: { wallSeconds: 0 } });
    return;
  }
  const supervisor = readRecord(folder, "supervisor.json");
  if (supervisor?.role === "supervisor") signalProcess(supervisor.identity, "SIGTERM");
  const deadline = monotonicMs() + OVERDUE_MS;
  const cancelled: Missing = { missing: { kind: "cancelled" } };
  const end = await untilChanged(folder, () => {
    return endOf(folder, job, supervisor) ?? (monotonicMs() > deadline ? cancelled : undefined);
  });
  if ("missing" in end) await recover(folder, job, cancelled.missing);
}

/** The job's supervisor, started if it has none yet; undefined when the job has ended without one. */
async function supervised(folder: string, supervisors: Supervisors): Promise<SupervisorRecord | undefined> {
  for (let tries = 1; ; tries++) {
    const supervisor = readRecord(folder, "supervisor.json");
    if (supervisor !== undefined || readRecord(folder, "result.json") !== undefined) return supervisor;
    // No command of this job was ever started: a supervisor writes its record before that.
    const gone = await startSupervisor(supervisors, folder);
    if (gone === undefined || tries < START_TRIES) continue;
    const why = `its supervisor could not be started: ${gone}`;
    writeOnce(folder, "result.json", { outcome: { kind: "lost", why }, resources: { wallSeconds: 0 } });
  }
}

/** There will be no result; so this is what has to be recorded. */
interface Missing {
  readonly missing: Outcome;
}

/** How the job ended; undefined as long as it is supervised. */
function endOf(
  folder: string,
  job: Job,
  supervisor: SupervisorRecord | undefined,
): { readonly result: RunResult } | Missing | undefined {
  // First whether it lives, then the result: it may write one and end between two looks.
  const lives = supervisor !== undefined && isRunning(supervisor.identity);
  const result = readRecord(folder, "result.json");
  if (result !== undefined) return { result };
  if (!lives) return { missing: { kind: "lost", why: "its supervisor was killed" } };
  // A supervisor that was stopped (SIGSTOP, by a run that wants more time) is as good as dead.
  const overdue = monotonicMs() - supervisor.monotonicMs > job.timeoutSeconds * 1000 + OVERDUE_MS;
  return overdue ? { missing: { kind: "timedOut", afterSeconds: job.timeoutSeconds } } : undefined;
}

/** Does what the supervisor would have done: ends what is left of the job, and says how it ended. */
async function recover(folder: string, job: Job, outcome: Outcome): Promise<RunResult> {
  const supervisor = readRecord(folder, "supervisor.json");
  if (supervisor?.role === "supervisor") signalProcess(supervisor.identity, "SIGKILL");
  const token = readRecord(folder, "job.json")?.token;
  if (token !== undefined) await endTree(openCensus(`${JOB_TOKEN}=${token}`), undefined, LEFTOVER_GRACE_SECONDS);
  const result: RunResult = { outcome, resources: { wallSeconds: secondsUntilLastWord(folder, job) } };
  try {
    writeOnce(folder, "result.json", result);
  } catch {
    // The disk is full or the folder is gone. Whoever waits knows all the same, and will record it.
  }
  return readRecord(folder, "result.json") ?? result;
}

function folderOf(job: Job): string {
  if (!/^[A-Za-z0-9._-]{1,200}$/.test(job.name) || /^\.+$/.test(job.name))
    throw new Error(`no name for a job: ${job.name}`);
  if (![job.stateDir, job.dir, job.logFile].every(isAbsolute))
    throw new Error(`paths of job ${job.name} must be absolute`);
  return join(job.stateDir, job.name);
}

/** Nobody measured it, so: from the start until the last output, by the times of the files. */
function secondsUntilLastWord(folder: string, job: Job): number {
  const started = statSync(join(folder, "supervisor.json"), { throwIfNoEntry: false })?.mtimeMs;
  const lastWord = statSync(job.logFile, { throwIfNoEntry: false })?.mtimeMs;
  return started === undefined || lastWord === undefined ? 0 : Math.max(0, lastWord - started) / 1000;
}
