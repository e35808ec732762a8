/**
 * Why no further experiment is begun, and what still has to be done before the session ends: fresh runs of the first
 * baseline and the champion, interleaved, for the one figure of the night that is not biased. Pure.
 */
import { type Experiment, wasLost } from "../experiment.ts";
import { type Session, workedMs } from "../ledger/session.ts";
import { reachedCap } from "./caps.ts";
import type { EndReason, Step, View } from "./step.ts";

/** Experiments in a row without a usable proposal, after which the agent gets a pause, or the session ends. */
const MAX_AGENT_FAILURES = 5;
/** A minute, five, a quarter of an hour: what a network, a login or a provider needs to come back. */
export const AGENT_PAUSES: readonly number[] = [60, 300, 900];

/** The end of the session, or a step on the way to it; undefined when another experiment may be begun. */
export function endStep(view: View): Step | undefined {
  const end = endOf(view);
  if (end === undefined) return undefined;
  if (end.do !== "end") return end;
  return confirmStep(view) ?? end;
}

function endOf(view: View): Step | undefined {
  const { session } = view;
  const { experiments, seconds } = session.limits;
  if (experiments !== undefined && session.lastExperiment >= experiments) {
    return end("experiments", `${session.lastExperiment} experiments after the baseline`);
  }
  const cap = reachedCap(session, expectedSeconds(view));
  if (cap !== undefined) return end("cap", cap);
  const worked = workedMs(session) / 1000;
  if (seconds !== undefined && worked + expectedSeconds(view) > seconds) {
    return end(
      "time",
      `${Math.round(worked)} of ${seconds} s are used; one more takes about ${Math.round(expectedSeconds(view))} s`,
    );
  }
  // What a person has handed in needs no agent.
  if (view.handedIn === true) return undefined;
  if (session.exhausted !== undefined) return end("exhausted", session.exhausted);
  return breakerStep(view);
}

/**
 * An agent that fails again and again is left alone, longer each time, with one experiment in between as a probe; after
 * the last pause the session ends.
 */
function breakerStep(view: View): Step | undefined {
  const { session, agentPauses = [] } = view;
  const { agentFailures, pauses, pausedUntil } = session;
  if (agentFailures < MAX_AGENT_FAILURES) return undefined;
  if (pausedUntil !== undefined && pausedUntil > view.now) return { do: "wait", until: pausedUntil };
  // One failure more than pauses so far: the probe has failed too.
  if (agentFailures - MAX_AGENT_FAILURES < pauses) return undefined;
  const reason = view.find(session.lastExperiment)?.verdict?.reason;
  const detail = `${agentFailures} experiments in a row without a proposal: ${reason}`;
  const seconds = agentPauses[pauses];
  return seconds === undefined ? end("agent", detail) : { do: "pause", seconds, detail };
}

/**
 * What one more experiment will take, and the confirmation that must follow: by the mean of those so far, in seconds.
 */
function expectedSeconds(view: View): number {
  const { session, confirmRuns } = view;
  if (session.lastExperiment < 0 || session.counts.runs === 0) return 0;
  const worked = workedMs(session) / 1000;
  const perRun = worked / session.counts.runs;
  return worked / (session.lastExperiment + 1) + (session.rules.deterministic ? 2 : 2 * confirmRuns) * perRun;
}

function end(why: EndReason, detail: string): Step {
  return { do: "end", why, detail };
}

/** The next fresh run, or the word on them; undefined when there is nothing to confirm or it is done. */
function confirmStep(view: View): Step | undefined {
  const { session } = view;
  const champion = session.champion.experiment;
  const wanted = session.rules.deterministic ? Math.min(1, view.confirmRuns) : view.confirmRuns;
  if (wanted === 0 || champion === 0 || session.confirmation?.experiment === champion) return undefined;
  const before = freshRuns(session, view.find(0));
  const after = freshRuns(session, view.find(champion));
  const tries = before.length + after.length;
  // Lost and failed runs are tried again, but not for ever.
  if ((counted(before) >= wanted && counted(after) >= wanted) || tries >= 4 * wanted) return { do: "confirm" };
  const role = "confirm" as const;
  return { do: "ask", experiment: baselineIsNext(before.length, after.length, wanted) ? 0 : champion, role };
}

/** A B B A A B B A: a machine that slowly changes then weighs on both sides alike. */
function baselineIsNext(before: number, after: number, wanted: number): boolean {
  if (before >= wanted && after < wanted) return false;
  if (after >= wanted && before < wanted) return true;
  const position = (before + after) % 4;
  return position === 0 || position === 3;
}

/** Fresh runs of an experiment for the confirmation that is being made: those asked for since the last one. */
export function freshRuns(session: Session, e: Experiment | undefined): readonly Experiment["runs"][number][] {
  const since = e === undefined ? undefined : session.confirmedRuns[e.number];
  return (e?.runs ?? []).filter((r) => r.role === "confirm" && r.run > (since ?? 0));
}

function counted(runs: readonly Experiment["runs"][number][]): number {
  return runs.filter((r) => !wasLost(r) && r.measurement?.metric !== undefined).length;
}
