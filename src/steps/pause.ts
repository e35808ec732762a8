/**
 * The agent failed again and again: it is left alone for a while, and the person is told.
 */
import type { Step } from "../plan.ts";
import { record, sessionNow, type Yard } from "../yard.ts";

export function pause(yard: Yard, step: Extract<Step, { do: "pause" }>): void {
  const until = new Date(Date.now() + step.seconds * 1000).toISOString();
  const isFirst = sessionNow(yard).pauses === 0;
  record(yard, { type: "paused", until, detail: step.detail });
  // Once per series, so that a night of pauses is one message.
  if (isFirst)
    record(yard, { type: "noted", what: NEEDS_YOU, detail: `${step.detail}; it is asked again at ${until}` });
}

/** What notifications hang on: something that a person should look at now. */
export const NEEDS_YOU = "needs you";
