/**
 * What to do next, as a pure function of the ledger and of what is being done: the loop asks, starts, records, and asks
 * again.
 *
 * Nothing is remembered elsewhere, so a restarted loop, which does nothing yet, gets an answer that goes on with what
 * the ledger says. `plan/` holds the steps of an open experiment and those at the end of a session.
 */
import { due } from "./evidence.ts";
import type { Experiment } from "./experiment.ts";
import { endStep } from "./plan/end-step.ts";
import { stepOfExperiment } from "./plan/experiment-step.ts";
import { keyOf, laneOf, type Step, type View } from "./plan/step.ts";

export { type EndReason, keyOf, type Lane, laneOf, type Step, type View } from "./plan/step.ts";

/**
 * Steps to start now, besides those that are being done: one that is over at once (lane "now"), alone; or any number
 * for the agent and the slots. None: wait until something that is being done has ended.
 */
export function nextSteps(view: View): readonly Step[] {
  const started = openSteps(view);
  const [first] = started;
  if (first !== undefined && laneOf(first) === "now") return [first];
  const rest = started.filter((step) => !view.doing.has(keyOf(step)));
  const slots = slotsFree(view) - rest.filter((step) => step.do === "gate").length;
  const agent = !view.doing.has("agent") && !rest.some((step) => laneOf(step) === "agent");
  const more = stepBetween(view, { slots, agent, none: rest.length === 0 });
  return more === undefined ? rest : laneOf(more) === "now" ? [more] : [...rest, more];
}

/** What the open experiments need, the oldest first; a step that is over at once comes alone. */
function openSteps(view: View): readonly Step[] {
  const { session, doing } = view;
  const steps: Step[] = session.openRuns.map((r) => stepOfRun(view, r.experiment, r.run));
  const running = new Set(session.openRuns.map((r) => r.asked ?? r.experiment));
  const free = { slots: slotsFree(view), agent: !doing.has("agent") };
  for (const number of session.open) {
    if (running.has(number) || [...doing].some((key) => key.startsWith(`${number}/`))) continue;
    const step = stepOfExperiment(view, need(view, number));
    const lane = laneOf(step);
    // The end of a session waits for what is being done.
    if (step.do === "end" && (doing.size > 0 || steps.length > 0)) continue;
    if (step.do === "ask" && free.slots < 1) continue;
    if (lane === "now") return [step];
    if (lane === "agent" ? !free.agent : free.slots < 1) continue;
    steps.push(step);
    if (lane === "agent") free.agent = false;
    else free.slots -= 1;
  }
  return steps;
}

/** A slot is taken by a run from when it is asked for until it is measured, and by a gate while it is done. */
function slotsFree(view: View): number {
  const gates = [...view.doing].filter((key) => key.endsWith("/gate")).length;
  return view.slots - view.session.openRuns.length - gates;
}

interface Free {
  readonly slots: number;
  readonly agent: boolean;
  /** Nothing else is to be started. */
  readonly none: boolean;
}

/** What to begin beside the open experiments: the next one, a canary, or the end. */
function stepBetween(view: View, free: Free): Step | undefined {
  const { session } = view;
  if (session.lastExperiment < 0) return { do: "open" };
  const open = session.open.filter((n) => n > 0);
  // The baseline stands alone: before its noise is known nothing can be judged.
  if (session.open.includes(0)) return undefined;
  const waiting = open.filter((n) => !session.openRuns.some((r) => (r.asked ?? r.experiment) === n));
  if (!free.agent || waiting.length >= view.lookahead + Math.max(0, free.slots)) return undefined;
  const idle = open.length === 0 && session.openRuns.length === 0 && view.doing.size === 0 && free.none;
  const end = endStep(view);
  if (end !== undefined) return idle || laneOf(end) === "agent" ? end : undefined;
  if (canaryIsDue(view, open, free)) return { do: "ask", experiment: session.champion.experiment, role: "canary" };
  return { do: "open" };
}

/** Between contests; with several slots there is hardly ever a moment without one. */
function canaryIsDue(view: View, open: readonly number[], free: Free): boolean {
  const { session } = view;
  if (due(session.evidence, session.rules) !== "champion" || free.slots < 1) return false;
  if (session.openRuns.some((r) => r.role === "canary")) return false;
  return view.slots > 1 || !open.some((n) => (view.find(n)?.runs.length ?? 0) > 0);
}

function stepOfRun(view: View, experiment: number, run: number): Step {
  const open = need(view, experiment).runs.find((r) => r.run === run);
  return { do: open?.outcome === undefined ? "run" : "measure", experiment, run };
}

function need(view: View, n: number): Experiment {
  const e = view.find(n);
  if (e === undefined) throw new Error(`the ledger has no experiment ${n}`);
  return e;
}
