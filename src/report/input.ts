/** What the report is made from: the folded state of a session, its events, and where a person stands. */
import type { Experiment } from "../experiment.ts";
import type { Entry } from "../ledger/events.ts";
import type { Session } from "../ledger/session.ts";
import { type Program, parseProgram } from "../program.ts";

export interface ReportInput {
  readonly session: Session;
  /** All of them, in order. */
  readonly experiments: readonly Experiment[];
  /** The session's entries in order; read once, never held. */
  readonly entries: Iterable<Entry>;
  /** Somebody holds the lab's lock for this session. */
  readonly running: boolean;
  /** ISO. */
  readonly now: string;
  /** How the person names the lab on a command line; "." for the folder they stand in. */
  readonly lab: string;
  /** Where it is, from there, for git. */
  readonly folder: string;
}

/** The program in force as the ledger has it; undefined where it cannot be read any more. */
export function programOf(session: Session): Program | undefined {
  const parsed = parseProgram(session.program.text, "program.md", []);
  return parsed.ok ? parsed.program : undefined;
}
