/**
 * The process that supervises one job of the local runner: `node supervisor.js <job folder> <abandon after, seconds>`.
 * With "-" for the folder it is a spare: it waits for the folder as a line on standard input, and ends with that.
 *
 * It lives in a session of its own and outlives the harness. It starts the job's command at most once, keeps its log,
 * ends its tree after the timeout, when cancelled, and when no harness that wants the result has lived for a while;
 * and it writes the result when no process of the job is left. Imports little: a run waits for its start.
 * SIGTERM tells it to look at once whether it is cancelled; without a cancel.json the job is ended and lost.
 */
import { appendFileSync, existsSync, readSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { outcomeOf, resourcesOf, TAIL_BYTES } from "../../execute.ts";
import { JOB_TOKEN, type RunResult } from "../../runner.ts";
import { appendLog, closeLog, openLog } from "../../util/capped-log.ts";
import { outputTail } from "../../util/capped-output.ts";
import { watchGpu } from "../../util/gpu-watch.ts";
import { startTree, type Tree } from "../../util/process-tree.ts";
import { identityOf, monotonicMs } from "../../util/processes.ts";
import {
  hasLivingOwner,
  type JobRecord,
  readRecord,
  releaseResult,
  reserveResult,
  tellGpuUse,
  writeOnce,
  writeResult,
} from "./job-folder.ts";

const WATCH_MS = 500;
const WRITE_TRIES = 10;

interface Post {
  readonly folder: string;
  readonly abandonAfterSeconds: number;
  tree: Tree | undefined;
  abandonedWhy: string | undefined;
  /** Since when no owner lives, by the monotonic clock; undefined while one does. */
  aloneSinceMs: number | undefined;
}

const folder = process.argv[2] === "-" ? lineFromInput() : (process.argv[2] ?? "");
if (folder === "") process.exit(0);
main(folder, Number(process.argv[3])).then(
  () => process.exit(0),
  (error) => {
    complain(folder, error);
    process.exit(1);
  },
);

async function main(folder: string, abandonAfterSeconds: number): Promise<void> {
  const post: Post = { folder, abandonAfterSeconds, tree: undefined, abandonedWhy: undefined, aloneSinceMs: undefined };
  // Before the record is written that tells others whom to signal.
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => abandon(post, `it got ${signal}`));
  process.on("SIGHUP", () => {});
  process.on("uncaughtException", (error) => {
    complain(folder, error);
    abandon(post, `it failed: ${error.message.slice(0, 500)}`);
  });
  const record = readRecord(folder, "job.json");
  const identity = identityOf(process.pid);
  if (record === undefined || identity === undefined) throw new Error(`no job in ${folder}, or no process table`);
  const reserved = reserveResult(folder);
  if (writeOnce(folder, "supervisor.json", { role: "supervisor", identity, monotonicMs: monotonicMs() })) {
    await recordResult(folder, reserved, await supervise(post, record));
  } else {
    releaseResult(reserved);
  }
}

async function supervise(post: Post, { job, token }: JobRecord): Promise<RunResult> {
  const log = await openLog(job.logFile, job.logLimitBytes);
  const [first = "/bin/sh", ...rest] = [...job.fence, "/bin/sh", "-c", job.command];
  const tree = startTree({
    words: [first, ...rest],
    dir: job.dir,
    env: job.env,
    mark: [JOB_TOKEN, token],
    timeoutSeconds: job.timeoutSeconds,
    limits: job.limits,
    onOutput: (chunk) => appendLog(log, chunk),
    onlyChild: true,
  });
  post.tree = tree;
  // It starts the command only in a later turn of the event loop, so a job cancelled by now is never started.
  checkOrders(post);
  const timer = setInterval(() => checkOrders(post), WATCH_MS);
  const gpu = watchGpu(job.env, (use) => tellGpuUse(post.folder, use));
  const end = await tree.ended;
  const gpuFigures = gpu.stop();
  clearInterval(timer);
  if (end.survivors > 0) complain(post.folder, `${end.survivors} processes of ${job.name} could not be ended`);
  const logError = await closeLog(log);
  const tail = outputTail(log.output, TAIL_BYTES);
  const abandonedWhy = post.abandonedWhy;
  const outcome = outcomeOf(end, { timeoutSeconds: job.timeoutSeconds, tail, logError, abandonedWhy });
  const resources = resourcesOf(end, log.output.total);
  return { outcome, resources: gpuFigures === undefined ? resources : { ...resources, gpu: gpuFigures } };
}

/** Looks for a wish to cancel, and whether anybody still waits for the result. */
function checkOrders(post: Post): void {
  if (isCancelled(post)) post.tree?.end("cancelled");
  if (post.abandonedWhy !== undefined) post.tree?.end("abandoned");
  post.aloneSinceMs = hasLivingOwner(post.folder) ? undefined : (post.aloneSinceMs ?? monotonicMs());
  const aloneMs = post.aloneSinceMs === undefined ? 0 : monotonicMs() - post.aloneSinceMs;
  if (aloneMs >= post.abandonAfterSeconds * 1000 && post.aloneSinceMs !== undefined)
    abandon(post, "the harness was gone");
}

function abandon(post: Post, why: string): void {
  post.abandonedWhy ??= why;
  // A signal is also how a canceller says that there is news.
  post.tree?.end(isCancelled(post) ? "cancelled" : "abandoned");
}

function isCancelled(post: Post): boolean {
  return existsSync(join(post.folder, "cancel.json"));
}

/** A full disk may have room again in a moment; after 10 s the one who waits must do without our word. */
async function recordResult(folder: string, reserved: string, result: RunResult): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      writeResult(folder, reserved, result);
      return;
    } catch (error) {
      if (tries === WRITE_TRIES) throw error;
      await sleep(1000);
    }
  }
}

/** Blocks, for a spare has nothing else to do; "" when the input ended without a whole line. */
function lineFromInput(): string {
  const bytes = Buffer.alloc(4096);
  let text = "";
  for (let got = -1; got !== 0; ) {
    got = readSync(0, bytes);
    text += bytes.toString("utf8", 0, got);
    if (text.endsWith("\n")) return text.trimEnd();
  }
  return "";
}

function complain(folder: string, about: unknown): void {
  try {
    appendFileSync(join(folder, "supervisor.log"), `${about instanceof Error ? about.stack : about}\n`);
  } catch {
    // There is nobody else to tell.
  }
}
