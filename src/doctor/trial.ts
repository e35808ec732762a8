/**
 * A throw-away copy of a lab in which its commands are tried as the loop would run them: fenced, in a fresh checkout
 * per command, from prepared data. The person's checkout, branch, state folder and ledger are not touched.
 *
 * All commands together have an allowance of seconds; what does not fit is said to be untried, never called good.
 */
import { existsSync, realpathSync } from "node:fs";
import { chmod, mkdir, readdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cloneLab } from "../attacks/clone.ts";
import { commandEnv, limitsOf } from "../environment.ts";
import { evaluate } from "../evaluator.ts";
import { type Executed, execute } from "../execute.ts";
import type { Commit, Measurement } from "../experiment.ts";
import { evaluateFence, runFence } from "../fences.ts";
import { type Prepared, prepare } from "../prepare.ts";
import type { Program } from "../program.ts";
import { type Fence, fenceWords, type Sandbox } from "../sandbox.ts";
import { type Checkout, checkoutFiles, linkIgnored, removeRunDir, runDirOf } from "../workspace/checkouts.ts";
import { makeSeal, type Seal } from "../workspace/seal.ts";
import { ensureStateDir, exists, type Workspace } from "../workspace.ts";

export interface TrialOptions {
  readonly ws: Workspace;
  /** As the person's checkout has it. */
  readonly program: Program;
  readonly commit: Commit;
  readonly sandbox: Sandbox;
  /** Seconds that the lab's commands may take in all. */
  readonly allowance: number;
  readonly signal: AbortSignal;
}

export interface Trial extends TrialOptions {
  /** The person's workspace: only to be hidden from what is tried. */
  readonly real: Workspace;
  readonly seal: Seal;
  readonly prepared: Prepared;
  /** `performance.now()` at which the allowance is used up. */
  readonly until: number;
}

export interface Tried extends Executed {
  /** It was ended because the allowance was used up: that says nothing about it. */
  readonly cut: boolean;
}

export interface TriedRun extends Tried {
  readonly measurement: Measurement;
  readonly log: string;
}

const LOG_BYTES = 1024 * 1024;

/** Makes the copy for `use` and removes it. Throws UserError when `prepare` fails, or takes longer than is left. */
export async function withTrial<T>(options: TrialOptions, use: (trial: Trial) => Promise<T>): Promise<T> {
  const until = performance.now() + options.allowance * 1000;
  const clone = await cloneLab(options.ws, options.program, options.commit);
  try {
    await ensureStateDir(clone.ws);
    const seal = await makeSeal(clone.ws, options.commit);
    const timeout = Math.min(options.allowance, options.program.prepareTimeoutSeconds);
    const program = { ...options.program, prepareTimeoutSeconds: timeout };
    const prepared = await prepare(clone.ws, program, seal, options.signal);
    return await use({ ...options, ws: clone.ws, real: options.ws, seal, prepared, until });
  } finally {
    await makeWritable(join(clone.ws.stateDir, "sealed"));
    await clone.remove();
  }
}

/** The sealed copy's folders are read-only: only root could remove them as they are. */
async function makeWritable(dir: string): Promise<void> {
  const entries = await chmod(dir, 0o755).then(
    () => readdir(dir, { withFileTypes: true }),
    () => [],
  );
  for (const entry of entries) if (entry.isDirectory()) await makeWritable(join(dir, entry.name));
}

/** Seconds of the allowance that are left. */
export function leftSeconds(trial: Trial): number {
  return Math.max(0, (trial.until - performance.now()) / 1000);
}

/** A fresh checkout for `use`, removed after it. `change` may break files in it first. */
export async function inFreshCheckout<T>(
  trial: Trial,
  name: string,
  use: (checkout: Checkout, tmp: string) => Promise<T>,
): Promise<T> {
  const checkout = runDirOf(trial.ws, `doctor-${name}`);
  const tmp = `${checkout.dir}.tmp`;
  await checkoutFiles(trial.ws, checkout, trial.commit);
  await linkIgnored(trial.ws, checkout, trial.program.links);
  await mkdir(tmp, { recursive: true });
  try {
    return await use(checkout, tmp);
  } finally {
    await removeRunDir(checkout);
    await removeRunDir({ dir: tmp, labDir: tmp });
  }
}

