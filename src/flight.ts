/**
 * What is being done at one time: steps by their names, and the one rule about failures: when one step fails, all
 * others are told to stop, and nobody leaves before they have.
 */

export interface Flight {
  /** None of them rejects: a failure is kept in `signal`. */
  readonly doing: Map<string, Promise<void>>;
  readonly failed: AbortController;
  /** Aborted when the person stops the session, and when a step has failed: with its error. */
  readonly signal: AbortSignal;
}

export function takeOff(signal: AbortSignal): Flight {
  const failed = new AbortController();
  return { doing: new Map(), failed, signal: AbortSignal.any([signal, failed.signal]) };
}

/** Adds a step that was just started. */
export function launch(flight: Flight, key: string, step: Promise<void>): void {
  const ended = step.then(
    () => undefined,
    (error: unknown) => flight.failed.abort(error),
  );
  flight.doing.set(
    key,
    ended.finally(() => flight.doing.delete(key)),
  );
}

/** Stops what is still being done and resolves when nothing is. */
export async function land(flight: Flight): Promise<void> {
  if (flight.doing.size > 0) flight.failed.abort(new Error("the session has ended"));
  await Promise.all(flight.doing.values());
}
