/**
 * What a session came to, in the sentences that a person repeats: from the ledger's state. Pure but for `summaryOf`,
 * which reads that state itself.
 *
 * The gain that was seen while choosing is biased upward and is called so; the headline is the gain that fresh runs of
 * the first baseline and the champion show, with its interval.
 */
import { noiseInMetric } from "./briefing.ts";
import { type Experiment, meanMetric, metricsOf, type Run } from "./experiment.ts";
import { chanceLost } from "./judge/early-stop.ts";
import { mean } from "./judge.ts";
import { experimentOf, type Ledger } from "./ledger/read.ts";
import { type Session, workedMs } from "./ledger/session.ts";
import { type Figures, figuresOf } from "./ledger/windows.ts";

export interface Summary {
  readonly experiments: number;
  readonly runs: number;
  readonly seconds: number;
  readonly metric: string;
  readonly goal: "minimize" | "maximize";
  /** Mean of the baseline's and of the champion's runs; missing when nothing was measured. */
  readonly baseline?: number | undefined;
  readonly best?: number | undefined;
  readonly bestExperiment: number;
  readonly bestRuns: number;
  /** What fresh runs of baseline and champion show; missing when they were not made for the present champion. */
  readonly fresh?: FreshGain | undefined;
  /** Kept proposals, the baseline not among them. */
  readonly kept: number;
  readonly confirmed: number;
  readonly discarded: number;
  readonly crashed: number;
  readonly refused: number;
  readonly duplicates: number;
  /** Spread of the metric when nothing changes, in its own unit; missing when unknown. */
  readonly noise?: number | undefined;
  readonly provenance: "evaluated" | "self-reported" | "nothing measured";
  readonly sandboxed: boolean;
  readonly integrity: number;
  readonly dollars?: number | undefined;
  /** Runs ended on their way, and what that saved and may have cost; missing when none was. */
  readonly earlyStop?: EarlyStopSummary | undefined;
  /** Share of the session's time in which a run was on, 0 to 1. */
  readonly duty?: number | undefined;
}

/** The unbiased gain, in the metric's unit and in percent of the baseline. */
export interface FreshGain {
  readonly runsEach: number;
  readonly baseline: number;
  readonly champion: number;
  /** Change of the metric from baseline to champion, and half the width of its 95 % interval, in percent. */
  readonly percent: number;
  readonly percentHalf: number;
  /** The whole interval is on the better side. */
  readonly proven: boolean;
}

export interface EarlyStopSummary {
  readonly runs: number;
  /** Against the median of the challengers' finished runs. */
  readonly savedSeconds: number;
  /** Expected number of stopped runs that would have ended at or above the champion. */
  readonly expectedLost: number;
}

/** What a summary needs beside the session: figures over all experiments, and two of these themselves. */
interface Facts extends Figures {
  readonly baseline: Experiment | undefined;
  readonly champion: Experiment | undefined;
}

/** Folds a session and its experiments, in order, into the figures of a summary. */
export function summarize(session: Session, experiments: readonly Experiment[]): Summary {
  const kept = experiments.filter((e) => e.verdict?.kind === "keep" && e.number > 0);
  const runs = experiments.flatMap((e) => e.runs);
  const finished = runs.filter((r) => r.role === "challenger" && r.outcome?.kind === "finished");
  const seconds = finished.map((r) => r.resources?.wallSeconds ?? 0).sort((a, b) => a - b);
  return summaryFrom(session, {
    baseline: experiments.find((e) => e.number === 0),
    champion: experiments.find((e) => e.number === session.champion.experiment),
    kept: kept.length,
    confirmed: kept.filter((e) => e.verdict?.label === "confirmed").length,
    runSeconds: runSeconds(experiments),
    provenance: runs.find((r) => r.measurement?.metric !== undefined)?.measurement?.provenance,
    stopped: runs.flatMap(stoppedOf),
    usualSeconds: seconds[seconds.length >> 1] ?? 0,
  });
}

/** The same, without reading the experiments: it takes as long for a hundred thousand as for ten. */
export function summaryOf(ledger: Ledger, session: Session): Summary {
  return summaryFrom(session, {
    ...figuresOf(ledger, session.tag),
    baseline: experimentOf(ledger, session.tag, 0),
    champion: experimentOf(ledger, session.tag, session.champion.experiment),
  });
}

function summaryFrom(session: Session, facts: Facts): Summary {
  const { baseline, champion, kept, confirmed } = facts;
  const seconds = workedMs(session) / 1000;
  const best = champion === undefined ? undefined : meanMetric(champion);
  return {
    experiments: Math.max(0, session.lastExperiment),
    runs: session.counts.runs,
    seconds,
    metric: session.metric.name,
    goal: session.metric.goal,
    baseline: baseline === undefined ? undefined : meanMetric(baseline),
    best,
    bestExperiment: session.champion.experiment,
    bestRuns: champion === undefined ? 0 : metricsOf(champion).length,
    fresh: freshGain(session),
    kept,
    confirmed,
    discarded: session.counts.discard,
    crashed: session.counts.crash,
    refused: session.counts.refused,
    duplicates: session.counts.duplicates,
    noise: noiseInMetric(session, best),
    provenance: facts.provenance ?? "nothing measured",
    sandboxed: session.sandbox !== undefined && session.unfenced === 0,
    integrity: session.integrity,
    dollars: session.usage.dollars,
    earlyStop: earlyStopSummary(facts),
    duty: seconds > 0 ? Math.min(1, facts.runSeconds / seconds) : undefined,
  };
}

function freshGain(session: Session): FreshGain | undefined {
  const c = session.confirmation;
  if (c?.gain === undefined || c.experiment !== session.champion.experiment) return undefined;
  const [baseline, champion] = [mean(c.baseline), mean(c.champion)];
  const log = session.rules.scale === "log";
  // On the log scale a difference of scores is the logarithm of a ratio already.
  const scale = log ? 100 : 100 / Math.abs(baseline);
  return {
    runsEach: Math.min(c.baseline.length, c.champion.length),
    baseline,
    champion,
    percent: (100 * (champion - baseline)) / Math.abs(baseline),
    percentHalf: ((c.gain.hi - c.gain.lo) / 2) * scale,
    proven: c.gain.lo > 0,
  };
}

function stoppedOf({ outcome, resources }: Run): Figures["stopped"] {
  if (outcome?.kind !== "stoppedEarly") return [];
  const { behind, spread } = outcome;
  return [resources === undefined ? { behind, spread } : { behind, spread, seconds: resources.wallSeconds }];
}

function earlyStopSummary({ stopped, usualSeconds: usual }: Facts): EarlyStopSummary | undefined {
  if (stopped.length === 0) return undefined;
  const saved = stopped.map(({ seconds }) => Math.max(0, usual - (seconds ?? usual)));
  return {
    runs: stopped.length,
    savedSeconds: saved.reduce((sum, s) => sum + s, 0),
    expectedLost: stopped.reduce((sum, stop) => sum + chanceLost(stop), 0),
  };
}

/** Seconds in which a run was on, over all experiments. */
export function runSeconds(experiments: readonly Experiment[]): number {
  return experiments.flatMap((e) => e.runs).reduce((sum, r) => sum + (r.resources?.wallSeconds ?? 0), 0);
}
