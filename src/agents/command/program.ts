/**
 * One turn of an agent that is a program: started inside the fence with a home and an environment of its own, ended
 * with everything it started, its output kept as the transcript.
 *
 * The prompt goes by standard input or a file; in the argument list only where a person wrote `{prompt}`, because an
 * agent that calls `pkill -f` with words of its own prompt would end itself. The model is reached through the
 * gateway, which counts and limits; with `open` the program reaches whatever it likes, uncounted.
 * Without a sandbox on this machine only the environment, the timeout and the end of the process tree hold.
 */
import { mkdir, writeFile } from "node:fs/promises";
import os from "node:os";
import { dirname, join } from "node:path";
import type { Turn } from "../../agent.ts";
import { type Executed, type Execution, execute } from "../../execute.ts";
import { type Gateway, type Spent, spentAt, type Upstream } from "../../gateway.ts";
import { fenceWords } from "../../sandbox.ts";
import { type Door, networkOf, openDoor, proxy, watchLimit } from "./door.ts";
import { agentFenceOf } from "./fence.ts";
import { clean, redact } from "./secrets.ts";

/** What a launch is made for: known only once the gateway is open. */
export interface Place {
  readonly home: string;
  readonly tmp: string;
  readonly promptFile: string;
  /** Whether a fence of ours is around the program. */
  readonly fenced: boolean;
  /** Base URL of an upstream, as the program must use it. */
  readonly urlOf: (upstream: Upstream) => string;
  /** What the program sends in place of a key that the gateway adds; undefined where there is no gateway. */
  readonly token: string | undefined;
}

export interface Launch {
  /** A shell line; with `args` a program. */
  readonly command: string;
  readonly args?: readonly string[] | undefined;
  readonly stdin?: string | undefined;
  /** Beside PATH, HOME, TMPDIR, LANG, TZ and TERM. */
  readonly env: Readonly<Record<string, string>>;
  /** Files written first: path relative to the home, text. Only for a fresh home. */
  readonly files: Readonly<Record<string, string>>;
  readonly home: "fresh" | "own";
  readonly readable: readonly string[];
  readonly writable: readonly string[];
  readonly covered: readonly string[];
  /** Values that must not reach a transcript: keys. */
  readonly secrets: readonly string[];
}

export interface Ran {
  readonly done: Executed;
  readonly seconds: number;
  /** What the gateway counted; undefined when there was none. */
  readonly spent: Spent | undefined;
}

/** Of the output at most this much is kept, of each stream and in the transcript. */
const OUTPUT_LIMIT_BYTES = 8 * 1024 * 1024;

/** Runs the program to its end. Rejects only with the reason of an aborted signal. */
export async function runProgram(
  turn: Turn,
  about: {
    readonly prompt: string;
    readonly door: Door;
    readonly launch: (place: Place) => Launch;
    /** How it is run; default: to its end, by itself. */
    readonly run?: ((execution: Execution) => Promise<Executed>) | undefined;
  },
): Promise<Ran> {
  turn.signal.throwIfAborted();
  const started = performance.now();
  const promptFile = join(turn.tmp, "prompt.md");
  await mkdir(turn.tmp, { recursive: true });
  await writeFile(promptFile, about.prompt);
  const gateway = about.door.network === "gateway" ? await openDoor(turn, about.door) : undefined;
  try {
    const fenced = turn.sandbox.kind !== "none";
    const home = join(turn.tmp, "home");
    const urlOf = (to: Upstream) =>
      gateway === undefined ? to.baseUrl : `http://127.0.0.1:${gateway.port}/${to.name}`;
    const launch = about.launch({ home, tmp: turn.tmp, promptFile, fenced, urlOf, token: gateway?.token });
    const done = await start(turn, launch, { home, gateway, door: about.door, run: about.run ?? execute });
    await redact(turn.transcriptFile, launch.secrets);
    turn.signal.throwIfAborted();
    const spent = gateway === undefined ? undefined : spentAt(gateway);
    return { done: clean(done, launch.secrets), seconds: (performance.now() - started) / 1000, spent };
  } finally {
    await gateway?.close();
  }
}

interface Opened {
  readonly home: string;
  readonly gateway: Gateway | undefined;
  readonly door: Door;
  readonly run: (execution: Execution) => Promise<Executed>;
}

async function start(turn: Turn, launch: Launch, { home, gateway, door, run }: Opened): Promise<Executed> {
  const scratch = join(turn.tmp, "tmp");
  await mkdir(home, { recursive: true });
  await mkdir(scratch, { recursive: true });
  for (const [path, text] of Object.entries(launch.files)) {
    await mkdir(dirname(join(home, path)), { recursive: true });
    await writeFile(join(home, path), text, { mode: 0o600 });
  }
  const { readable, writable, covered } = launch;
  const network = networkOf(door, gateway);
  const patience = gateway === undefined ? undefined : watchLimit(gateway, turn.timeoutSeconds);
  const ended = run({
    command: launch.command,
    args: launch.args,
    fence: fenceWords(turn.sandbox, agentFenceOf(turn, { readable, writable, covered, network })),
    dir: turn.dir,
    env: { ...ground(scratch, launch.home === "own" ? os.homedir() : home), ...proxy(gateway, door), ...launch.env },
    timeoutSeconds: turn.timeoutSeconds,
    logFile: turn.transcriptFile,
    outputLimitBytes: OUTPUT_LIMIT_BYTES,
    stdin: launch.stdin,
    signal: patience === undefined ? turn.signal : AbortSignal.any([turn.signal, patience.signal]),
  });
  return ended.finally(() => clearInterval(patience?.timer));
}

/**
 * The whole environment of an agent but for what its kind adds: nothing of the person's session leaks into it. The home
 * must not lie below TMPDIR: Codex then has no sandbox of its own.
 */
function ground(tmp: string, home: string): Record<string, string> {
  const { PATH = "/usr/local/bin:/usr/bin:/bin", LANG = "C.UTF-8", TZ } = process.env;
  const zone = TZ === undefined ? {} : { TZ };
  return { PATH, LANG, ...zone, HOME: home, TMPDIR: tmp, TERM: "dumb", NO_COLOR: "1", GIT_OPTIONAL_LOCKS: "0" };
}
