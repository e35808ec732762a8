/**
 * THE ALGORITHM: read the ledger, do the one next thing, append what came of it, until there is nothing left to do.
 *
 *     propose → check scope → (gates) → run → evaluate → judge → keep: the champion moves | discard | crash
 *
 * What to do next is decided by `plan.ts` from the ledger alone, so going on after a power cut is the normal path.
 * Doing is in `steps/`, one file per kind of step; each ends in one event (a run's two: asked and ended). Nothing else
 * is remembered between two steps.
 */

import { type Flight, land, launch, takeOff } from "./flight.ts";
import { experimentOf } from "./ledger.ts";
import { type EndReason, keyOf, laneOf, nextSteps, type Step } from "./plan.ts";
import { countIn } from "./spool.ts";
import { applyVerdict, closeExperiment } from "./steps/conclude.ts";
import { confirm } from "./steps/confirm.ts";
import { followProgram } from "./steps/follow-program.ts";
import { gate } from "./steps/gate.ts";
import { measure } from "./steps/measure.ts";
import { openExperiment } from "./steps/open.ts";
import { NEEDS_YOU, pause } from "./steps/pause.ts";
import { propose } from "./steps/propose.ts";
import { rebaseProposal } from "./steps/rebase.ts";
import { askRun, run } from "./steps/run.ts";
import { takeNotes } from "./steps/take-notes.ts";
import { takeTags } from "./steps/take-tags.ts";
import { wait } from "./steps/wait.ts";
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
  const flight = takeOff(start.signal);
  let yard = { ...start, signal: flight.signal };
  try {
    for (;;) {
      flight.signal.throwIfAborted();
      await takeNotes(yard);
      await takeTags(yard);
      const steps = await next(yard, flight.doing);
      const [first] = steps;
      if (first?.do === "end") return endSession(yard, first);
      // An edited program.md counts from the next experiment on, never in the middle of one.
      if (first?.do === "open") yard = await followProgram(yard);
      if (first !== undefined && laneOf(first) === "now") await doStep(yard, first);
      else await startAndWait(yard, flight, steps);
    }
  } finally {
    await land(flight);
  }
}

function endSession(yard: Yard, { why, detail }: Extract<Step, { do: "end" }>): Ending {
  if (why === "agent") record(yard, { type: "noted", what: NEEDS_YOU, detail });
  record(yard, { type: "session-ended", why, detail });
  return { why, detail };
}

/** Starts these beside what is being done, and resolves when any of it has ended. */
async function startAndWait(yard: Yard, flight: Flight, steps: readonly Step[]): Promise<void> {
  for (const step of steps) launch(flight, keyOf(step), doStep(yard, step));
  if (flight.doing.size === 0) throw new Error("there is nothing to do and no reason to end");
  await Promise.race(flight.doing.values());
}

async function next(yard: Yard, doing: ReadonlyMap<string, unknown>): Promise<readonly Step[]> {
  return nextSteps({
    session: sessionNow(yard),
    program: yard.program,
    find: (n) => experimentOf(yard.ledger, yard.tag, n),
    now: new Date().toISOString(),
    confirmRuns: yard.confirmRuns,
    slots: yard.slots.length,
    lookahead: yard.lookahead,
    doing: new Set(doing.keys()),
    handedIn: (await countIn(yard.ws.stateDir, "change")) > 0,
    agentPauses: yard.agentPauses,
  });
}

async function doStep(yard: Yard, step: Step): Promise<void> {
  switch (step.do) {
    case "end":
      throw new Error("the end of a session is no step to start");
    case "open":
      return openExperiment(yard);
    case "propose":
      return propose(yard, step);
    case "wait":
      return wait(yard, step);
    case "pause":
      return pause(yard, step);
    case "rebase":
      return rebaseProposal(yard, step.experiment);
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
