/**
 * Waiting that a person can end at once.
 */
import { setTimeout as delay } from "node:timers/promises";

/** Resolves at an ISO time by the machine's clock, looked at every 30 s at most so that a suspended machine or a moved
 * clock is noticed; rejects with the signal's reason. */
export async function sleepUntil(until: string, signal: AbortSignal): Promise<void> {
  const end = Date.parse(until);
  while (Date.now() < end) {
    signal.throwIfAborted();
    await delay(Math.min(30_000, Math.max(1, end - Date.now())), undefined, { signal }).catch(() => undefined);
  }
  signal.throwIfAborted();
}
