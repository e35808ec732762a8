/**
 * Whether an error text says "too many requests", and until when. The texts are those of model providers and of the
 * command-line agents, which tell the time in many ways: a count of seconds, a duration, an ISO time, seconds since
 * 1970, "resets 1am (Europe/Berlin)".
 *
 * Only for texts that are known to be errors: a model may write about rate limits too. An empty account is no rate
 * limit, because waiting does not fill it. Not covered: times in other languages than English.
 */
import { oneLine } from "../../util/text.ts";

export interface RateLimit {
  readonly why: string;
  /** ISO time; missing when the text names none that makes sense. */
  readonly until?: string | undefined;
}

const LIMITED = new RegExp(
  String.raw`\b429\b|too many requests|rate[ _-]?limit|usage limit|hit your (?:\w+ )?limit|limit reached` +
    "|RESOURCE_EXHAUSTED|overloaded",
  "i",
);
const ACCOUNT = /insufficient[ _]quota|credit balance|billing|payment required/i;
/** A wait longer than this is no rate limit; weekly limits of subscriptions are the longest known. */
const MAX_AHEAD_MS = 8 * 24 * 3600_000;
const MAX_LOOKED_AT = 16 * 1024;

/** Undefined when the text says nothing of a rate limit. */
export function rateLimitIn(text: string, now: Date): RateLimit | undefined {
  const looked = text.slice(-MAX_LOOKED_AT);
  if (!LIMITED.test(looked) || ACCOUNT.test(looked)) return undefined;
  const line = looked.split("\n").find((l) => LIMITED.test(l)) ?? looked;
  const at = READERS.map((read) => read(looked, now)).find((time) => isAhead(time, now));
  return { why: oneLine(line, 300), until: at?.toISOString() };
}

type Reader = (text: string, now: Date) => Date | undefined;

function isAhead(time: Date | undefined, now: Date): time is Date {
  if (time === undefined || Number.isNaN(time.getTime())) return false;
  const ahead = time.getTime() - now.getTime();
  return ahead > 0 && ahead <= MAX_AHEAD_MS;
}

const READERS: readonly Reader[] = [isoTime, unixTime, duration, namedDate, clock];

const ISO = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)`;
const ISO_TIME = new RegExp(String.raw`(?:reset|retry|until|again)[^\n]{0,60}?(${ISO})`, "i");

/** "reset_at": "2026-01-01T00:00:00Z" */
function isoTime(text: string): Date | undefined {
  const match = ISO_TIME.exec(text)?.[1];
  return match === undefined ? undefined : new Date(match);
}

/** "usage limit reached|1764032400" */
function unixTime(text: string): Date | undefined {
  const match = /(?:\||reset\w*["']?\s*[:=]\s*["']?)(1\d{9})\b/i.exec(text)?.[1];
  return match === undefined ? undefined : new Date(Number(match) * 1000);
}

const COUNT = String.raw`\d+(?:\.\d+)?\s*[a-z]*[ ,]*`;
const WAIT = `retry[ _-]?(?:after|delay|in)|again (?:in|after)|resets? (?:in|after)|wait`;
const DURATION = new RegExp(String.raw`(?:${WAIT})["']?\s*[:=]?\s*["']?((?:${COUNT}){1,4})`, "i");

/** "retry-after: 30", "try again in 1h 5m 3.2s", "retryDelay": "32s" */
function duration(text: string, now: Date): Date | undefined {
  const parts = [...(DURATION.exec(text)?.[1] ?? "").matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)/gi)];
  const seconds = parts.reduce((sum, [, count, unit = ""]) => sum + Number(count) * secondsIn(unit.toLowerCase()), 0);
  return seconds > 0 ? new Date(now.getTime() + seconds * 1000) : undefined;
}

function secondsIn(unit: string): number {
  if (unit === "ms" || unit.startsWith("milli")) return 0.001;
  if (unit.startsWith("m")) return 60;
  if (unit.startsWith("h")) return 3600;
  if (unit.startsWith("d")) return 86_400;
  return 1;
}

const DAY = String.raw`([A-Z][a-z]{2,8} \d{1,2})(?:st|nd|rd|th)?,? (\d{4}),? (\d{1,2}:\d\d ?[AP]M)`;
const NAMED_DATE = new RegExp(`(?:again at|resets?(?: at| on)?) ${DAY}`, "i");

/** "try again at Nov 26th, 2025 3:15 PM": local time. */
function namedDate(text: string): Date | undefined {
  const found = NAMED_DATE.exec(text);
  return found === null ? undefined : new Date(`${found[1]}, ${found[2]} ${found[3]}`);
}

const ZONE = String.raw`(?: ?\(([A-Za-z_/+-]{2,40})\))?`;
const CLOCK = new RegExp(String.raw`(?:resets?|again)(?: at)? (\d{1,2})(?::(\d\d))? ?([ap])\.?m\b\.?${ZONE}`, "i");

/** "resets 1am", "resets at 3:15 pm (Europe/Berlin)": the next time that clock shows it. */
function clock(text: string, now: Date): Date | undefined {
  const found = CLOCK.exec(text);
  if (found === null) return undefined;
  const [, hour, minute = "0", half = "a", zone] = found;
  const minutes = ((Number(hour) % 12) + (half.toLowerCase() === "p" ? 12 : 0)) * 60 + Number(minute);
  const shown = minutesOfDay(now, zone);
  const wait = (minutes - shown + 1440) % 1440;
  return new Date(Math.floor(now.getTime() / 60_000) * 60_000 + (wait === 0 ? 1440 : wait) * 60_000);
}

/** What a clock in that zone shows, as minutes after midnight; the local clock for a zone nobody knows. */
function minutesOfDay(now: Date, zone: string | undefined): number {
  try {
    const format = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone } as const;
    const [hour = "0", minute = "0"] = new Intl.DateTimeFormat("en-GB", format).format(now).split(":");
    return Number(hour) * 60 + Number(minute);
  } catch {
    return now.getHours() * 60 + now.getMinutes();
  }
}
