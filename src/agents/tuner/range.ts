/**
 * What a comment behind a constant says about its range. The grammar, at the start of the comment and in any case:
 *
 *     1e-4..3e-2 [log | linear] [int] [step 0.5 | multiple of 8 | power of two]   a stretch, ends included
 *     one of 2|4|6        one of "adamw"|"muon"                                   choices
 *     int   log   linear   step 8   multiple of 64   power of two                 a default stretch, so limited
 *     fixed                                                                       never touched
 *
 * Whatever follows is prose. What looks like a range and is none is a fault: it is said, and the default is used.
 */

export interface Limits {
  readonly scale?: "linear" | "log" | undefined;
  readonly integer?: boolean | undefined;
  /** `multiple` counts from 0, a step from the low end. */
  readonly step?: { readonly size: number; readonly from: "zero" | "low" } | undefined;
  readonly powerOfTwo?: boolean | undefined;
}

export type RangeNote =
  | { readonly kind: "none" }
  | { readonly kind: "fixed" }
  | {
      readonly kind: "stretch";
      readonly low: number;
      readonly high: number;
      readonly whole: boolean;
      readonly limits: Limits;
    }
  | { readonly kind: "limits"; readonly limits: Limits }
  | { readonly kind: "choices"; readonly texts: readonly string[] }
  | { readonly kind: "fault"; readonly why: string };

const NUMBER = String.raw`[+-]?(?:\d[\d_]*(?:\.\d[\d_]*)?|\.\d+)(?:[eE][+-]?\d+)?`;
const STRETCH = new RegExp(`^(${NUMBER})\\s*\\.\\.\\s*(${NUMBER})(?![\\w.])(.*)$`, "s");
const ALMOST = /^(?!\S*\.\.\.)[+-]?[\d.][\w.+-]*\s*\.\.(?!\.)|^\.\.\s*[+-]?\d/;
const MOST_CHOICES = 64;

/** Reads the comment; see the grammar above. */
export function readRange(comment: string): RangeNote {
  if (/^fixed\b/i.test(comment)) return { kind: "fixed" };
  const choices = /^one of\b:?\s*(.*)$/is.exec(comment);
  if (choices !== null) return readChoices(choices[1] ?? "");
  const stretch = STRETCH.exec(comment);
  if (stretch !== null) return readStretch(stretch);
  if (ALMOST.test(comment)) return { kind: "fault", why: `"${comment.slice(0, 40)}" is no range like 1e-4..3e-2` };
  return readBareLimits(comment);
}

function readStretch(match: RegExpExecArray): RangeNote {
  const [low, high] = [toNumber(match[1]), toNumber(match[2])];
  const limits = readLimits(match[3] ?? "");
  const shown = `${match[1]}..${match[2]}`;
  if (typeof limits === "string") return { kind: "fault", why: `${shown}: ${limits}` };
  if (!Number.isFinite(low) || !Number.isFinite(high)) return { kind: "fault", why: `${shown} has no finite ends` };
  if (low >= high) return { kind: "fault", why: `${shown}: the low end must be below the high end` };
  if ((limits.scale === "log" || limits.powerOfTwo) && low <= 0) {
    return { kind: "fault", why: `${shown}: a log scale or powers of two need a low end above 0` };
  }
  const whole = Number.isInteger(low) && Number.isInteger(high) && !/[.eE]/.test(`${match[1]}${match[2]}`);
  return { kind: "stretch", low, high, whole, limits };
}

/** Limits without a stretch; prose that happens to start with such a word is no limit. */
function readBareLimits(comment: string): RangeNote {
  if (
    !/^(?:(?:int|integer|log|linear)\s*(?:$|[,;])|step\s+[\d.]|multiple of\s+[\d.]|powers? of (?:two|2)\b)/i.test(
      comment,
    )
  ) {
    return { kind: "none" };
  }
  const limits = readLimits(comment);
  return typeof limits === "string" ? { kind: "fault", why: limits } : { kind: "limits", limits };
}

function readLimits(text: string): Limits | string {
  let rest = text;
  let limits: Limits = {};
  for (;;) {
    const word = /^\s*(log|linear|int|integer)\b/i.exec(rest);
    const step = new RegExp(`^\\s*(step|multiple of)\\s+(${NUMBER})(?![\\w.])`, "i").exec(rest);
    const power = /^\s*powers? of (?:two|2)\b/i.exec(rest);
    if (word !== null) limits = withWord(limits, word[1]!.toLowerCase());
    else if (power !== null) limits = { ...limits, powerOfTwo: true };
    else if (step === null) return limits;
    if (step !== null) {
      const size = toNumber(step[2]);
      if (!(size > 0) || !Number.isFinite(size)) return `${step[1]} ${step[2]} is not above 0`;
      limits = { ...limits, step: { size, from: step[1]!.toLowerCase() === "step" ? "low" : "zero" } };
    }
    rest = rest.slice((word ?? step ?? power)![0].length);
  }
}

function withWord(limits: Limits, word: string): Limits {
  return word === "log" || word === "linear" ? { ...limits, scale: word } : { ...limits, integer: true };
}

/** `2|4|6`, quoted or bare; prose may follow a bare one after a comma, a semicolon or a bracket. */
function readChoices(text: string): RangeNote {
  const texts: string[] = [];
  let rest = text;
  for (;;) {
    const item = /^\s*(?:"([^"]*)"|'([^']*)'|([^\s|,;()"']+))\s*(\|)?/.exec(rest);
    if (item === null) break;
    texts.push(item[1] ?? item[2] ?? item[3] ?? "");
    rest = rest.slice(item[0].length);
    if (item[4] === undefined) break;
  }
  const unique = [...new Set(texts)];
  if (unique.length < 2) return { kind: "fault", why: `one of ${text.slice(0, 40)}: needs two values with | between` };
  if (unique.length > MOST_CHOICES) return { kind: "fault", why: `one of: more than ${MOST_CHOICES} values` };
  return { kind: "choices", texts: unique };
}

function toNumber(text: string | undefined): number {
  return Number((text ?? "").replaceAll("_", ""));
}
