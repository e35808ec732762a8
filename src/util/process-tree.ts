/**
 * Starts a command as the root of a tree of processes of its own, watches it, and ends the whole tree: after a timeout,
 * when told to, and also after a normal end, so that no daemon outlives the command.
 *
 * Times are monotonic: a jump of the wall clock changes nothing, and on Linux the time a machine was suspended is not
 * counted, neither toward the timeout nor in `wallSeconds`. The first reason to end wins.
 * Promises that `ended` resolves, whatever the command does: it never rejects and never waits for a pipe held open.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, statSync } from "node:fs";
import type { Writable } from "node:stream";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { type Census, openCensus, takeCensus } from "./census.ts";
import { type CgroupLimits, joinWords, makeCgroup, oomKillsIn, removeCgroup } from "./cgroup.ts";
import { endTree } from "./end-tree.ts";
import { oomKillBetween, readOomCounters } from "./oom.ts";
import { openPipes, type Pipe } from "./pipes.ts";
import { hasProc, readProcess } from "./processes.ts";
import { diskBytesOf, type Passed, passedBy, passedOnDisk, type TreeLimits } from "./tree-limits.ts";
import { cpuSecondsOf, observe, openUsage, type TreeUsage } from "./tree-usage.ts";

const KILL_GRACE_SECONDS = 5;
/** For what a command that ended by itself has left behind. */
const LEFTOVER_GRACE_SECONDS = 1;
/** When nobody waits for the result any more, and 10 s after a dead harness everything shall be gone. */
const HURRIED_GRACE_SECONDS = 1;
const FIRST_LOOK_MS = 10;
const LOOK_MS = hasProc ? 250 : 2000;
const LAST_WAIT_MS = 1000;
const DISK_MS = 1000;
/** The fence's own processes, which are in the group too. */
const OWN_TASKS = 8;
/** What a timer of Node can hold: 24.8 days. A longer timeout ends there. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface TreeCommand {
  /** Program and arguments; looked up in the PATH of `env`. */
  readonly words: readonly [string, ...string[]];
  readonly dir: string;
  /** The whole environment but for the mark; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Name and value of the variable that marks every process of the tree; the value must be unlike any other's. */
  readonly mark: readonly [name: string, value: string];
  /** Text for its standard input; undefined: /dev/null. */
  readonly input?: string | undefined;
  /** Gets its standard input, to write to while it runs, in place of `input`. Must not throw. */
  readonly onInput?: ((stdin: Writable) => void) | undefined;
  readonly timeoutSeconds: number;
  /** What the whole tree may take; undefined: what the machine has. */
  readonly limits?: TreeLimits | undefined;
  /** Takes standard output, and standard error too when there is no `onError`, in the order written. Must not throw. */
  readonly onOutput: (chunk: Buffer) => void;
  readonly onError?: ((chunk: Buffer) => void) | undefined;
  /** True when this process starts no other child: then processor time is exact. */
  readonly onlyChild: boolean;
}

/** Why a tree was ended by us. */
export type EndReason = "timedOut" | "cancelled" | "abandoned" | "passedLimit";

export interface TreeEnd {
  /** Set when we ended it; a command that ended by itself before that has none. */
  readonly reason?: EndReason | undefined;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  /** Why it could not even be started. */
  readonly spawnError?: string | undefined;
  /** The limit that it passed, when that is the reason. */
  readonly passed?: Passed | undefined;
  /** The kernel ended a process for want of memory meanwhile. */
  readonly oomKill?: string | undefined;
  readonly wallSeconds: number;
  readonly cpuSeconds?: number | undefined;
  readonly peakMemoryBytes?: number | undefined;
  readonly escaped: number;
  readonly survivors: number;
}

export interface Tree {
  /** Ends the tree, for the first reason given; what happens after the command's own end is no reason. */
  end(reason: EndReason): void;
  readonly ended: Promise<TreeEnd>;
}

interface Exit {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly error?: string | undefined;
}

