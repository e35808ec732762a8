/**
 * THE ALGORITHM: read the ledger, do the one next thing, append what came of it, until there is nothing left to do.
 *
 *     propose → check scope → (gates) → run → evaluate → judge → keep: the champion moves | discard | crash
 *
 * What to do next is decided by `plan.ts` from the ledger alone, so going on after a power cut is the normal path.
 * Doing is in `steps/`, one file per kind of step; each ends in one event (a run's two: asked and ended). Nothing else
 * is remembered between two steps.
 */
import { experimentOf } from "./ledger.ts";
import { type EndReason, nextStep, type Step } from "./plan.ts";
import { applyVerdict, closeExperiment } from "./steps/conclude.ts";
import { confirm } from "./steps/confirm.ts";
import { followProgram } from "./steps/follow-program.ts";
import { gate } from "./steps/gate.ts";
import { measure } from "./steps/measure.ts";
import { openExperiment } from "./steps/open.ts";
import { propose } from "./steps/propose.ts";
import { askRun, run } from "./steps/run.ts";
import { sleepUntil } from "./util/sleep.ts";
import { record, sessionNow, type Yard } from "./yard.ts";

export interface Ending {
  readonly why: EndReason;
  readonly detail: string;
}

/**
 * Works on a session until one of its limits, the agent or the lab ends it. Rejects with the signal's reason when it is
 * aborted; what was on its way is then cancelled, recorded, and done again by the next sitting.
 */
export async function loop(start: Yard): Promise<Ending> {
  let yard = start;
  for (;;) {
    yard.signal.throwIfAborted();
    const step = next(yard);
    if (step.do === "end") {
      record(yard, { type: "session-ended", why: step.why, detail: step.detail });
      return { why: step.why, detail: step.detail };
    }
    // An edited program.md counts from the next experiment on, never in the middle of one.
    if (step.do === "open") yard = await followProgram(yard);
    await doStep(yard, step);
  }
}

function next(yard: Yard): Step {
  return nextStep({
    session: sessionNow(yard),
    program: yard.program,
    find: (n) => experimentOf(yard.ledger, yard.tag, n),
    now: new Date().toISOString(),
    confirmRuns: yard.confirmRuns,
  });
}

async function doStep(yard: Yard, step: Exclude<Step, { do: "end" }>): Promise<void> {
  switch (step.do) {
    case "open":
      return openExperiment(yard);
    case "propose":
      return propose(yard, step);
    case "wait":
      return sleepUntil(step.until, yard.signal);
    case "gate":
      return gate(yard, step.experiment);
    case "ask":
      return askRun(yard, step);
    case "run":
      return run(yard, step);
    case "measure":
      return measure(yard, step);
    case "decide":
      return applyVerdict(yard, step);
    case "confirm":
      return confirm(yard);
    case "close":
      return closeExperiment(yard, step);
    default:
      return step satisfies never;
  }
}
