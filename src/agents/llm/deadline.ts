/**
 * The end of a turn by time or by the person, as one signal: the timer is cleared with the turn, and which of the two
 * it was can be told.
 */

export interface Deadline {
  readonly signal: AbortSignal;
  readonly passed: () => boolean;
  readonly clear: () => void;
}

export function openDeadline(outer: AbortSignal, seconds: number): Deadline {
  const controller = new AbortController();
  let passed = false;
  const stop = () => controller.abort(outer.reason);
  const timer = setTimeout(
    () => {
      passed = true;
      controller.abort(new Error(`no end within the turn's timeout of ${seconds} s`));
    },
    // A longer delay than this fires at once.
    Math.min(seconds * 1000, 2 ** 31 - 1),
  );
  outer.addEventListener("abort", stop, { once: true });
  if (outer.aborted) stop();
  const clear = () => {
    clearTimeout(timer);
    outer.removeEventListener("abort", stop);
  };
  return { signal: controller.signal, passed: () => passed, clear };
}
