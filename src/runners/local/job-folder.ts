/**
 * The folder of one job, `<stateDir>/<job name>/`: all that a restarted harness, or another one, needs to know of it.
 *
 * - job.json         the job and its token; written before anything is started
 * - supervisor.json  who supervises it; written by the supervisor before it starts the command, so at most one does
 * - cancel.json      somebody wants it cancelled
 * - result.json      how it ended; written when no process of it is left
 * - owner-<pid>-<start>  empty; a harness that wants the result. When none of them lives, the job is abandoned
 * - gpu-use          percent, the latest; for display only, and not there without a GPU
 * - supervisor.log   what the supervisor itself had to complain about
 *
 * Every .json is written once, whole or not at all: whoever comes second finds the first one's words. So every step may
 * be interrupted anywhere, and done again by anybody.
 */
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Job, RunResult } from "../../runner.ts";
import { type Identity, identityOf } from "../../util/processes.ts";

export interface JobRecord {
  readonly job: Job;
  /** Value of the variable that marks every process of the job. */
  readonly token: string;
}

export interface SupervisorRecord {
  /** A canceller takes the post so that nobody starts the command; it is a harness, never to be signalled. */
  readonly role: "supervisor" | "canceller";
  readonly identity: Identity;
  /** When it took over, by the system's monotonic clock: comparable between processes until the next boot. */
  readonly monotonicMs: number;
}

interface Records {
  readonly "job.json": JobRecord;
  readonly "supervisor.json": SupervisorRecord;
  readonly "cancel.json": Record<string, never>;
  readonly "result.json": RunResult;
}

/**
 * Writes a record unless it is there already; false when it was. Throws what the file system says.
 * Only a result is forced to the disk: after a power cut no job runs, and one whose other records were cut short is
 * lost at worst, or submitted again.
 */
export function writeOnce<Name extends keyof Records>(folder: string, name: Name, record: Records[Name]): boolean {
  const draft = join(folder, `.${name}-${process.pid}-${process.hrtime.bigint()}`);
  try {
    const fd = openSync(draft, "wx", 0o600);
    try {
      writeFileSync(fd, JSON.stringify(record));
      if (name === "result.json") fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    return publish(folder, draft, name);
  } finally {
    unlinkIfThere(draft);
  }
}

/** A record as it was written, or undefined as long as there is none (or somebody else's bytes in its place). */
export function readRecord<Name extends keyof Records>(folder: string, name: Name): Records[Name] | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, name), "utf8")) as Records[Name];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const STALE_MS = 10_000;

/** Enough for any result: its sentences are bounded. */
const RESULT_BYTES = 4096;

/** Claims the disk space of a result, so that also a run that filled the disk can be recorded. Answers the file. */
export function reserveResult(folder: string): string {
  const draft = join(folder, `.result.json-${process.pid}-reserved`);
  writeFileSync(draft, " ".repeat(RESULT_BYTES), { mode: 0o600 });
  return draft;
}

/** Writes the result into the space reserved for it; false when somebody else has written one before. */
export function writeResult(folder: string, reserved: string, result: RunResult): boolean {
  const fd = openSync(reserved, "r+");
  try {
    // White space after a JSON text is allowed.
    writeFileSync(fd, JSON.stringify(result).padEnd(RESULT_BYTES));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  const first = publish(folder, reserved, "result.json");
  unlinkIfThere(reserved);
  return first;
}

/** Puts down how busy the GPUs are now. A full disk loses it, and nothing else. */
export function tellGpuUse(folder: string, use: number): void {
  try {
    writeFileSync(join(folder, "gpu-use"), String(Math.round(use)));
  } catch {
    // It is told again in a second.
  }
}

/** How busy a job's GPUs are, in percent; undefined when nothing is told, or nothing of the last seconds. */
export function gpuUseOf(folder: string): number | undefined {
  try {
    const file = join(folder, "gpu-use");
    const text = readFileSync(file, "utf8");
    const isFresh = Date.now() - statSync(file).mtimeMs < STALE_MS;
    return isFresh && /^\d{1,3}$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}

/** Notes that this process wants the result of the job. */
export function addOwner(folder: string): void {
  const self = identityOf(process.pid);
  if (self !== undefined) writeFileSync(join(folder, `owner-${self.pid}-${encodeURIComponent(self.start)}`), "");
}

/** Whether a process that wants the result of the job still lives. */
export function hasLivingOwner(folder: string): boolean {
  return readdirSync(folder).some((name) => {
    const [, pid, start] = /^owner-(\d+)-(.+)$/.exec(name) ?? [];
    return pid !== undefined && start !== undefined && identityOf(Number(pid))?.start === decodeURIComponent(start);
  });
}

/** A link, because a rename would replace what another process has written. */
function publish(folder: string, draft: string, name: string): boolean {
  try {
    linkSync(draft, join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  if (name !== "result.json") return true;
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return true;
}

/** Gives back what `reserveResult` claimed, when another process is the one that writes the result. */
export function releaseResult(reserved: string): void {
  unlinkIfThere(reserved);
}

function unlinkIfThere(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // Only a draft; the next one has another name.
  }
}
