/**
 * Whether a session waits for its agent, and until when: the state between two events that a person would take for a
 * standstill.
 */
import type { Experiment } from "../experiment.ts";
import type { Session } from "../ledger/session.ts";

/** ISO time until which nothing is asked of the agent; undefined when nothing is waited for at `now`. */
export function waitsUntil(session: Session, open: Experiment | undefined, now: string): string | undefined {
  const last = open?.turns.at(-1);
  const limited = last?.kind === "rateLimited" && last.elsewhere !== true ? last.until : undefined;
  const paused = open === undefined ? session.pausedUntil : undefined;
  return [limited, paused].find((until) => until !== undefined && until > now);
}

/** "waiting for the agent until 01:00", by the clock on the wall; the day too when it is another one. */
export function waitingWords(until: string, now = new Date()): string {
  const at = new Date(until);
  const two = (x: number) => String(x).padStart(2, "0");
  const day = at.toDateString() === now.toDateString() ? "" : `${at.getMonth() + 1}/${at.getDate()} `;
  return `waiting for the agent until ${day}${two(at.getHours())}:${two(at.getMinutes())}`;
}
