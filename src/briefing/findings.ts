/**
 * What the ledger says of a session so far, for an agent that reads. Pure. 2,000 experiments with 50 changed places and
 * 100 numbers each, far more than is usual, take 0.3 to 0.9 s on two busy cores.
 */
import type { Budget, Conflict, Crash, Findings, Plateau } from "../agent/findings.ts";
import { RETURN_FLAG } from "../change-facts.ts";
import { describeOutcome, type Experiment, meanMetric, metricsOf } from "../experiment.ts";
import { familiesOf } from "../families.ts";
import { type Session, workedMs } from "../ledger/session.ts";
import { tokensOf } from "../plan/caps.ts";
import { oneLine } from "../util/text.ts";
import { proposalRef } from "../workspace/refs.ts";
import { attemptOf, gainsOf, nearMisses, recentOf } from "./attempts.ts";
import { casesOf } from "./cases.ts";
import { pairsOf, shownFile, triedLines } from "./tried.ts";

export interface FindingsInput {
  readonly session: Session;
  /** Experiments with a verdict, without the baseline, in order. */
  readonly past: readonly Experiment[];
  /** Of those before them nothing is known here. */
  readonly forgotten: number;
  readonly baseline: Experiment | undefined;
  readonly champion: Experiment | undefined;
  /** The experiment whose proposal crashed, on a repair turn. */
  readonly crashed: Experiment | undefined;
  /** The experiment whose proposal does not fit onto the present champion. */
  readonly conflicted?: Experiment | undefined;
  readonly plateau: number;
}

export function findings(input: FindingsInput): Findings {
  const { session, past, baseline, champion } = input;
  const { goal } = session.metric;
  const from = baseline === undefined ? undefined : meanMetric(baseline);
  const misses = nearMisses(past, goal);
  const attempt = (e: Experiment) => attemptOf(session.tag, e);
  const { keep, discard, crash } = session.counts;
  return {
    goal,
    provenance: champion?.runs.find((r) => r.measurement?.metric !== undefined)?.measurement?.provenance,
    baseline: from,
    champion: session.champion.experiment,
    championRuns: champion === undefined ? 0 : metricsOf(champion).length,
    counts: { kept: Math.max(0, keep - 1), discarded: discard, crashed: crash },
    forgotten: input.forgotten,
    recent: recentOf(session.tag, past),
    gains: gainsOf(session.tag, past, from),
    nearMisses: misses.map(attempt),
    families: familiesOf(past, goal).slice(0, 14),
    tried: triedLines(past, session.champion.commit, session.prefix),
    returned: returnedIn(past),
    cases: casesOf(champion, past),
    budget: budgetOf(session),
    notes: session.notes,
    plateau: plateauOf(input, misses),
    crash: input.crashed === undefined ? undefined : crashOf(input.crashed, session.prefix),
    conflict: input.conflicted === undefined ? undefined : conflictOf(input.conflicted, session),
  };
}

function returnedIn(past: readonly Experiment[]): Findings["returned"] {
  return past.slice(-10).flatMap((e) => {
    const flag = e.proposal?.flags.find((f) => f.startsWith(RETURN_FLAG));
    return flag === undefined ? [] : [{ experiment: e.number, flag: oneLine(flag, 200) }];
  });
}

/** What limits and caps leave; the smaller one where there are both. */
function budgetOf(session: Session): Budget {
  const { limits, caps, usage } = session;
  const left = (used: number, ...all: readonly (number | undefined)[]) => {
    const known = all.filter((x): x is number => x !== undefined);
    return known.length === 0 ? undefined : Math.max(0, Math.min(...known) - used);
  };
  return {
    experiments: left(session.lastExperiment, limits.experiments, caps.experiments),
    seconds: left(workedMs(session) / 1000, limits.seconds, caps.seconds),
    tokens: left(tokensOf(usage), caps.tokens),
    dollars: left(usage.dollars ?? 0, caps.dollars),
  };
}

/** Experiments with a verdict since the champion was kept. */
export function sinceKeep(session: Session): number {
  const done = session.lastExperiment - session.open.length;
  return Math.max(0, done - session.champion.experiment);
}

function plateauOf({ session, plateau }: FindingsInput, misses: readonly Experiment[]): Plateau | undefined {
  const since = sinceKeep(session);
  if (plateau === 0 || since < plateau) return undefined;
  const attempt = (e: Experiment) => attemptOf(session.tag, e);
  const pairs = pairsOf(misses, session.champion.commit).map(([a, b]) => [attempt(a), attempt(b)] as const);
  return { since, pairs };
}

function crashOf(e: Experiment, prefix: string): Crash {
  const run = e.runs.at(-1);
  const why = run?.outcome?.kind === "finished" ? run.measurement?.why : run?.outcome && describeOutcome(run.outcome);
  const places = (e.proposal?.hunks ?? []).map((h) => {
    const end = h.count > 1 ? `-${h.line + h.count - 1}` : "";
    return `${shownFile(h.file, prefix)}:${h.line}${end}`;
  });
  const files = (e.proposal?.files ?? []).map((file) => shownFile(file, prefix));
  return {
    hypothesis: oneLine(e.proposal?.hypothesis ?? "", 160),
    why: oneLine(why ?? "no number was measured", 300),
    places: (places.length > 0 ? places : files).slice(0, 20),
  };
}

function conflictOf(e: Experiment, session: Session): Conflict | undefined {
  if (e.conflict === undefined) return undefined;
  const repairs = e.turns.filter((t) => t.kind === "proposed").length - 1;
  return {
    hypothesis: oneLine(e.conflict.proposal.hypothesis, 160),
    files: e.conflict.files.slice(0, 20).map((file) => shownFile(file, session.prefix)),
    ref: proposalRef(session.tag, e.number, Math.max(0, repairs)),
  };
}
