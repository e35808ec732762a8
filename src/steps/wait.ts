/**
 * Waits for an agent that is rate-limited or paused. A change that a person hands in ends the wait: it needs no agent.
 */
import type { Step } from "../plan.ts";
import { countIn } from "../spool.ts";
import { sleepUntil } from "../util/sleep.ts";
import type { Yard } from "../yard.ts";
import { takeTags } from "./take-tags.ts";

const LOOK_MS = 2000;

/** Returns at `until`, earlier when something is handed in; rejects with the signal's reason. */
export async function wait(yard: Yard, { until, patient }: Extract<Step, { do: "wait" }>): Promise<void> {
  const { stateDir } = yard.ws;
  const notes = await countIn(stateDir, "note");
  for (;;) {
    const now = Date.now();
    const end = Date.parse(until);
    if (!(end > now)) return yard.signal.throwIfAborted();
    if (patient !== true && (await countIn(stateDir, "change")) > 0) return;
    if ((await countIn(stateDir, "note")) !== notes) return;
    // Taken on the way, and the wait goes on: a tag is no word for the agent.
    if ((await countIn(stateDir, "tag")) > 0) await takeTags(yard);
    await sleepUntil(new Date(Math.min(end, now + LOOK_MS)).toISOString(), yard.signal);
  }
}
