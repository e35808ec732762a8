/**
 * What an agent is told, generated from the ledger: pure, bounded, the same for the same ledger.
 */
import type { Briefing, Past } from "./agent.ts";
import { noiseOf } from "./evidence.ts";
import { type Experiment, meanMetric } from "./experiment.ts";
import type { Session } from "./ledger/session.ts";
import type { Program } from "./program.ts";

/** Most experiments told of: the latest ones. */
export const MAX_PAST = 2000;

export interface BriefingInput {
  readonly session: Session;
  readonly program: Program;
  readonly experiment: number;
  /** Earlier experiments, in order; the champion's must be among them. */
  readonly earlier: readonly Experiment[];
  readonly championMetric: number | undefined;
  readonly seed: number;
  readonly crashLog?: string | undefined;
}

export function briefing(input: BriefingInput): Briefing {
  const { session, program } = input;
  return {
    experiment: input.experiment,
    program: program.body,
    metric: program.metric.name,
    goal: program.metric.goal,
    scope: program.scope,
    championMetric: input.championMetric,
    noise: noiseInMetric(session, input.championMetric),
    past: input.earlier
      .filter((e) => e.verdict !== undefined && e.number > 0)
      .slice(-MAX_PAST)
      .map(pastOf),
    crashLog: input.crashLog,
    seed: input.seed,
  };
}

function pastOf(e: Experiment): Past {
  return {
    experiment: e.number,
    verdict: e.verdict?.kind ?? "discard",
    metric: meanMetric(e),
    reason: e.verdict?.reason ?? "",
    hypothesis: e.proposal?.hypothesis ?? "",
    memo: e.memo,
  };
}

/** Sigma in units of the metric; on the log scale it is a ratio, here at the champion's level. */
export function noiseInMetric(session: Session, level: number | undefined): number | undefined {
  const { sigma, df } = noiseOf(session.evidence, [], session.rules);
  if (df === 0 || !Number.isFinite(sigma)) return undefined;
  if (session.rules.scale === "linear") return sigma;
  return level === undefined ? undefined : level * sigma;
}
