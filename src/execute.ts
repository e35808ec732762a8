/**
 * Runs one short command to its end, inside this process: gates, `prepare`, `evaluate`, agents that are a program.
 *
 * Promises, like a run of the local runner: its own process tree, exactly the given environment, a timeout, capped
 * output, nothing left behind, and a failure is a value: `execute` never rejects. Unlike a run it does not outlive this
 * process: a reaper ends it when this process dies, whatever it died of.
 */
import type { Writable } from "node:stream";
import type { Outcome, Resources } from "./experiment.ts";
import { JOB_TOKEN } from "./runner.ts";
import { appendLog, type CappedLog, closeLog, openLog } from "./util/capped-log.ts";
import { addOutput, type CappedOutput, openOutput, outputTail, renderOutput } from "./util/capped-output.ts";
import { allocationFailureIn } from "./util/oom.ts";
import { startTree, type Tree, type TreeEnd } from "./util/process-tree.ts";
import { startReaper } from "./util/reaper.ts";
import type { TreeLimits } from "./util/tree-limits.ts";

/** The last words of a failed command are looked for in so many bytes at the end of its output. */
export const TAIL_BYTES = 8192;

export interface Execution {
  /** A shell line for `/bin/sh -c`; with `args` a program instead, looked up in the PATH of `env`. */
  readonly command: string;
  readonly args?: readonly string[] | undefined;
  /** Words put in front of it: the sandbox that fences it. */
  readonly fence?: readonly string[] | undefined;
  /** Working directory; absolute. */
  readonly dir: string;
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Wall clock by the monotonic clock; then the tree is ended. */
  readonly timeoutSeconds: number;
  /** Gets standard output and error as they come, capped by `outputLimitBytes`; absolute. */
  readonly logFile?: string | undefined;
  /** Of standard output, of standard error and of the log file at most this much is kept: first half and last half. */
  readonly outputLimitBytes: number;
  /** What the whole tree may take. */
  readonly limits?: TreeLimits | undefined;
  /** Text for standard input; without it /dev/null. */
  readonly stdin?: string | undefined;
  /** Speaks with it while it runs, in place of `stdin`. */
  readonly talk?: Talk | undefined;
  /** Aborting it ends the tree; the outcome is then `cancelled`. */
  readonly signal?: AbortSignal | undefined;
}

/** The other side of a conversation with a command. Neither may throw. */
export interface Talk {
  /** Gets the command's standard input, once. */
  readonly onInput: (stdin: Writable) => void;
  /** Gets its standard output as it comes, uncapped. */
  readonly onOutput: (chunk: Buffer) => void;
}

export interface Executed {
  readonly outcome: Outcome;
  /** Untrusted text. A line in between says where bytes were left out. */
  readonly stdout: string;
  readonly stderr: string;
  readonly resources: Resources;
}

/** Runs the command and resolves when no process of it is left. Never rejects for what the command did. */
export async function execute(execution: Execution): Promise<Executed> {
  const log =
    execution.logFile === undefined ? undefined : await openLog(execution.logFile, execution.outputLimitBytes);
  const stdout = openOutput(execution.outputLimitBytes);
  const stderr = openOutput(execution.outputLimitBytes);
  const tree = startTree({
    words: wordsOf(execution),
    dir: execution.dir,
    env: execution.env,
    mark: nextMark(),
    input: execution.stdin,
    onInput: execution.talk?.onInput,
    timeoutSeconds: execution.timeoutSeconds,
    limits: execution.limits,
    onOutput: (chunk) => {
      take(stdout, log, chunk);
      execution.talk?.onOutput(chunk);
    },
    onError: (chunk) => take(stderr, log, chunk),
    onlyChild: false,
  });
  const end = await endedOrAborted(tree, execution.signal);
  const logError = log === undefined ? undefined : await closeLog(log);
  const tail = `${outputTail(stdout, TAIL_BYTES)}\n${outputTail(stderr, TAIL_BYTES)}`;
  const { timeoutSeconds } = execution;
  return {
    outcome: outcomeOf(end, { timeoutSeconds, tail, logError, abandonedWhy: undefined }),
    stdout: renderOutput(stdout).toString("utf8"),
    stderr: renderOutput(stderr).toString("utf8"),
    resources: resourcesOf(end, stdout.total + stderr.total),
  };
}

