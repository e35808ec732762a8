/**
 * All that the ledger knows of a session but its experiments, and how it begins.
 */
import { type Evidence, NO_EVIDENCE } from "../evidence.ts";
import type { Commit, Experiment, Goal, Usage, VerdictKind } from "../experiment.ts";
import { DEFAULT_RULES, type Rules } from "../judge.ts";
import type { Entry, Limits, SessionEvent } from "./events.ts";

export type Counts = Readonly<Record<VerdictKind | "runs" | "refused" | "duplicates", number>>;

/** All of a session but its experiments. */
export interface Session {
  readonly tag: string;
  readonly startedAt: string;
  readonly base: Commit;
  readonly baseTree: string;
  readonly branch: string;
  readonly lab: string;
  readonly prefix: string;
  readonly agent: string;
  readonly runner: string;
  readonly seed: number;
  readonly rules: Rules;
  readonly metric: { readonly name: string; readonly goal: Goal };
  readonly program: { readonly hash: string; readonly text: string };
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: Limits;
  /** Milliseconds of finished sittings, and of the last one so far. */
  readonly earlierMs: number;
  readonly sittingMs: number;
  readonly champion: { readonly experiment: number; readonly commit: Commit };
  /** Every commit that the branch has stood on, in order. */
  readonly champions: readonly Commit[];
  readonly evidence: Evidence;
  readonly counts: Counts;
  /** Number of the experiment opened last; -1 before the baseline. */
  readonly lastExperiment: number;
  /** The experiment without a verdict, if there is one. */
  readonly open?: number | undefined;
  /** Runs that were asked for and are not yet measured, of any experiment. */
  readonly openRuns: readonly { readonly experiment: number; readonly run: number }[];
  /** Experiments in a row in which the agent made no usable proposal. */
  readonly agentFailures: number;
  /** Why the agent of this sitting has nothing left to try. */
  readonly exhausted?: string | undefined;
  readonly usage: Usage;
  readonly integrity: number;
  /** What fresh runs said of a champion: the unbiased figure. */
  readonly confirmation?: Confirmation | undefined;
  /**
   * Per experiment, the number of its last run when a confirmation was made: later fresh runs belong to the next one.
   */
  readonly confirmedRuns: Readonly<Record<number, number>>;
  readonly ended?: { readonly why: string; readonly detail: string; readonly at: string } | undefined;
}

export type Confirmation = Omit<Extract<SessionEvent, { type: "confirmed" }>, "type">;

type Started = Extract<SessionEvent, { type: "session-started" }>;

/** The state right after a session's first event. */
export function begin(entry: Entry, event: Started): Session {
  const { type: _, version: __, ...rest } = event;
  return {
    ...rest,
    tag: entry.session,
    startedAt: entry.at,
    rules: rulesOf(event.rules),
    limits: {},
    earlierMs: 0,
    sittingMs: 0,
    champion: { experiment: 0, commit: event.base },
    champions: [event.base],
    evidence: NO_EVIDENCE,
    counts: { keep: 0, discard: 0, crash: 0, runs: 0, refused: 0, duplicates: 0 },
    lastExperiment: -1,
    openRuns: [],
    agentFailures: 0,
    usage: { seconds: 0 },
    integrity: 0,
    confirmedRuns: {},
  };
}

/** Rules from their JSON, in which null stands for "none". */
function rulesOf(json: Readonly<Record<string, unknown>>): Rules {
  const known = Object.entries(json).map(([name, value]) => [name, value === null ? undefined : value]);
  return { ...DEFAULT_RULES, ...Object.fromEntries(known) } as Rules;
}

/** Milliseconds of work in all sittings: what `--for` counts. A jump of the machine's clock does not count. */
export function workedMs(s: Session): number {
  return s.earlierMs + s.sittingMs;
}

/** The commit that a run of this experiment executes. */
export function commitOf(session: Session, e: Experiment): Commit {
  return e.proposal?.commit ?? session.base;
}
