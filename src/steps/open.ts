/**
 * Begins an experiment: gives it the next number and the champion to start from.
 */
import { record, sessionNow, type Yard } from "../yard.ts";

export async function openExperiment(yard: Yard): Promise<void> {
  const session = sessionNow(yard);
  record(yard, {
    type: "experiment-opened",
    experiment: session.lastExperiment + 1,
    parent: session.champion.commit,
    from: session.champion.experiment,
    program: session.program.hash,
  });
}