interface Watch {
  readonly root: number;
  readonly census: Census;
  readonly usage: TreeUsage;
  readonly limits: TreeLimits | undefined;
  readonly stop: AbortController;
  /** What its folders held at the start, and when they are counted again: counting takes time, so ever less often. */
  readonly diskBefore: number;
  diskAtMs: number;
  passed: Passed | undefined;
  timer: NodeJS.Timeout | undefined;
}

/** Starts the command. Whatever goes wrong is told by `ended`. */
export function startTree(command: TreeCommand): Tree {
  const stop = new AbortController();
  const ended = runTree(command, stop).catch((error: Error) => failed(error.message));
  return { end: (reason) => stop.abort(reason), ended };
}

async function runTree(command: TreeCommand, stop: AbortController): Promise<TreeEnd> {
  if (!statSync(command.dir, { throwIfNoEntry: false })?.isDirectory()) return failed(`no such folder: ${command.dir}`);
  const pipes = await openPipes(command.onError === undefined ? 1 : 2);
  try {
    if (stop.signal.aborted) return { ...failed(undefined), reason: stop.signal.reason };
    const group = command.limits === undefined ? undefined : makeCgroup(cgroupLimits(command.limits));
    if (group === undefined) return await runWithPipes(command, pipes, stop);
    const [first, ...rest] = [...joinWords(group), ...command.words];
    const end = await runWithPipes({ ...command, words: [first ?? "", ...rest] }, pipes, stop);
    const killed = oomKillsIn(group) > 0 ? "the kernel killed it: its memory limit was reached" : end.oomKill;
    await removeCgroup(group);
    return { ...end, oomKill: killed };
  } finally {
    for (const pipe of pipes) pipe.reader.destroy();
  }
}

/** Somewhat above what is watched, so that the watcher, who can say why, comes first when there is time. */
function cgroupLimits(limits: TreeLimits): CgroupLimits {
  return { memoryBytes: Math.round(limits.memoryBytes * 1.05), tasks: limits.processes + OWN_TASKS };
}

async function runWithPipes(command: TreeCommand, pipes: readonly Pipe[], stop: AbortController): Promise<TreeEnd> {
  const oomBefore = readOomCounters();
  const bookedBefore = bookedSeconds();
  const startedAt = performance.now();
  const child = launch(command, pipes);
  const exited = exitOf(child);
  if (child.pid === undefined) return failed((await exited).error ?? "it could not be started");
  const census = openCensus(command.mark.join("="), child.pid);
  const watch = openWatch(command, child.pid, census, stop);
  const drained = Promise.all(pipes.map(({ reader }) => new Promise((resolve) => reader.once("close", resolve))));
  lookAgain(watch, FIRST_LOOK_MS);
  const reason = await firstOf(exited, stop.signal, command.timeoutSeconds);
  clearTimeout(watch.timer);
  const wallSeconds = (performance.now() - startedAt) / 1000;
  look(watch);
  const swept = await endTree(census, watch.root, graceSeconds(reason));
  // Nobody is left to write or to be waited for, so this takes no time, unless one was beyond our reach.
  const exit = await Promise.race([exited, sleep<Exit>(LAST_WAIT_MS, {}, { ref: false })]);
  await Promise.race([drained, sleep(LAST_WAIT_MS, undefined, { ref: false })]);
  const booked = command.onlyChild && hasProc ? bookedSeconds() - bookedBefore : undefined;
  return {
    ...swept,
    reason,
    passed: watch.passed,
    exitCode: exit.exitCode,
    signal: exit.signal,
    oomKill: oomKillBetween(oomBefore, readOomCounters()),
    wallSeconds,
    cpuSeconds: cpuSecondsOf(watch.usage, booked),
    peakMemoryBytes: watch.usage.peakBytes,
  };
}

function openWatch(command: TreeCommand, root: number, census: Census, stop: AbortController): Watch {
  const { limits } = command;
  const diskBefore = limits === undefined ? 0 : diskBytesOf(limits.folders);
  const diskAtMs = performance.now() + DISK_MS;
  return { root, census, usage: openUsage(), limits, stop, diskBefore, diskAtMs, passed: undefined, timer: undefined };
}

