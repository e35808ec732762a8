/**
 * What is measured afresh after a session, and one run of it as the ledger has it.
 */
import type { Commit } from "../experiment.ts";
import type { SessionEvent } from "../ledger/events.ts";
import type { Program } from "../program.ts";

/** One commit that is measured, and how. */
export interface Arm {
  /** Names it within its set, for the ledger and for people. */
  readonly name: string;
  readonly commit: Commit;
  /** How it is run and evaluated. */
  readonly program: Program;
  /** Runs that give a number. */
  readonly runs: number;
  /** Arms of one block are interleaved; blocks follow each other. */
  readonly block: number;
  /** The experiment that an integrity event would be about. */
  readonly experiment: number;
}

/** One run of an arm as the ledger has it. */
export type Remeasured = Extract<SessionEvent, { type: "remeasured" }>;