/** What is known about a command beside how its processes ended. */
export interface Circumstances {
  readonly timeoutSeconds: number;
  /** The end of what it printed: untrusted. */
  readonly tail: string;
  /** Why its log is not complete. */
  readonly logError: Error | undefined;
  /** Why it was abandoned, when it was. */
  readonly abandonedWhy: string | undefined;
}

/**
 * How a command ended, in our words. A command that succeeded but whose log is incomplete counts as crashed: what it
 * printed is the evidence, and half of it could be read as a whole.
 */
export function outcomeOf(end: TreeEnd, about: Circumstances): Outcome {
  const logWhy = about.logError === undefined ? undefined : `its log could not be written: ${about.logError.message}`;
  switch (end.reason) {
    case "timedOut":
      return { kind: "timedOut", afterSeconds: about.timeoutSeconds };
    case "cancelled":
      return { kind: "cancelled" };
    case "abandoned":
      return { kind: "lost", why: about.abandonedWhy ?? "it was abandoned" };
    case "passedLimit":
      return passedOutcome(end);
    case undefined:
      break;
    default:
      end.reason satisfies never;
  }
  if (end.spawnError !== undefined) return { kind: "crashed", why: `it could not be started: ${end.spawnError}` };
  if (end.exitCode === 0)
    return logWhy === undefined ? { kind: "finished" } : { kind: "crashed", exitCode: 0, why: logWhy };
  const oom = outOfMemoryWhy(end, about.tail);
  if (oom !== undefined) return { kind: "outOfMemory", why: oom };
  return {
    kind: "crashed",
    ...(end.exitCode === undefined ? {} : { exitCode: end.exitCode }),
    ...(end.signal === undefined ? {} : { signal: end.signal }),
    ...(logWhy === undefined ? {} : { why: logWhy }),
  };
}

function passedOutcome(end: TreeEnd): Outcome {
  const why = end.passed?.why ?? "it took more than it may";
  return end.passed?.what === "memory" ? { kind: "outOfMemory", why } : { kind: "crashed", why };
}

/** What a command took, in our words; `outputBytes` is all it printed. */
export function resourcesOf(end: TreeEnd, outputBytes: number): Resources {
  return {
    wallSeconds: end.wallSeconds,
    cpuSeconds: end.cpuSeconds,
    peakMemoryMb: end.peakMemoryBytes === undefined ? undefined : end.peakMemoryBytes / 2 ** 20,
    outputBytes,
    escaped: end.escaped,
  };
}

/** 137 is what a shell or a sandbox reports when its child was killed by signal 9. */
function outOfMemoryWhy(end: TreeEnd, tail: string): string | undefined {
  const killed = end.signal === "SIGKILL" || end.exitCode === 137;
  if (killed && end.oomKill !== undefined) return end.oomKill;
  const words = allocationFailureIn(tail);
  return words === undefined ? undefined : `its output ends with: ${words}`;
}

function wordsOf(execution: Execution): readonly [string, ...string[]] {
  const { command, args, fence = [] } = execution;
  const words = args === undefined ? ["/bin/sh", "-c", command] : [command, ...args];
  const [first = "/bin/sh", ...rest] = [...fence, ...words];
  return [first, ...rest];
}

function take(output: CappedOutput, log: CappedLog | undefined, chunk: Buffer): void {
  addOutput(output, chunk);
  if (log !== undefined) appendLog(log, chunk);
}

async function endedOrAborted(tree: Tree, signal: AbortSignal | undefined): Promise<TreeEnd> {
  const abort = () => tree.end("cancelled");
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort);
  const end = await tree.ended;
  signal?.removeEventListener("abort", abort);
  return end;
}

let own: string | undefined;
let executions = 0;

/** Every execution has a mark of its own below that of this process, which the reaper looks for. */
function nextMark(): readonly [string, string] {
  if (own === undefined) {
    own = newToken(`harness-${process.pid}`);
    startReaper(`${JOB_TOKEN}=${own}/`);
  }
  executions += 1;
  return [JOB_TOKEN, `${own}/${executions}`];
}

/**
 * A value for the variable that marks a tree, unlike any other. When this process is itself part of a marked tree (a
 * session inside a run), the new mark lies below that one, so that the end of the outer tree ends the inner too.
 */
export function newToken(name: string): string {
  const outer = process.env[JOB_TOKEN];
  const token = `${name}.${crypto.randomUUID()}`;
  return outer === undefined ? token : `${outer}/${token}`;
}
