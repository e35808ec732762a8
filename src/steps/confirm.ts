/**
 * Says what the fresh runs of the first baseline and of the champion show: the gain with its interval, the one figure
 * of a session that is not biased by having been chosen.
 */
import { type Experiment, wasLost } from "../experiment.ts";
import { finalGain } from "../judge/final.ts";
import type { Session } from "../ledger/session.ts";
import { freshRuns } from "../plan/end-step.ts";
import { experimentNow, record, sessionNow, type Yard } from "../yard.ts";

export async function confirm(yard: Yard): Promise<void> {
  const session = sessionNow(yard);
  const experiment = session.champion.experiment;
  const baseline = metricsOfFresh(session, experimentNow(yard, 0));
  const champion = metricsOfFresh(session, experimentNow(yard, experiment));
  const groups = session.evidence.groups.map((g) => g.scores);
  const gain = finalGain({ baseline, champion, groups, settled: session.evidence.settled }, session.rules);
  record(yard, { type: "confirmed", experiment, baseline, champion, gain });
}

function metricsOfFresh(session: Session, e: Experiment): number[] {
  return freshRuns(session, e)
    .filter((r) => !wasLost(r))
    .map((r) => r.measurement?.metric)
    .filter((m): m is number => m !== undefined);
}
