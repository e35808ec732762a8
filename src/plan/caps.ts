/**
 * Caps: promises about what a whole session may take, over all its sittings. Looked at before anything is begun that
 * costs: an experiment, a turn of the agent. Pure.
 */
import type { TurnLimits } from "../agent.ts";
import type { Usage } from "../experiment.ts";
import { type Session, workedMs } from "../ledger/session.ts";

/** Which cap leaves no room for what comes next, in words; undefined when all leave room. */
export function reachedCap(session: Session, expectedSeconds: number): string | undefined {
  const { experiments, seconds } = session.caps;
  if (experiments !== undefined && session.lastExperiment >= experiments) {
    return `${session.lastExperiment} of ${experiments} experiments are made`;
  }
  const worked = workedMs(session) / 1000;
  if (seconds !== undefined && worked + expectedSeconds > seconds) {
    return `${Math.round(worked)} of ${seconds} s are used; one more takes about ${Math.round(expectedSeconds)} s`;
  }
  return reachedSpending(session);
}

/** The same for what a turn of the agent costs. The next turn is expected to cost what the turns so far did. */
export function reachedSpending(session: Session): string | undefined {
  const { dollars, tokens } = session.caps;
  const { usage, turns } = session;
  if (dollars !== undefined) {
    if (session.unpriced > 0)
      return `the price of ${session.unpriced} turns is unknown, so ${money(dollars)} cannot be promised`;
    const spent = usage.dollars ?? 0;
    const next = turns === 0 ? 0 : spent / turns;
    if (passes(spent, next, dollars))
      return `${money(spent)} of ${money(dollars)} are spent; a turn costs about ${money(next)}`;
  }
  if (tokens !== undefined) {
    if (session.uncounted > 0)
      return `the tokens of ${session.uncounted} turns are unknown, so ${tokens} cannot be promised`;
    const spent = tokensOf(usage);
    const next = turns === 0 ? 0 : spent / turns;
    if (passes(spent, next, tokens))
      return `${spent} of ${tokens} tokens are used; a turn takes about ${Math.round(next)}`;
  }
  return undefined;
}

/** Something that costs nothing may always be begun, at a cap of 0 too. */
function passes(spent: number, next: number, cap: number): boolean {
  return spent > cap || (next > 0 && spent + next > cap);
}

/** What the next turn may spend: what is left of each cap. */
export function turnLimits(session: Session): TurnLimits {
  const { dollars, tokens } = session.caps;
  return {
    dollars: dollars === undefined ? undefined : Math.max(0, dollars - (session.usage.dollars ?? 0)),
    tokens: tokens === undefined ? undefined : Math.max(0, tokens - tokensOf(session.usage)),
  };
}

/** Tokens read and written. */
export function tokensOf(usage: Usage): number {
  return (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0);
}

function money(dollars: number): string {
  return `$${dollars.toFixed(2)}`;
}
