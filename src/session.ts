/**
 * One sitting of a session from its beginning to its end: takes the lab's lock, begins or continues the session in the
 * ledger, makes what the loop needs, runs the loop, and lets go of everything.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Agent } from "./agent.ts";
import { PLATEAU } from "./briefing.ts";
import { fingerprint, seedOf } from "./environment.ts";
import type { Commit } from "./experiment.ts";
import { PRESETS } from "./judge.ts";
import type { Caps, Limits, SandboxRecord } from "./ledger/events.ts";
import { dropLock, takeLock } from "./ledger/lock.ts";
import type { Session } from "./ledger/session.ts";
import { closeLedger, type Ledger, openJobs, openLedger, sessionOf } from "./ledger.ts";
import { type Ending, loop } from "./loop.ts";
import { AGENT_PAUSES } from "./plan/end-step.ts";
import { prepare } from "./prepare.ts";
import { formatProblem, loadProgram, type Program } from "./program.ts";
import type { Runner } from "./runner.ts";
import type { Sandbox } from "./sandbox.ts";
import { ONE_SLOT, type Slot } from "./slots.ts";
import { followLedger } from "./steps/conclude.ts";
import { git } from "./util/git.ts";
import { packageVersion } from "./util/package-version.ts";
import { EXIT, UserError } from "./util/user-error.ts";
import { pruneWorktrees, sweepRuns } from "./workspace/checkouts.ts";
import { branchOf, checkedOutAt, readRef } from "./workspace/refs.ts";
import { makeSeal } from "./workspace/seal.ts";
import { ensureStateDir, headCommit, type Workspace } from "./workspace.ts";
import { type Observer, record, type Yard } from "./yard.ts";

export { packageVersion };

export interface SittingOptions {
  readonly ws: Workspace;
  readonly tag: string;
  readonly agent: Agent;
  readonly runner: Runner;
  readonly limits: Limits;
  /** Caps given for this sitting; those of earlier sittings stay in force. */
  readonly caps?: Caps | undefined;
  /** Where runs take place; default: one at a time, with all that the machine has. */
  readonly slots?: readonly Slot[] | undefined;
  /** Proposals made ahead while all slots are taken; default 0. */
  readonly lookahead?: number | undefined;
  /** What fences the lab's commands; kind "none" only when the person said so. */
  readonly sandbox: Sandbox;
  /** Fresh runs each of baseline and champion before the session ends; 0: none. */
  readonly confirmRuns: number;
  /** Experiments without a keep that are a plateau; 0: never. Default `PLATEAU`. */
  readonly plateau?: number | undefined;
  /** Seconds of the pauses that an agent gets that fails again and again. Default `AGENT_PAUSES`. */
  readonly agentPauses?: readonly number[] | undefined;
  /** Forget an earlier confirmation of this champion, so that it is made anew. */
  readonly confirmAgain?: boolean | undefined;
  /** Source of all seeds of a new session; a continued one keeps its own. */
  readonly seed?: number | undefined;
  readonly observe: Observer;
  /** Told what is going on before the loop begins, in a few words. */
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

export interface Sitting {
  readonly ending: Ending;
  readonly session: Session;
}

/** Runs a session until it ends or `signal` is aborted (then rejects with its reason, everything recorded). */
export async function sit(options: SittingOptions): Promise<Sitting> {
  const { ws, tag } = options;
  const program = await needProgram(ws);
  const head = await headCommit(ws);
  await ensureStateDir(ws);
  const lock = takeLock(ws.stateDir, tag);
  try {
    const ledger = openLedger(ws.stateDir);
    try {
      return await sitWith(options, { ledger, program, head });
    } finally {
      closeLedger(ledger);
    }
  } finally {
    dropLock(lock);
  }
}

/** The lab's program; throws UserError with every mistake in it. */
export async function needProgram(ws: Workspace): Promise<Program> {
  const loaded = await loadProgram(ws.labDir);
  if (loaded.ok) return loaded.program;
  throw new UserError(loaded.problems.map(formatProblem).join("\n"));
}

interface Found {
  readonly ledger: Ledger;
  readonly program: Program;
  readonly head: Commit;
}

