/**
 * The seam behind which every place to compute lives: this machine, Slurm, Ray.
 *
 * A job's name is a function of the ledger, so a restarted loop asks for the same job and is given the same handle:
 * nothing runs twice.
 */
import type { Outcome, Resources } from "./experiment.ts";
import type { TreeLimits } from "./util/tree-limits.ts";

export interface Job {
  /** Unique and derived from the ledger, `[A-Za-z0-9._-]+`. */
  readonly name: string;
  /** Where the command runs; absolute. */
  readonly dir: string;
  /** A shell command line, from program.md; executed by `/bin/sh -c`. */
  readonly command: string;
  /** Words put in front of `/bin/sh -c command`: the sandbox that fences it (see sandbox.ts). Empty: not fenced. */
  readonly fence: readonly string[];
  /** The whole environment of the command; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  /** What the whole tree of the command may take; undefined: what the machine has. */
  readonly limits?: TreeLimits | undefined;
  /** Standard output and error of the command, capped; absolute. */
  readonly logFile: string;
  /** At most this many bytes of output are stored: the first half and the last half of it. */
  readonly logLimitBytes: number;
  /** The runner's own folder for this lab (pid files, batch scripts); absolute. */
  readonly stateDir: string;
}

/** Environment variable that marks every process of a job; the sweep for escaped processes looks for it. */
export const JOB_TOKEN = "NIGHTYARD_JOB";

/** What a runner needs to find a job again: a pid with its start time, a Slurm job id, a Ray submission id. */
export type Handle = string;

export interface RunResult {
  readonly outcome: Outcome;
  readonly resources: Resources;
}

/**
 * Contract, checked for every runner by `test/runners/contract.ts`:
 * - `submit` resolves once the job has a handle that survives a restart of this process,
 *   and answers the same handle when a job of that name is already there, running or ended;
 * - `wait` never rejects for what the job did; it says so in the outcome;
 * - `wait` may be called twice, and by another process than the one that submitted;
 * - aborting `signal` stops the waiting (it rejects with the signal's reason), not the job; `cancel` stops the job;
 * - a job is never left running after its timeout, whatever its children do;
 * - `cancel` resolves when no process of the job is left; a job already ended is not an error.
 */
export interface Runner {
  readonly name: string;
  submit(job: Job): Promise<Handle>;
  wait(job: Job, signal: AbortSignal): Promise<RunResult>;
  cancel(job: Job): Promise<void>;
}
