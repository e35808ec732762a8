/**
 * What the tests of runners need: jobs with a private place, tags to find their processes again, and harnesses that
 * are processes of their own and may be killed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Job } from "../../src/runner.ts";

export const fixtures = fileURLToPath(new URL("../fixtures/runs", import.meta.url));

/** Node's own path, for commands; the environment of a job has only PATH. */
export const node = JSON.stringify(process.execPath);

/** A job in `root` that differs from every other. */
export function jobIn(root: string, command: string, changes: Partial<Job> = {}): Job {
  const name = `job-${randomBytes(4).toString("hex")}`;
  return {
    name,
    dir: root,
    command,
    fence: [],
    env: { PATH: process.env.PATH ?? "/usr/bin:/bin" },
    timeoutSeconds: 60,
    logFile: join(root, `${name}.log`),
    logLimitBytes: 100_000,
    stateDir: join(root, "state"),
    ...changes,
  };
}

/** A word that no other process has in its command line. */
export function newTag(): string {
  return `tag-${randomBytes(8).toString("hex")}`;
}

/** Pids of living processes with the tag in their command line. */
export function tagged(tag: string): readonly number[] {
  return readdirSync("/proc").flatMap((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, "latin1").includes(tag) ? [Number(name)] : [];
    } catch {
      // It ended between the two reads.
      return [];
    }
  });
}

/** Polls until the condition holds; the test's own timeout is the limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20);
}

/** All that the job has printed so far, as its log has it. */
export function logOf(job: Job): string {
  return existsSync(job.logFile) ? readFileSync(job.logFile, "utf8") : "";
}

/** A signal for those who wait as long as it takes. */
export const never: AbortSignal = new AbortController().signal;

export interface Harness {
  readonly process: ChildProcess;
  /** Resolves once it has submitted, or found, the job. */
  readonly there: Promise<void>;
  /** What it printed as the result, or undefined when it ended before. */
  readonly result: Promise<unknown>;
}

/** Where a harness of its own finds the runner: a module and the function in it that makes one. */
export interface RunnerSource {
  readonly module: string;
  readonly factory: string;
  readonly options: object;
}

/** Starts a harness in another process: it submits the job, or only waits for it; then submits `next`, and stays. */
export function startHarness(what: "submit" | "wait", job: Job, source: RunnerSource, next?: Job): Harness {
  const words = [what, JSON.stringify(job), source.module, source.factory, JSON.stringify(source.options)];
  if (next !== undefined) words.push(JSON.stringify(next));
  const child = spawn(process.execPath, ["--import", "tsx", join(fixtures, "harness.ts"), ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  const there = new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk) => {
      text += chunk;
      if (text.includes("there\n")) resolve();
    });
  });
  const result = new Promise<unknown>((resolve) => {
    child.once("close", () => {
      const line = text.split("\n")[1];
      resolve(line ? JSON.parse(line) : undefined);
    });
  });
  return { process: child, there, result };
}