/** Runs one command of the lab in a checkout, fenced as a run and a gate are. */
export async function tryCommand(
  trial: Trial,
  command: string,
  at: { readonly checkout: Checkout; readonly tmp: string; readonly timeoutSeconds: number; readonly logFile?: string },
  seed = 1,
): Promise<Tried> {
  const { ws, program, prepared, signal } = trial;
  const { checkout, tmp } = at;
  const timeoutSeconds = Math.max(0.1, Math.min(at.timeoutSeconds, leftSeconds(trial)));
  const fence = hidden(trial, runFence(ws, program, { checkout, tmp, data: prepared.data }));
  const done = await execute({
    command,
    dir: checkout.labDir,
    fence: fenceWords(trial.sandbox, fence),
    limits: limitsOf(program, [checkout.dir, tmp]),
    env: { ...commandEnv(ws, program, { tmp, data: prepared.data }), NIGHTYARD_SEED: String(seed) },
    timeoutSeconds,
    logFile: at.logFile,
    outputLimitBytes: LOG_BYTES,
    signal,
  });
  signal.throwIfAborted();
  return { ...done, cut: done.outcome.kind === "timedOut" && timeoutSeconds < at.timeoutSeconds };
}

/** One run and its measurement, as the loop makes them. */
export async function tryRun(trial: Trial, name: string, seed: number): Promise<TriedRun> {
  return inFreshCheckout(trial, name, async (checkout, tmp) => {
    const logFile = join(trial.ws.stateDir, `${name}.log`);
    const { run, timeoutSeconds } = trial.program;
    const done = await tryCommand(trial, run, { checkout, tmp, timeoutSeconds, logFile }, seed);
    const log = `${done.stdout}\n${done.stderr}`;
    const measurement: Measurement =
      done.outcome.kind === "finished"
        ? await measured(trial, { checkout, logFile, tmp: `${tmp}/evaluate` })
        : { provenance: "self-reported", extra: {} };
    return { ...done, measurement, log };
  });
}

async function measured(
  trial: Trial,
  at: { readonly checkout: Checkout; readonly logFile: string; readonly tmp: string },
): Promise<Measurement> {
  const { ws, program, prepared, seal, signal } = trial;
  const { checkout, tmp } = at;
  await mkdir(tmp, { recursive: true });
  const fence = evaluateFence(ws, program, { sealed: seal.checkout, run: checkout, tmp, ...prepared });
  const env = {
    ...commandEnv(ws, program, { tmp, data: prepared.data }),
    ...{ NIGHTYARD_HELD_OUT: prepared.heldOut, NIGHTYARD_RUN_DIR: checkout.labDir, NIGHTYARD_SEED: "1" },
  };
  const [runDir, sealedDir] = [checkout.labDir, seal.checkout.labDir];
  const words = fenceWords(trial.sandbox, hidden(trial, fence));
  return evaluate({ program, runDir, runLog: at.logFile, sealedDir, fence: words, env, signal });
}

/** The copy stands elsewhere than the lab: what the loop would hide there must be hidden too. */
function hidden({ real }: Trial, fence: Fence): Fence {
  const packages = ["node_modules", ".venv"].flatMap((name) => [join(real.labDir, name), join(real.root, name)]);
  const there = packages.filter((path) => existsSync(path)).map((path) => realpathSync(path));
  return {
    ...fence,
    hidden: [...fence.hidden, real.root, real.gitDir],
    readable: [...fence.readable, ...there],
  };
}

/** The same trial with more of the person's ignored paths linked in, as `links:` would do it. */
export async function withLinks(trial: Trial, paths: readonly string[]): Promise<Trial> {
  for (const path of paths) {
    const at = join(trial.ws.labDir, path);
    if (await exists(at)) continue;
    await mkdir(dirname(at), { recursive: true });
    await symlink(join(trial.real.labDir, path), at);
  }
  return { ...trial, program: { ...trial.program, links: [...trial.program.links, ...paths] } };
}
