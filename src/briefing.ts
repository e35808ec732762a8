/**
 * What an agent is told, generated from the ledger: pure, bounded, the same for the same ledger.
 *
 * `past` is for agents that compute (the tuner), `findings` for agents that read (`briefing/text.ts` puts them into
 * words), `standing` for an agent made of several. docs/briefing.md has an example.
 */
import type { Briefing, Past } from "./agent.ts";
import { findings, sinceKeep } from "./briefing/findings.ts";
import { noiseInMetric } from "./evidence.ts";
import { agentOf, type Experiment, meanMetric } from "./experiment.ts";
import type { Session } from "./ledger/session.ts";
import type { Program } from "./program.ts";

/** Most experiments told of: the latest ones. */
export const MAX_PAST = 2000;
/** So many experiments without a keep are a plateau, unless the person says another number. */
export const PLATEAU = 12;

export interface BriefingInput {
  readonly session: Session;
  readonly program: Program;
  readonly experiment: number;
  /** Earlier experiments, in order. */
  readonly earlier: readonly Experiment[];
  readonly baseline?: Experiment | undefined;
  readonly champion?: Experiment | undefined;
  readonly seed: number;
  /** Experiments without a keep that are a plateau; 0: never. */
  readonly plateau: number;
  /** On a repair turn: the experiment whose proposal crashed, and the end of its log. */
  readonly crashed?: Experiment | undefined;
  readonly crashLog?: string | undefined;
  /** The experiment whose proposal does not fit onto the present champion: it is made once more. */
  readonly conflicted?: Experiment | undefined;
}

export function briefing(input: BriefingInput): Briefing {
  const { session, program, champion, baseline, plateau, crashed, conflicted } = input;
  const championMetric = champion === undefined ? undefined : meanMetric(champion);
  const judged = input.earlier.filter((e) => e.verdict !== undefined && e.number > 0).slice(-MAX_PAST);
  const open = input.earlier.filter((e) => e.verdict === undefined && e.number > 0 && e.proposal !== undefined);
  const forgotten = Math.max(0, (judged[0]?.number ?? 1) - 1);
  return {
    experiment: input.experiment,
    program: program.body,
    metric: program.metric.name,
    goal: program.metric.goal,
    scope: program.scope,
    championMetric,
    noise: noiseInMetric(session, championMetric),
    past: judged.map(pastOf),
    pending: open.map((e) => ({ experiment: e.number, hypothesis: e.proposal?.hypothesis ?? "", memo: e.memo })),
    crashLog: input.crashLog,
    seed: input.seed,
    findings: findings({ session, past: judged, forgotten, baseline, champion, crashed, conflicted, plateau }),
    standing: {
      tallies: session.agents,
      proposedBy: agentOfBoth(crashed, conflicted),
      championBy: champion === undefined ? undefined : agentOf(champion),
      sinceKeep: sinceKeep(session),
      plateau,
    },
  };
}

function agentOfBoth(crashed: Experiment | undefined, conflicted: Experiment | undefined): string | undefined {
  const e = crashed ?? (conflicted?.conflict === undefined ? undefined : conflicted);
  return e === undefined ? undefined : agentOf(e);
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
