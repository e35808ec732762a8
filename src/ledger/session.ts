/**
 * All that the ledger knows of a session but its experiments, and how it begins.
 */
import type { Tally } from "../agent/standing.ts";
import { type Evidence, NO_EVIDENCE } from "../evidence.ts";
import type { Commit, Experiment, Goal, Run, Usage, VerdictKind } from "../experiment.ts";
import { DEFAULT_RULES, type Rules } from "../judge.ts";
import type { Caps, Entry, Limits, SandboxRecord, SessionEvent, Source } from "./events.ts";
import { type Figures, NO_FIGURES } from "./figures.ts";

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
  /** The file it was imported from; undefined for a session that took place here. */
  readonly imported?: Source | undefined;
  readonly limits: Limits;
  readonly caps: Caps;
  /** What fenced the present sitting. */
  readonly sandbox?: SandboxRecord | undefined;
  /** Sittings that had no sandbox. */
  readonly unfenced: number;
  /** Milliseconds of finished sittings, and of the last one so far. */
  readonly earlierMs: number;
  readonly sittingMs: number;
  readonly champion: { readonly experiment: number; readonly commit: Commit };
  /** Every commit that the branch has stood on, in order. */
  readonly champions: readonly Commit[];
  readonly evidence: Evidence;
  readonly counts: Counts;
  /** What a summary needs of all runs and verdicts. */
  readonly figures: Figures;
  /** Number of the experiment opened last; -1 before the baseline. */
  readonly lastExperiment: number;
  /** Experiments without a verdict, in order. */
  readonly open: readonly number[];
  /** Runs that were asked for and are not yet measured, of any experiment. */
  readonly openRuns: readonly OpenRun[];
  /** Experiments in a row in which the agent made no usable proposal. */
  readonly agentFailures: number;
  /** Pauses made since the last usable proposal, and when the last one is over; ISO. */
  readonly pauses: number;
  readonly pausedUntil?: string | undefined;
  /** What each agent yielded and cost, by its name. */
  readonly agents: Readonly<Record<string, Tally>>;
  /** The person's latest notes, the oldest first; at most `MAX_NOTES`. */
  readonly notes: readonly { readonly at: string; readonly text: string }[];
  /** Names of what was taken from the spool, the latest ones: none is taken twice. */
  readonly taken: readonly string[];
  /** Why the agent of this sitting has nothing left to try. */
  readonly exhausted?: string | undefined;
  readonly usage: Usage;
  readonly turns: number;
  /** Turns whose price, or whose tokens, nobody reported: a cap on them cannot be promised. */
  readonly unpriced: number;
  readonly uncounted: number;
  readonly integrity: number;
  /** What fresh runs said of a champion: the unbiased figure. */
  readonly confirmation?: Confirmation | undefined;
  /**
   * Per experiment, the number of its last run when a confirmation was made: later fresh runs belong to the next one.
   */
  readonly confirmedRuns: Readonly<Record<number, number>>;
  readonly ended?: { readonly why: string; readonly detail: string; readonly at: string } | undefined;
}

/** So many notes of the person are remembered; the whole text of all stands in the events. */
export const MAX_NOTES = 20;
/** More than the spool can hold at once. */
export const MAX_TAKEN = 200;

/** A run that was asked for: which slot it has, and which open experiment wanted it when that is another one. */
export type OpenRun = Pick<Run, "run" | "role" | "asked" | "slot"> & { readonly experiment: number };

export type Confirmation = Omit<Extract<SessionEvent, { type: "confirmed" }>, "type">;

type Started = Extract<SessionEvent, { type: "session-started" }>;

/** The state right after a session's first event. */
export function begin(entry: Entry, event: Started): Session {
  const { type: _, version: __, ...rest } = event;
  return {
    ...rest,
    tag: entry.session,
    startedAt: event.imported?.startedAt ?? entry.at,
    rules: rulesOf(event.rules),
    limits: {},
    caps: {},
    unfenced: 0,
    earlierMs: 0,
    sittingMs: 0,
    champion: { experiment: 0, commit: event.base },
    champions: [event.base],
    evidence: NO_EVIDENCE,
    counts: { keep: 0, discard: 0, crash: 0, runs: 0, refused: 0, duplicates: 0 },
    figures: NO_FIGURES,
    lastExperiment: -1,
    open: [],
    openRuns: [],
    agentFailures: 0,
    pauses: 0,
    agents: {},
    notes: [],
    taken: [],
    usage: { seconds: 0 },
    turns: 0,
    unpriced: 0,
    uncounted: 0,
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

/** Experiments after the baseline, without those for which the agent turned out to have nothing left to try. */
export function triedOf({ lastExperiment, figures }: Pick<Session, "lastExperiment" | "figures">): number {
  return Math.max(0, lastExperiment - figures.exhausted);
}

/** The open experiment to show when only one can be shown: that of the oldest run, else the oldest. */
export function inFront(session: Session): number | undefined {
  const [run] = session.openRuns;
  return run === undefined ? session.open[0] : (run.asked ?? run.experiment);
}

/** The commit that a run of this experiment executes. */
export function commitOf(session: Session, e: Experiment): Commit {
  return e.proposal?.commit ?? session.base;
}