async function sitWith(options: SittingOptions, found: Found): Promise<Sitting> {
  const { ws, tag, signal } = options;
  const before = sessionOf(found.ledger, tag);
  refuseImported(before);
  const base = before?.base ?? found.head;
  refuseOtherMeasure(before, found.program);
  const where = await checkedOutAt(ws, `refs/heads/${branchOf(tag)}`);
  if (where !== undefined) {
    throw new UserError(`${branchOf(tag)} is checked out in ${where}; the session moves that branch`, {
      fix: `git -C '${where}' switch --detach`,
    });
  }
  if (before === undefined && (await readRef(ws, `refs/heads/${branchOf(tag)}`)) !== undefined) {
    throw new UserError(`${branchOf(tag)} is there already, and the ledger knows no session ${tag}`, {
      fix: `nightyard run --tag ${tag}-2   # or: git branch -D ${branchOf(tag)}`,
    });
  }
  await rm(join(ws.stateDir, "worktrees"), { recursive: true, force: true });
  await sweepRuns(ws, openJobs(found.ledger));
  await pruneWorktrees(ws);
  const seal = await makeSeal(ws, base);
  if (found.program.prepare !== undefined) options.say(`preparing: ${found.program.prepare}`);
  const prepared = await prepare(ws, found.program, seal, signal);
  const { agent, runner, observe, sandbox } = options;
  const began = performance.now();
  const yard: Yard = {
    ws,
    ledger: found.ledger,
    tag,
    program: found.program,
    seal,
    prepared,
    agent,
    runner,
    sandbox,
    slots: options.slots ?? ONE_SLOT,
    lookahead: options.lookahead ?? 0,
    confirmRuns: options.confirmRuns,
    plateau: options.plateau ?? PLATEAU,
    agentPauses: options.agentPauses ?? AGENT_PAUSES,
    began,
    observe,
    signal,
  };
  if (before === undefined) await begin(yard, options, base);
  const again = options.confirmAgain === true ? true : undefined;
  const { limits, caps } = options;
  const fenced = sandboxRecord(sandbox);
  record(yard, { type: "sitting-started", pid: process.pid, limits, caps, sandbox: fenced, agent: agent.name, again });
  await followLedger(yard);
  const ending = await loop(yard).finally(() => pruneWorktrees(ws));
  const session = sessionOf(found.ledger, tag);
  if (session === undefined) throw new Error(`session ${tag} is gone from the ledger`);
  return { ending, session };
}

async function begin(yard: Yard, options: SittingOptions, base: Commit): Promise<void> {
  const { ws, program, tag, agent, runner } = yard;
  const { goal, scale, deterministic, minEffect, minEffectRel } = program.metric;
  const given = { ...PRESETS[program.judge.preset], goal, scale, deterministic, minEffect, minEffectRel };
  // "none" must survive JSON, which drops undefined: the fold would then read the default.
  const rules = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value ?? null]));
  record(yard, {
    type: "session-started",
    base,
    baseTree: (await git(["rev-parse", `${base}^{tree}`], { cwd: ws.root })).trim(),
    branch: branchOf(tag),
    lab: ws.labDir,
    prefix: ws.prefix,
    agent: agent.name,
    runner: runner.name,
    seed: options.seed ?? seedOf(tag, base, Date.now()),
    rules,
    metric: { name: program.metric.name, goal },
    program: { hash: program.hash, text: program.text },
    environment: await fingerprint(),
    version: packageVersion(),
  });
}

function sandboxRecord(sandbox: Sandbox): SandboxRecord {
  if (sandbox.kind === "none") return { kind: "none", why: sandbox.why.slice(0, 1000) };
  return { kind: sandbox.kind, version: sandbox.version };
}

/** An imported session is a record: its commits may be nowhere, and its program is not known. */
export function refuseImported(before: Session | undefined): void {
  if (before?.imported === undefined) return;
  throw new UserError(`session ${before.tag} was imported from ${before.imported.file}; it cannot be continued`, {
    fix: "nightyard run --tag <new>",
  });
}

/** A session has one metric: numbers of another one cannot be compared with its champion. */
export function refuseOtherMeasure(before: Session | undefined, program: Program): void {
  if (before === undefined) return;
  const { name, goal } = program.metric;
  if (before.metric.name === name && before.metric.goal === goal) return;
  throw new UserError(
    `program.md: the session measures ${before.metric.name} (${before.metric.goal}), found ${name} (${goal})`,
    { fix: "nightyard run --tag <new>" },
  );
}

/** The exit code that an ending means: a cap that was reached is not a failure. */
export function exitCodeOf(ending: Ending): number {
  switch (ending.why) {
    case "experiments":
    case "time":
    case "exhausted":
      return EXIT.ok;
    case "agent":
      return EXIT.agentUnavailable;
    case "baseline":
      return EXIT.failed;
    case "cap":
      return EXIT.capReached;
    default:
      return ending.why satisfies never;
  }
}
