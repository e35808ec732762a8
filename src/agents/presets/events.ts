/**
 * Reading the JSON events that coding agents print, one per line. The text is untrusted and its format changes from
 * version to version: what is not understood is passed over, a number that is none is missing.
 */

export type Event = Readonly<Record<string, unknown>>;

/** Every line that is a JSON object; also one object printed over many lines, when that is all there is. */
export function eventsIn(stdout: string): readonly Event[] {
  const events = stdout.split("\n").flatMap((line) => {
    const event = line.trimStart().startsWith("{") ? parsed(line) : undefined;
    return event === undefined ? [] : [event];
  });
  if (events.length > 0) return events;
  const whole = parsed(stdout.slice(Math.max(0, stdout.indexOf("{"))));
  return whole === undefined ? [] : [whole];
}

function parsed(text: string): Event | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Event {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value deep inside; undefined when the way there ends early. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (here, key) => (isObject(here) && Object.hasOwn(here, key) ? here[key] : undefined),
    value,
  );
}

/** A count or an amount: finite and not negative. */
export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === "number" && Number.isFinite(found) && found >= 0 ? found : undefined;
}

export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === "string" ? found : undefined;
}

/** The sum of what is known; undefined when nothing is. */
export function sum(...parts: readonly (number | undefined)[]): number | undefined {
  const known = parts.filter((part) => part !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, part) => total + part, 0);
}
