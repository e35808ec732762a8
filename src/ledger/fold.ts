/**
 * The state of a session as a fold of its events: pure, so going on after a power cut is reading and folding, and there
 * is no recovery code. Experiments are folded apart from the session, because a ledger may hold a hundred thousand of
 * them.
 */
import { type Evidence, withBaseline, withChallenger, withDrop, withKeep, withReference } from "../evidence.ts";
import type { Experiment, Run, Usage } from "../experiment.ts";
import { orient, type Rules } from "../judge.ts";
import type { Entry, SessionEvent } from "./events.ts";
import { begin, type Session } from "./session.ts";

/** A session and the experiments an event touches. */
export interface Folded {
  readonly session: Session;
  readonly experiment?: Experiment | undefined;
}

/** Applies one entry. `find` gives the experiment as it is before the entry; the touched one comes back. */
export function fold(session: Session | undefined, entry: Entry, find: (n: number) => Experiment | undefined): Folded {
  const event = entry.event;
  if (event.type === "session-started") return { session: begin(entry, event) };
  if (session === undefined) throw new Error(`event ${entry.seq} of session ${entry.session} comes before its start`);
  const timed = { ...session, sittingMs: Math.max(session.sittingMs, entry.clock) };
  const number = "experiment" in event ? event.experiment : undefined;
  const before = number === undefined ? undefined : find(number);
  if (event.type === "experiment-opened") return open(timed, entry, event);
  const experiment = before === undefined ? undefined : foldExperiment(before, event, entry.at);
  const now = (n: number) => (n === number ? experiment : find(n));
  return { session: foldSession(timed, entry, { before, after: experiment, now }), experiment };
}

function open(session: Session, entry: Entry, event: Extract<SessionEvent, { type: "experiment-opened" }>): Folded {
  const experiment: Experiment = {
    number: event.experiment,
    parent: event.parent,
    program: event.program,
    openedAt: entry.at,
    turns: [],
    runs: [],
  };
  return { session: { ...session, lastExperiment: event.experiment, open: event.experiment }, experiment };
}

/** One experiment after one event that names it. */
function foldExperiment(e: Experiment, event: SessionEvent, at: string): Experiment {
  switch (event.type) {
    case "proposed": {
      const turn = { turn: event.turn, kind: "proposed" as const, usage: event.usage };
      // A repaired change is another change: its gates run again, and the crashed runs of the first stay on record.
      return { ...e, proposal: event.proposal, memo: event.memo, receipts: undefined, turns: [...e.turns, turn] };
    }
    case "turn-ended": {
      const { type: _, experiment: __, ...turn } = event;
      return { ...e, turns: [...e.turns, turn] };
    }
    case "gated":
      return { ...e, receipts: event.receipts };
    case "run-asked": {
      const { type: _, experiment: __, ...run } = event;
      return { ...e, runs: [...e.runs, run] };
    }
    case "run-ended":
      return changeRun(e, event.run, { outcome: event.outcome, resources: event.resources });
    case "measured":
      return changeRun(e, event.run, { measurement: event.measurement });
    case "judged":
      return { ...e, verdict: event.verdict, closedAt: at };
    default:
      return e;
  }
}

function changeRun(e: Experiment, number: number, change: Partial<Run>): Experiment {
  return { ...e, runs: e.runs.map((r) => (r.run === number ? { ...r, ...change } : r)) };
}

interface Touched {
  readonly before: Experiment | undefined;
  readonly after: Experiment | undefined;
  /** An experiment as it is after the event. */
  readonly now: (n: number) => Experiment | undefined;
}

function foldSession(s: Session, entry: Entry, { before, after, now }: Touched): Session {
  const event = entry.event;
  switch (event.type) {
    case "sitting-started":
      return {
        ...s,
        limits: event.limits,
        agent: event.agent,
        earlierMs: s.earlierMs + s.sittingMs,
        sittingMs: 0,
        agentFailures: 0,
        exhausted: undefined,
        ended: undefined,
        confirmation: event.again === true ? undefined : s.confirmation,
      };
    case "program-changed":
      return { ...s, program: { hash: event.hash, text: event.text } };
    case "proposed":
    case "turn-ended":
      return { ...s, usage: addUsage(s.usage, event.usage) };
    case "run-asked":
      return { ...s, openRuns: [...s.openRuns, { experiment: event.experiment, run: event.run }] };
    case "run-ended": {
      const counted = { ...s, counts: { ...s.counts, runs: s.counts.runs + 1 } };
      const lost = event.outcome.kind === "lost" || event.outcome.kind === "cancelled";
      return lost ? { ...counted, openRuns: without(s.openRuns, event) } : counted;
    }
    case "measured":
      if (after === undefined) return s;
      return { ...s, evidence: weigh(s, after, event.run, now), openRuns: without(s.openRuns, event) };
    case "judged":
      return before === undefined ? s : conclude(s, before, event.verdict);
    case "confirmed": {
      const { type: _, ...confirmation } = event;
      const runs = (n: number) => now(n)?.runs.length ?? 0;
      const last = { 0: runs(0), [event.experiment]: runs(event.experiment) };
      return { ...s, confirmation, confirmedRuns: { ...s.confirmedRuns, ...last } };
    }
    case "integrity":
      return { ...s, integrity: s.integrity + 1 };
    case "session-ended":
      return { ...s, ended: { why: event.why, detail: event.detail, at: entry.at } };
    default:
      return s;
  }
}

