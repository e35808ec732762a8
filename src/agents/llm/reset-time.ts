/**
 * When a rate limit ends, read from what a server said: headers first, then the body. Pure.
 *
 * Known: Retry-After (seconds or a date), retry-after-ms; Anthropic's and OpenAI's reset headers, of which those with
 * nothing remaining count; OpenRouter's X-RateLimit-Reset (also inside its body); Google's RetryInfo; "try again in
 * 20s" and "resets at TIME" in words. Not known is undefined. At most 8 days ahead: more is a misreading.
 */

const LONGEST_MS = 8 * 24 * 3600 * 1000;

export interface Said {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** ISO time, never before `now`. */
export function resetTime({ headers, body, now }: Said): string | undefined {
  const text = body.slice(0, 20_000);
  const found = [fromRetryAfter(headers, now), fromResetHeaders(headers, now), fromBody(text, now)];
  const at = found.find((time) => time !== undefined && time - now <= LONGEST_MS);
  return at === undefined ? undefined : new Date(Math.max(at, now)).toISOString();
}

function fromRetryAfter(headers: Said["headers"], now: number): number | undefined {
  const ms = number(headers["retry-after-ms"]);
  if (ms !== undefined) return now + ms;
  const after = headers["retry-after"];
  const seconds = number(after);
  return seconds !== undefined ? now + seconds * 1000 : date(after);
}

const RESET_HEADER = /^(?:anthropic-ratelimit-(.+)-reset|x-ratelimit-reset(?:-(.+))?)$/;

/** Of several limits the one that is used up; when none says so, the first to end. */
function fromResetHeaders(headers: Said["headers"], now: number): number | undefined {
  const limits = Object.entries(headers).flatMap(([name, value]) => {
    const match = RESET_HEADER.exec(name);
    const at = match === null ? undefined : moment(value, now);
    if (match === null || at === undefined) return [];
    const remaining = number(headers[remainingHeader(match)]);
    return [{ at, used: remaining !== undefined && remaining <= 0 }];
  });
  const used = limits.filter((l) => l.used).map((l) => l.at);
  if (used.length > 0) return Math.max(...used);
  return limits.length === 0 ? undefined : Math.min(...limits.map((l) => l.at));
}

function remainingHeader(match: RegExpExecArray): string {
  if (match[1] !== undefined) return `anthropic-ratelimit-${match[1]}-remaining`;
  return match[2] === undefined ? "x-ratelimit-remaining" : `x-ratelimit-remaining-${match[2]}`;
}

function fromBody(body: string, now: number): number | undefined {
  const delay = /"retryDelay"\s*:\s*"([^"]{1,40})"/.exec(body)?.[1];
  const inBody = /"x-ratelimit-reset"\s*:\s*"?(\d{1,16})/i.exec(body)?.[1];
  const inWords = /(?:try again|retry|resets?|available)(?: again)? (?:in|after) ([\d.]+ ?[a-z][a-z0-9. ]{0,30})/i.exec(
    body,
  );
  const at = /resets? (?:at|on):? ["']?(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)?|\d{9,13})/i.exec(body)?.[1];
  const times = [delay, inBody, at, inWords?.[1]].map((text) => moment(text, now));
  return times.find((time) => time !== undefined);
}

/** A date, seconds or milliseconds since 1970, seconds from now, or a duration such as 6m0s. */
function moment(text: string | undefined, now: number): number | undefined {
  const value = number(text);
  if (value === undefined) return date(text) ?? duration(text, now);
  if (value > 1e11) return value;
  return value > 1e8 ? value * 1000 : now + value * 1000;
}

function number(text: string | undefined): number | undefined {
  if (text === undefined || !/^\s*\d+(\.\d+)?\s*$/.test(text)) return undefined;
  return Number(text);
}

function date(text: string | undefined): number | undefined {
  // Date.parse reads nearly anything with a digit in it ("6m0s" is a year); these are the forms that servers send.
  if (text === undefined || !/^\s*(\d{4}-\d\d-\d\d[T ]|[A-Z][a-z]{2}, \d)/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function duration(text: string | undefined, now: number): number | undefined {
  const parts = [...(text ?? "").toLowerCase().matchAll(/(\d+(?:\.\d+)?)\s*(milliseconds?|ms|[dhms])/g)];
  if (parts.length === 0) return undefined;
  const unit = (word = "") => UNITS[word.startsWith("milli") ? "ms" : word] ?? 0;
  return now + parts.reduce((sum, part) => sum + Number(part[1]) * unit(part[2]), 0);
}
