/**
 * All that a sitting of a session works with: the lab, the ledger, the program in force, the agent and the runner, and
 * the one way to write an event. Steps get it as a value; what they remember between steps is in the ledger, nowhere
 * else.
 */
import type { Agent } from "./agent.ts";
import { seedOf } from "./environment.ts";
import type { Experiment } from "./experiment.ts";
import type { Entry, SessionEvent } from "./ledger/events.ts";
import type { Session } from "./ledger/session.ts";
import { append, experimentOf, type Ledger, sessionOf } from "./ledger.ts";
import type { Prepared } from "./prepare.ts";
import type { Program } from "./program.ts";
import type { Runner } from "./runner.ts";
import type { Sandbox } from "./sandbox.ts";
import type { Slot } from "./slots.ts";
import type { Seal } from "./workspace/seal.ts";
import type { Workspace } from "./workspace.ts";

/** Told after every event, with the state it led to. Must not throw. */
export type Observer = (entry: Entry, session: Session, experiment: Experiment | undefined) => void;

export interface Yard {
  readonly ws: Workspace;
  readonly ledger: Ledger;
  readonly tag: string;
  /** The program in force, replaced when the person edits program.md. */
  readonly program: Program;
  readonly seal: Seal;
  readonly prepared: Prepared;
  readonly agent: Agent;
  readonly runner: Runner;
  /** What fences runs, gates, the evaluator and agents; kind "none" only when the person said so. */
  readonly sandbox: Sandbox;
  /** Where runs take place, as many at once as there are. */
  readonly slots: readonly Slot[];
  /** Proposals made ahead while all slots are taken; 0: none. */
  readonly lookahead: number;
  /** Fresh runs each of baseline and champion before the session ends; 0: none. */
  readonly confirmRuns: number;
  /** Experiments without a keep after which the briefing asks for a structural change; 0: never. */
  readonly plateau: number;
  /** Seconds of each pause that an agent gets that failed again and again; after the last one the session ends. */
  readonly agentPauses: readonly number[];
  /** Milliseconds of `performance.now()` at which this sitting began; undefined: no sitting, and no time is counted. */
  readonly began: number | undefined;
  readonly observe: Observer;
  readonly signal: AbortSignal;
}

/** Writes one event and tells the observer. */
export function record(yard: Yard, event: SessionEvent): void {
  const clock = yard.began === undefined ? sessionNow(yard).sittingMs : performance.now() - yard.began;
  const { entry, session, experiment } = append(yard.ledger, yard.tag, event, clock);
  yard.observe(entry, session, experiment);
}

/** The session as the ledger has it now. */
export function sessionNow(yard: Yard): Session {
  const session = sessionOf(yard.ledger, yard.tag);
  if (session === undefined) throw new Error(`the ledger has no session ${yard.tag}`);
  return session;
}

/** An experiment as the ledger has it now. */
export function experimentNow(yard: Yard, number: number): Experiment {
  const experiment = experimentOf(yard.ledger, yard.tag, number);
  if (experiment === undefined) throw new Error(`session ${yard.tag} has no experiment ${number}`);
  return experiment;
}

/** The name of a run at the runner and of its folder: a function of the ledger. */
export function jobName(tag: string, experiment: number, run: number): string {
  return `${tag}-e${String(experiment).padStart(4, "0")}-r${run}`;
}

/** The seed of a run, given to it as NIGHTYARD_SEED. */
export function runSeed(session: Session, experiment: number, run: number): number {
  return seedOf(session.seed, "run", experiment, run);
}
