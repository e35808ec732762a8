/**
 * What to do next, as a pure function of the ledger: the loop asks, does, records, and asks again.
 *
 * Answers one step for the serial loop. Everything here can be decided from the session, its open experiment and the
 * limits; nothing is remembered elsewhere, so a restarted loop gets the same answer. `plan/` holds the steps of an open
 * experiment and those at the end of a session.
 */
import { due } from "./evidence.ts";
import { type Experiment, openRun } from "./experiment.ts";
import { endStep } from "./plan/end-step.ts";
import { stepOfExperiment } from "./plan/experiment-step.ts";
import type { Step, View } from "./plan/step.ts";

export type { EndReason, Step, View } from "./plan/step.ts";

/** The one next step. */
export function nextStep(view: View): Step {
  const { session } = view;
  const openRunRef = session.openRuns[0];
  if (openRunRef !== undefined) return stepOfRun(view, openRunRef.experiment, openRunRef.run);
  if (session.open !== undefined) return stepOfExperiment(view, need(view, session.open));
  if (session.lastExperiment < 0) return { do: "open" };
  const end = endStep(view);
  if (end !== undefined) return end;
  if (due(session.evidence, session.rules) === "champion")
    return { do: "ask", experiment: session.champion.experiment, role: "canary" };
  return { do: "open" };
}

function stepOfRun(view: View, experiment: number, run: number): Step {
  const open = openRun(need(view, experiment));
  return { do: open?.outcome === undefined ? "run" : "measure", experiment, run };
}

function need(view: View, n: number): Experiment {
  const e = view.find(n);
  if (e === undefined) throw new Error(`the ledger has no experiment ${n}`);
  return e;
}