function without(runs: Session["openRuns"], gone: { experiment: number; run: number }): Session["openRuns"] {
  return runs.filter((r) => r.experiment !== gone.experiment || r.run !== gone.run);
}

/** The evidence after one more measured run. A run that the judge did not ask for in this state changes nothing. */
function weigh(s: Session, e: Experiment, number: number, now: Touched["now"]): Evidence {
  const run = e.runs.find((r) => r.run === number);
  if (run === undefined) return s.evidence;
  const score = orient(run.measurement?.metric, s.rules);
  const asking = run.asked === undefined ? undefined : now(run.asked);
  const context = { rules: s.rules, open: asking === undefined ? [] : [scoresOf(asking, s.rules)] };
  switch (run.role) {
    case "baseline":
      return withBaseline(s.evidence, score);
    case "challenger":
      return withChallenger(s.evidence);
    case "confirm":
      // Fresh runs choose nothing: were they to weigh in later decisions, they would not be unbiased any more.
      return s.evidence;
    case "canary":
      return withReference(s.evidence, "champion", score, context).evidence;
    case "reference": {
      const isChampion = e.number === s.champion.experiment;
      return withReference(s.evidence, isChampion ? "champion" : "anchor", score, context).evidence;
    }
    default:
      return run.role satisfies never;
  }
}

function conclude(s: Session, e: Experiment, verdict: NonNullable<Experiment["verdict"]>): Session {
  const counts = {
    ...s.counts,
    [verdict.kind]: s.counts[verdict.kind] + 1,
    refused: s.counts.refused + (verdict.rule === "scope" ? 1 : 0),
    duplicates: s.counts.duplicates + (verdict.rule === "duplicate" ? 1 : 0),
  };
  const failed = verdict.rule === "agent" || verdict.rule === "no change";
  const failures = failed ? s.agentFailures + 1 : 0;
  const exhausted = verdict.rule === "exhausted" ? verdict.reason : s.exhausted;
  const closed = { ...s, counts, open: undefined, agentFailures: failures, exhausted };
  if (e.number === 0) return closed;
  const group = { experiment: e.number, scores: scoresOf(e, s.rules) };
  if (verdict.kind !== "keep" || e.proposal === undefined) return { ...closed, evidence: withDrop(s.evidence, group) };
  return {
    ...closed,
    champion: { experiment: e.number, commit: e.proposal.commit },
    champions: [...s.champions, e.proposal.commit],
    evidence: withKeep(s.evidence, group, e.proposal.intent),
  };
}

/** Scores of the challenger's runs of the current proposal; runs without a number are left out. */
export function scoresOf(e: Experiment, rules: Rules): readonly number[] {
  return challengerRuns(e)
    .map((r) => orient(r.measurement?.metric, rules))
    .filter((s): s is number => s !== undefined);
}

/** Measured runs of the current proposal's commit, in order; lost and cancelled ones are left out. */
export function challengerRuns(e: Experiment): readonly Run[] {
  return e.runs.filter((r) => r.commit === e.proposal?.commit && r.measurement !== undefined);
}

/** Sums; a number that nobody reported stays missing. */
function addUsage(a: Usage, b: Usage): Usage {
  const plus = (x: number | undefined, y: number | undefined) =>
    x === undefined && y === undefined ? undefined : (x ?? 0) + (y ?? 0);
  return {
    seconds: a.seconds + b.seconds,
    inputTokens: plus(a.inputTokens, b.inputTokens),
    cachedTokens: plus(a.cachedTokens, b.cachedTokens),
    outputTokens: plus(a.outputTokens, b.outputTokens),
    dollars: plus(a.dollars, b.dollars),
  };
}
