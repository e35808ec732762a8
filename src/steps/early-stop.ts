/**
 * Looks at a run on its way, in labs that declare `early-stop`, and ends it when it will hardly be kept. What is known
 * of the rule is read from the ledger each time; nothing is remembered here.
 */
import { setTimeout as delay } from "node:timers/promises";
import { SCHEDULE_FLAG } from "../change-facts.ts";
import { seedOf } from "../environment.ts";
import { readEnd } from "../evaluator.ts";
import type { Experiment, Outcome, Run } from "../experiment.ts";
import { AUDIT_EVERY, isHopeless, learnStop, type Pair, type StopRule } from "../judge/early-stop.ts";
import { mean, orient, type Rules } from "../judge.ts";
import type { Session } from "../ledger/session.ts";
import { experimentOf, experimentsOf, sessionOf } from "../ledger.ts";
import { progressValue } from "../progress-lines.ts";
import type { Job } from "../runner.ts";
import { experimentNow, record, sessionNow, type Yard } from "../yard.ts";

const POLL_MS = 500;
const LOG_BYTES = 1024 * 1024;

export type Stop = Omit<Extract<Outcome, { kind: "stoppedEarly" }>, "kind">;

/** Resolves to why the run is to be stopped, or to undefined when it is not, or when `ended` is aborted before. */
export async function watchForStop(
  yard: Yard,
  job: Job,
  asked: { readonly experiment: number; readonly run: Run },
  ended: AbortSignal,
): Promise<Stop | undefined> {
  const { earlyStop } = yard.program;
  const e = experimentNow(yard, asked.experiment);
  if (earlyStop === undefined || asked.run.role !== "challenger") return undefined;
  if (e.proposal?.flags.includes(SCHEDULE_FLAG)) return undefined;
  const session = sessionNow(yard);
  const all = recentWithParents(yard, asked.experiment);
  const rule = learnStop(pairsOf(all, session.rules));
  const champion = partialScores(
    all.find((x) => x.number === session.champion.experiment),
    session.rules,
  );
  if (rule === undefined || champion.length === 0) return undefined;
  const partial = await partialOnTheWay(job, earlyStop, ended);
  const score = orient(partial, session.rules);
  if (score === undefined || !isHopeless(rule, score - mean(champion))) return undefined;
  return decideStop(yard, session, { experiment: e.number, behind: mean(champion) - score, rule });
}

/** So many of the latest experiments teach the rule; a hundred thousand would take seconds to read at each run. */
const LEARNT_FROM = 2000;

/** The latest experiments, and before them the baseline, the champion and what they were compared with. */
function recentWithParents({ ledger, tag }: Yard, last: number): readonly Experiment[] {
  const first = Math.max(0, last - LEARNT_FROM);
  const recent = experimentsOf(ledger, tag, first, LEARNT_FROM + 1);
  const named = [0, sessionOf(ledger, tag)?.champion.experiment, ...recent.map((e) => e.from)];
  const earlier = [...new Set(named.filter((n) => n !== undefined && n < first))] as number[];
  const parents = earlier.sort((a, b) => a - b).map((n) => experimentOf(ledger, tag, n));
  return [...parents.filter((e) => e !== undefined), ...recent];
}

async function partialOnTheWay(
  job: Job,
  { at, metric }: { readonly at: number; readonly metric: string },
  ended: AbortSignal,
): Promise<number | undefined> {
  while (!ended.aborted) {
    const value = progressValue(await readEnd(job.logFile, LOG_BYTES), metric, at);
    if (value !== undefined) return value;
    // An abort only ends the waiting.
    await delay(POLL_MS, undefined, { signal: ended }).catch(() => undefined);
  }
  return undefined;
}

interface Hopeless {
  readonly experiment: number;
  readonly behind: number;
  readonly rule: StopRule;
}

/** One in ten is finished all the same; which one is a function of the ledger. */
function decideStop(yard: Yard, session: Session, { experiment, behind, rule }: Hopeless): Stop | undefined {
  const numbers = `behind by ${behind.toPrecision(3)}, prediction good to ${rule.s.toPrecision(3)}`;
  const why = `${numbers} (${rule.pairs} pairs, correlation ${rule.r.toFixed(2)})`;
  if (seedOf(session.seed, "audit", experiment) % AUDIT_EVERY !== 0) return { why, behind, spread: rule.s };
  record(yard, { type: "noted", experiment, what: "early stop audited", detail: `would have been stopped: ${why}` });
  return undefined;
}

/** Partial and final differences to the champion of the time, of every finished challenger run that said both. */
export function pairsOf(all: readonly Experiment[], rules: Rules): readonly Pair[] {
  const byCommit = new Map(all.filter((e) => e.proposal !== undefined).map((e) => [e.proposal?.commit as string, e]));
  return all.flatMap((e) => {
    const parent = byCommit.get(e.parent) ?? all[0];
    const before = partialScores(parent, rules);
    const after = (parent?.runs ?? []).map((r) => orient(r.measurement?.metric, rules)).filter((s) => s !== undefined);
    if (e.number === 0 || before.length === 0 || after.length === 0) return [];
    return e.runs.flatMap((r) => {
      const partial = orient(r.measurement?.partial, rules);
      const final = orient(r.measurement?.metric, rules);
      if (r.role !== "challenger" || partial === undefined || final === undefined) return [];
      return [{ partial: partial - mean(before), final: final - mean(after) }];
    });
  });
}

function partialScores(e: Experiment | undefined, rules: Rules): readonly number[] {
  return (e?.runs ?? []).map((r) => orient(r.measurement?.partial, rules)).filter((s) => s !== undefined);
}
