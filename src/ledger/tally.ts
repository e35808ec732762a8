/**
 * What each agent yielded and cost, folded from the events: the memory of a mix. Pure.
 *
 * A run is charged to whoever made the proposal that it is for, a reference run too. Not counted: the baseline,
 * canaries, and what a person handed in, which is nobody's yield.
 */
import { FADE, NO_TALLY, type Tally } from "../agent/standing.ts";
import { agentOf, type Experiment, PERSON, type Usage, type Verdict } from "../experiment.ts";
import type { SessionEvent } from "./events.ts";

export type Tallies = Readonly<Record<string, Tally>>;

type Turn = Extract<SessionEvent, { type: "proposed" | "turn-ended" }>;

/** After a turn: what it took, and whether the agent can be asked again. */
export function afterTurn(tallies: Tallies, event: Turn): Tallies {
  const { agent, usage } = event;
  if (agent === undefined || agent === PERSON) return tallies;
  const before = tallies[agent] ?? NO_TALLY;
  const ended = event.type === "turn-ended" ? event : undefined;
  const after = {
    ...before,
    ...costOf(before, usage),
    restsUntil: ended?.kind === "rateLimited" ? ended.until : undefined,
    exhausted: ended?.kind === "exhausted" ? true : before.exhausted,
    failures: failuresAfter(before, event),
  };
  return { ...tallies, [agent]: after };
}

function costOf(before: Tally, usage: Usage): Pick<Tally, "seconds" | "dollars" | "priced"> {
  return {
    seconds: before.seconds + usage.seconds,
    dollars: before.dollars + (usage.dollars ?? 0),
    priced: before.priced + (usage.dollars === undefined ? 0 : 1),
  };
}

/** A rate limit, and a space that is used up, are no fault. */
function failuresAfter(before: Tally, event: Turn): number {
  if (event.type === "proposed") return 0;
  const isFailure = event.kind === "failed" || event.kind === "refused" || event.kind === "noChange";
  return isFailure ? before.failures + 1 : before.failures;
}

/** After a run: its seconds count for whoever proposed what it is for. */
export function afterRun(tallies: Tallies, asking: Experiment | undefined, seconds: number): Tallies {
  const agent = asking === undefined ? undefined : agentOf(asking);
  const before = agent === undefined ? undefined : tallies[agent];
  if (agent === undefined || before === undefined) return tallies;
  return { ...tallies, [agent]: { ...before, seconds: before.seconds + seconds } };
}

/** After a verdict: everybody's numbers fade, and the proposer's count up. A keep that is no gain gains nothing. */
export function afterVerdict(tallies: Tallies, e: Experiment, verdict: Verdict): Tallies {
  const faded = Object.fromEntries(Object.entries(tallies).map(([name, tally]) => [name, fade(tally)]));
  const agent = agentOf(e);
  const before = agent === undefined ? undefined : faded[agent];
  if (agent === undefined || before === undefined) return faded;
  const kept = verdict.kind === "keep";
  const gain = kept ? Math.max(0, verdict.numbers.d ?? 0) : 0;
  const { experiments } = before;
  const after = {
    ...before,
    experiments: experiments + 1,
    kept: before.kept + (kept ? 1 : 0),
    gain: before.gain + gain,
  };
  return { ...faded, [agent]: after };
}

function fade(t: Tally): Tally {
  return {
    ...t,
    experiments: t.experiments * FADE,
    kept: t.kept * FADE,
    gain: t.gain * FADE,
    seconds: t.seconds * FADE,
    dollars: t.dollars * FADE,
    priced: t.priced * FADE,
  };
}

/** A new sitting: an agent that had nothing left may have something again. */
export function afterSitting(tallies: Tallies): Tallies {
  return Object.fromEntries(
    Object.entries(tallies).map(([name, t]) => [name, { ...t, exhausted: undefined, failures: 0 }]),
  );
}
