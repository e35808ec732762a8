/**
 * What a session came to, in the sentences that a person repeats: from the ledger's state. Pure but for `summaryOf`,
 * which reads that state itself.
 *
 * The gain that was seen while choosing is biased upward and is called so; the headline is the gain that fresh runs of
 * the first baseline and the champion show, with its interval.
 */
import { noiseInMetric } from "./evidence.ts";
import { type Experiment, meanMetric, metricsOf } from "./experiment.ts";
import { mean } from "./judge.ts";
import { expectedLost, type Figures, figuresOf, runSecondsOf, savedSeconds } from "./ledger/figures.ts";
import { experimentOf, type Ledger } from "./ledger/read.ts";
import { type Session, triedOf, workedMs } from "./ledger/session.ts";

export interface Summary {
  /** After the baseline; one for which the agent turned out to have nothing left to try is none. */
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
  /** Against the median of the challengers' finished runs; each run's part to 3.2 % of that (ledger/figures.ts). */
  readonly savedSeconds: number;
  /** Expected number of stopped runs that would have ended at or above the champion. */
  readonly expectedLost: number;
}

/** What a summary needs: figures over all experiments, and two of these themselves. */
interface Facts {
  readonly figures: Figures;
  readonly baseline: Experiment | undefined;
  readonly champion: Experiment | undefined;
}

/** Folds a session and its experiments, in order, into the figures of a summary. */
export function summarize(session: Session, experiments: readonly Experiment[]): Summary {
  return summaryFrom(session, {
    figures: figuresOf(experiments),
    baseline: experiments.find((e) => e.number === 0),
    champion: experiments.find((e) => e.number === session.champion.experiment),
  });
}

/** The same, without reading the experiments: it takes as long for a hundred thousand as for ten. */
export function summaryOf(ledger: Ledger, session: Session): Summary {
  return summaryFrom(session, {
    figures: session.figures,
    baseline: experimentOf(ledger, session.tag, 0),
    champion: experimentOf(ledger, session.tag, session.champion.experiment),
  });
}

function summaryFrom(session: Session, { figures, baseline, champion }: Facts): Summary {
  const seconds = workedMs(session) / 1000;
  const best = champion === undefined ? undefined : meanMetric(champion);
  return {
    experiments: triedOf({ ...session, figures }),
    runs: session.counts.runs,
    seconds,
    metric: session.metric.name,
    goal: session.metric.goal,
    baseline: baseline === undefined ? undefined : meanMetric(baseline),
    best,
    bestExperiment: session.champion.experiment,
    bestRuns: champion === undefined ? 0 : metricsOf(champion).length,
    fresh: freshGain(session),
    kept: figures.kept,
    confirmed: figures.confirmed,
    discarded: Math.max(0, session.counts.discard - figures.exhausted),
    crashed: session.counts.crash,
    refused: session.counts.refused,
    duplicates: session.counts.duplicates,
    noise: noiseInMetric(session, best),
    provenance: figures.provenance?.word ?? "nothing measured",
    sandboxed: session.sandbox !== undefined && session.unfenced === 0,
    integrity: session.integrity,
    dollars: session.usage.dollars,
    earlyStop: earlyStopSummary(figures),
    duty: seconds > 0 ? Math.min(1, runSecondsOf(figures) / seconds) : undefined,
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

function earlyStopSummary(figures: Figures): EarlyStopSummary | undefined {
  const { runs } = figures.stopped;
  if (runs === 0) return undefined;
  return { runs, savedSeconds: savedSeconds(figures), expectedLost: expectedLost(figures) };
}

/** Seconds in which a run was on, over all experiments. */
export function runSeconds(experiments: readonly Experiment[]): number {
  return experiments.flatMap((e) => e.runs).reduce((sum, r) => sum + (r.resources?.wallSeconds ?? 0), 0);
}
