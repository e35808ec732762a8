/**
 * The state of a session as a fold of its events: pure, so going on after a power cut is reading and folding, and there
 * is no recovery code. Experiments are folded apart from the session, because a ledger may hold a hundred thousand of
 * them.
 */
import { type Evidence, withBaseline, withChallenger, withDrop, withKeep, withReference } from "../evidence.ts";
import { type Experiment, PERSON, type Run, type Usage } from "../experiment.ts";
import { orient, type Rules } from "../judge.ts";
import { tagsAfter } from "../tags.ts";
import type { Entry, SessionEvent } from "./events.ts";
import { figuresAfter } from "./figures.ts";
import { importedExperiment } from "./imported.ts";
import { begin, MAX_NOTES, MAX_TAKEN, type OpenRun, type Session } from "./session.ts";
import { afterRun, afterSitting, afterTurn, afterVerdict } from "./tally.ts";

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
  if (event.type === "imported") return takeIn(timed, importedExperiment(timed, entry, event));
  const number = "experiment" in event ? event.experiment : undefined;
  const before = number === undefined ? undefined : find(number);
  if (event.type === "experiment-opened") return open(timed, entry, event);
  const experiment = before === undefined ? undefined : foldExperiment(before, event, entry.at);
  const now = (n: number) => (n === number ? experiment : find(n));
  const after = foldSession(timed, entry, { before, after: experiment, now });
  const figures = experiment === undefined ? after.figures : figuresAfter(after.figures, before, experiment);
  return { session: { ...after, figures }, experiment };
}

function open(session: Session, entry: Entry, event: Extract<SessionEvent, { type: "experiment-opened" }>): Folded {
  const experiment: Experiment = {
    number: event.experiment,
    parent: event.parent,
    from: event.from,
    program: event.program,
    openedAt: entry.at,
    turns: [],
    runs: [],
  };
  return {
    session: { ...session, lastExperiment: event.experiment, open: [...session.open, event.experiment] },
    experiment,
  };
}

/** An imported experiment came to its end elsewhere: its runs are weighed and its verdict counts, all at once. */
function takeIn(session: Session, e: Experiment): Folded {
  const counts = { ...session.counts, runs: session.counts.runs + e.runs.length };
  const figures = figuresAfter(session.figures, undefined, e);
  let weighed: Session = { ...session, lastExperiment: e.number, counts, figures };
  for (const { run } of e.runs) weighed = { ...weighed, evidence: weigh(weighed, e, run, () => e) };
  return { session: e.verdict === undefined ? weighed : conclude(weighed, e, e.verdict), experiment: e };
}

/** One experiment after one event that names it. */
function foldExperiment(e: Experiment, event: SessionEvent, at: string): Experiment {
  switch (event.type) {
    case "proposed": {
      const turn = { turn: event.turn, kind: "proposed" as const, usage: event.usage, agent: event.agent };
      // A repaired change is another change: its gates run again, and the crashed runs of the first stay on record.
      return { ...e, proposal: event.proposal, memo: event.memo, receipts: undefined, turns: [...e.turns, turn] };
    }
    case "turn-ended": {
      const { type: _, experiment: __, submission: ___, ...turn } = event;
      return { ...e, turns: [...e.turns, turn] };
    }
    case "rebased": {
      const { proposal, from } = event;
      return { ...e, proposal, parent: proposal.parent, from, receipts: undefined };
    }
    case "conflicted": {
      const { parent, from, files } = event;
      const conflict = e.proposal === undefined ? undefined : { proposal: e.proposal, files, turns: e.turns.length };
      return { ...e, parent, from, conflict, proposal: undefined, receipts: undefined };
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
    case "tagged":
      return { ...e, tags: tagsAfter(e.tags ?? [], event) };
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
        caps: { ...s.caps, ...event.caps },
        sandbox: event.sandbox,
        unfenced: s.unfenced + (event.sandbox === undefined || event.sandbox.kind === "none" ? 1 : 0),
        agent: event.agent,
        earlierMs: s.earlierMs + s.sittingMs,
        sittingMs: 0,
        agentFailures: 0,
        pauses: 0,
        pausedUntil: undefined,
        agents: afterSitting(s.agents),
        exhausted: undefined,
        ended: undefined,
        confirmation: event.again === true ? undefined : s.confirmation,
      };
    case "program-changed":
      return { ...s, program: { hash: event.hash, text: event.text } };
    case "proposed":
    case "turn-ended":
      return { ...s, ...spent(s, event.usage), ...taken(s, event.submission), agents: afterTurn(s.agents, event) };
    case "run-asked":
      return { ...s, openRuns: [...s.openRuns, openRunOf(event)] };
    case "run-ended":
      return endRun(s, event, { after, now });
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
    case "note": {
      const notes = [...s.notes, { at: entry.at, text: event.text }].slice(-MAX_NOTES);
      return { ...s, notes, ...taken(s, event.id) };
    }
    case "tagged":
      return { ...s, ...taken(s, event.id) };
    case "paused":
      return { ...s, pauses: s.pauses + 1, pausedUntil: event.until };
    case "integrity":
      return { ...s, integrity: s.integrity + 1 };
    case "session-ended":
      return { ...s, ended: { why: event.why, detail: event.detail, at: entry.at } };
    default:
      return s;
  }
}

function endRun(
  s: Session,
  event: Extract<SessionEvent, { type: "run-ended" }>,
  { after, now }: Pick<Touched, "after" | "now">,
): Session {
  const counted = { ...s, counts: { ...s.counts, runs: s.counts.runs + 1 } };
  const lost = event.outcome.kind === "lost" || event.outcome.kind === "cancelled";
  const open = lost ? { ...counted, openRuns: without(s.openRuns, event) } : counted;
  const run = after?.runs.find((r) => r.run === event.run);
  // Canaries and confirmations are the harness's own.
  const asking = run?.asked !== undefined ? now(run.asked) : run?.role === "challenger" ? after : undefined;
  return { ...open, agents: afterRun(s.agents, asking, event.resources.wallSeconds) };
}

/** What came from the spool is remembered by its name, so that it is not taken twice. */
function taken(s: Session, id: string | undefined): Pick<Session, "taken"> {
  return { taken: id === undefined ? s.taken : [...s.taken, id].slice(-MAX_TAKEN) };
}

function openRunOf({ experiment, run, role, asked, slot }: Extract<SessionEvent, { type: "run-asked" }>): OpenRun {
  return { experiment, run, role, asked, slot };
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
  // What a person handed in says nothing about the agent.
  const isPersons = e.turns.at(-1)?.agent === PERSON;
  const breaker = isPersons
    ? {}
    : failed
      ? { agentFailures: s.agentFailures + 1 }
      : { agentFailures: 0, pauses: 0, pausedUntil: undefined };
  const exhausted = verdict.rule === "exhausted" ? verdict.reason : s.exhausted;
  const agents = afterVerdict(s.agents, e, verdict);
  const closed = { ...s, counts, open: s.open.filter((n) => n !== e.number), ...breaker, exhausted, agents };
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

function spent(s: Session, usage: Usage): Pick<Session, "usage" | "turns" | "unpriced" | "uncounted"> {
  const counted = usage.inputTokens !== undefined && usage.outputTokens !== undefined;
  return {
    usage: addUsage(s.usage, usage),
    turns: s.turns + 1,
    unpriced: s.unpriced + (usage.dollars === undefined ? 1 : 0),
    uncounted: s.uncounted + (counted ? 0 : 1),
  };
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
