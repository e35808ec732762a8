/**
 * Durations as people write them: `60s`, `5m`, `1h30m`, `1.5h`, and a bare number for seconds.
 *
 * One spelling each way: hours before minutes before seconds, no blanks, no words.
 */

/** What a duration may look like, also for the JSON Schema. */
export const DURATION_PATTERN = /^(?=\d)(\d{1,9}(?:\.\d{1,6})?h)?(\d{1,9}(?:\.\d{1,6})?m)?(\d{1,9}(?:\.\d{1,6})?s?)?$/;

/** Shortest and longest duration of anything in a program, in seconds: a tenth of a second to a week. */
export const MIN_SECONDS = 0.1;
export const MAX_SECONDS = 604_800;

/** Seconds, or undefined when the text is no duration or out of range. */
export function parseDuration(text: string | number): number | undefined {
  if (typeof text === "number") return inRange(text);
  const match = DURATION_PATTERN.exec(text.trim());
  if (match === null) return undefined;
  const part = (index: number) => Number.parseFloat(match[index] ?? "0");
  return inRange(part(1) * 3600 + part(2) * 60 + part(3));
}

/** The shortest spelling of whole seconds: 5400 is `1h30m`. Rounds up to a whole second. */
export function formatDuration(seconds: number): string {
  const whole = Math.ceil(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = whole % 60;
  const text = `${hours > 0 ? `${hours}h` : ""}${minutes > 0 ? `${minutes}m` : ""}${rest > 0 ? `${rest}s` : ""}`;
  return text === "" ? "0s" : text;
}

/** A likely correct spelling of a near miss such as `60 minutes` or `5 min`, for the fix. */
export function guessDuration(text: string): string | undefined {
  const parts = [...text.slice(0, 100).matchAll(/(\d{1,6}) ?([a-z]{1,10})/gi)];
  const guess = parts.map((part) => `${part[1]}${(part[2] ?? "").toLowerCase().slice(0, 1)}`).join("");
  return parseDuration(guess) === undefined ? undefined : guess;
}

function inRange(seconds: number): number | undefined {
  return seconds >= MIN_SECONDS && seconds <= MAX_SECONDS ? seconds : undefined;
}