function launch(command: TreeCommand, pipes: readonly Pipe[]): ChildProcess {
  const [output, error] = pipes;
  if (output === undefined) throw new Error("a command needs a pipe for its output");
  output.reader.on("data", command.onOutput);
  error?.reader.on("data", command.onError ?? command.onOutput);
  const input = command.input === undefined && command.onInput === undefined ? "ignore" : "pipe";
  const [program, ...args] = command.words;
  const [name, value] = command.mark;
  try {
    const child = spawn(program, args, {
      cwd: command.dir,
      env: { ...command.env, [name]: value },
      detached: true,
      stdio: [input, output.writeFd, error?.writeFd ?? output.writeFd],
    });
    // A command that does not read its input is no fault.
    child.stdin?.on("error", () => {});
    if (command.onInput === undefined) child.stdin?.end(command.input);
    else if (child.stdin !== null) command.onInput(child.stdin);
    return child;
  } finally {
    // The child has them now; as long as we held one, the pipe would never end.
    for (const pipe of pipes) closeSync(pipe.writeFd);
  }
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      const missing = error.code === "ENOENT" ? `no such program: ${child.spawnfile}` : error.message;
      resolve({ error: missing });
    });
    child.once("exit", (exitCode, signal) => resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined }));
  });
}

/** Waits for the command's own end (undefined), an order to end it, or its timeout, whichever is first. */
async function firstOf(
  exited: Promise<Exit>,
  stop: AbortSignal,
  timeoutSeconds: number,
): Promise<EndReason | undefined> {
  const over = new AbortController();
  const milliseconds = Math.min(timeoutSeconds * 1000, LONGEST_TIMER_MS);
  const timeout = sleep(milliseconds, undefined, { signal: over.signal }).then(async (): Promise<EndReason> => {
    // An end that came before the timeout may not have been delivered yet, if this process was held up.
    await setImmediate();
    return "timedOut";
  });
  const told = new Promise<EndReason>((resolve) => {
    const tell = () => resolve(stop.reason);
    if (stop.aborted) tell();
    else stop.addEventListener("abort", tell, { once: true, signal: over.signal });
  });
  try {
    return await Promise.race([exited.then(() => undefined), told, timeout]);
  } finally {
    timeout.catch(() => {});
    over.abort();
  }
}

/** Looks often at first, so that a short command has numbers too, then at a steady pace. */
function lookAgain(watch: Watch, inMs: number): void {
  watch.timer = setTimeout(() => {
    look(watch);
    lookAgain(watch, Math.min(inMs * 2, LOOK_MS));
  }, inMs);
}

function look(watch: Watch): void {
  try {
    const rows = takeCensus(watch.census, "quick");
    observe(watch.usage, rows, watch.root);
    if (watch.limits === undefined || watch.passed !== undefined) return;
    watch.passed = passedBy(rows, watch.limits) ?? passedNow(watch, watch.limits);
    if (watch.passed !== undefined) watch.stop.abort("passedLimit" satisfies EndReason);
  } catch {
    // The table could not be read this time (no file descriptor left); the next look is as good.
  }
}

function passedNow(watch: Watch, limits: TreeLimits): Passed | undefined {
  const began = performance.now();
  if (began < watch.diskAtMs) return undefined;
  const passed = passedOnDisk(limits, watch.diskBefore);
  const took = performance.now() - began;
  watch.diskAtMs = began + Math.max(DISK_MS, 50 * took);
  return passed;
}

function graceSeconds(reason: EndReason | undefined): number {
  if (reason === undefined) return LEFTOVER_GRACE_SECONDS;
  if (reason === "passedLimit") return 0;
  return reason === "abandoned" ? HURRIED_GRACE_SECONDS : KILL_GRACE_SECONDS;
}

/** Processor time of all children that this process has waited for. */
function bookedSeconds(): number {
  return readProcess(process.pid)?.waitedCpuSeconds ?? 0;
}

function failed(spawnError: string | undefined): TreeEnd {
  return { spawnError, wallSeconds: 0, escaped: 0, survivors: 0 };
}
