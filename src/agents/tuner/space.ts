/**
 * The domain of a constant: what its comment says, else a sensible stretch around its value.
 *
 * Defaults: numbers above 0 on a log scale from a tenth to ten times (integers a quarter to four times, powers of two
 * from 8 three doublings each way and never another number); shares stay in 0 to 1; decays move by their distance
 * from 1; a real 0 gets the steps 0, 0.001 … 1, an integer 0 gets 0 to 4; other negatives a linear stretch; booleans
 * both values; strings nothing. The stretch spans the first value known and the champion's, so that it does not close
 * behind a search that went far.
 */
import type { Constant } from "./constant.ts";
import { type Choice, type Domain, roundTo, type Span, type Value } from "./domain.ts";
import { isPlainText } from "./literal.ts";
import { numberKind, untouchable } from "./names.ts";
import { type Limits, type RangeNote, readRange } from "./range.ts";

export interface Placed {
  /** Missing when the constant is not to be turned. */
  readonly domain?: Domain | undefined;
  /** What was wrong with its comment; the default is used then. */
  readonly fault?: string | undefined;
  /** The comment gives a range. */
  readonly stated: boolean;
}

/** The domain of a constant; `first` is the earliest value known of it. */
export function placeConstant(constant: Constant, first: Value = constant.literal.value): Placed {
  if (untouchable(constant.name) !== undefined) return { stated: false };
  const range = readRange(constant.comment);
  if (range.kind === "fixed") return { stated: true };
  if (range.kind === "choices") return choicesOf(constant, range.texts);
  if (range.kind === "stretch") return stretchOf(constant, range);
  const fault = range.kind === "fault" ? range.why : undefined;
  const limits = range.kind === "limits" ? range.limits : {};
  return { domain: defaultDomain(constant, { first, limits }), fault, stated: false };
}

function choicesOf(constant: Constant, texts: readonly string[]): Placed {
  const { value } = constant.literal;
  const values = texts.flatMap((text): readonly Value[] => {
    if (typeof value === "string") return isWritable(constant, text) ? [text] : [];
    if (typeof value === "boolean") return /^(?:true|false)$/i.test(text) ? [text.toLowerCase() === "true"] : [];
    const number = Number(text.replaceAll("_", ""));
    return Number.isFinite(number) && text !== "" && fitsForm(constant, number) ? [number] : [];
  });
  const unique = [...new Set(values)];
  if (unique.length < texts.length || unique.length < 2) {
    return withDefault(constant, `one of ${texts.join("|").slice(0, 60)}: not all are values of its kind`);
  }
  const numbers = unique.filter((v) => typeof v === "number").sort((a, b) => a - b);
  return { domain: numbers.length > 0 ? listOf(numbers, true) : listOf(unique, false), stated: true };
}

function withDefault(constant: Constant, fault: string): Placed {
  return { domain: defaultDomain(constant, { first: constant.literal.value, limits: {} }), fault, stated: false };
}

/** Plain YAML strings go without quotes, so they must be plain words. */
function isWritable(constant: Constant, text: string): boolean {
  const { style } = constant.literal;
  if (style.kind === "string" && style.quote === "") return /^[A-Za-z][\w.+-]*$/.test(text) && !isYamlWord(text);
  return isPlainText(text);
}

function isYamlWord(text: string): boolean {
  return /^(?:true|false|yes|no|on|off|null|y|n)$/i.test(text);
}

function listOf(values: readonly Value[], ordered: boolean): Choice {
  return { kind: "choice", values, ordered };
}

/** Hexadecimal, octal and binary literals and 2**k can only say whole numbers. */
function fitsForm(constant: Constant, value: number): boolean {
  const { style } = constant.literal;
  if (style.kind !== "number" || style.form === "integer" || style.form === "decimal" || style.form === "exponent")
    return true;
  return Number.isSafeInteger(value) && (style.form !== "power" || Number.isInteger(Math.log2(value)));
}

function stretchOf(constant: Constant, range: Extract<RangeNote, { kind: "stretch" }>): Placed {
  const { literal } = constant;
  if (typeof literal.value !== "number" || literal.style.kind !== "number") {
    return withDefault(constant, `a range of numbers behind a ${typeof literal.value}`);
  }
  const { low, high, limits } = range;
  const isWhole = !["decimal", "exponent"].includes(literal.style.form) && range.whole;
  const integer = limits.integer ?? (isWhole && Number.isInteger(limits.step?.size ?? 1));
  const powerOfTwo = limits.powerOfTwo === true || literal.style.form === "power";
  const span: Span = {
    kind: "span",
    low,
    high,
    scale: limits.scale ?? (powerOfTwo ? "log" : usualScale(constant, low, high)),
    integer: integer || powerOfTwo,
    step: limits.step && { size: limits.step.size, origin: limits.step.from === "low" ? low : 0 },
    powerOfTwo,
  };
  const why = emptiness(span);
  return why === undefined ? { domain: span, stated: true } : withDefault(constant, `${low}..${high}: ${why}`);
}

/** Decays by their distance from 1; what spans a factor of 20 by its logarithm. */
function usualScale(constant: Constant, low: number, high: number): Span["scale"] {
  if (high < 1 && numberKind(constant.name, Number(constant.literal.value)) === "decay") return "complement";
  return low > 0 && high / low >= 20 ? "log" : "linear";
}

/** Why no value lies in a span, or undefined when one does. */
function emptiness(span: Span): string | undefined {
  if (span.powerOfTwo) {
    const isEmpty = span.low <= 0 || Math.ceil(Math.log2(span.low)) > Math.floor(Math.log2(span.high));
    return isEmpty ? "no power of two in it" : undefined;
  }
  const { size, origin } = span.step ?? { size: span.integer ? 1 : 0, origin: 0 };
  if (size === 0) return undefined;
  const isEmpty = Math.ceil((span.low - origin) / size - 1e-9) > Math.floor((span.high - origin) / size + 1e-9);
  return isEmpty ? "no value of its step in it" : undefined;
}

interface Ground {
  readonly first: Value;
  readonly limits: Limits;
}

function defaultDomain(constant: Constant, ground: Ground): Domain | undefined {
  const { value, style } = constant.literal;
  if (typeof value === "boolean") return listOf([false, true], false);
  if (typeof value === "string" || style.kind !== "number") return undefined;
  const isReal = style.form === "decimal" || style.form === "exponent";
  const first = typeof ground.first === "number" ? ground.first : value;
  const span = isReal ? realDomain(constant.name, value, first) : integerDomain(constant.name, { value, first, style });
  return span?.kind === "span" ? limited(span, ground.limits) : span;
}

/** The smaller and the larger of the first value and the champion's; the champion's alone when signs differ. */
function ends(value: number, first: number): { readonly low: number; readonly high: number } {
  const other = Math.sign(first) === Math.sign(value) ? first : value;
  return { low: Math.min(value, other), high: Math.max(value, other) };
}

function realDomain(name: string, value: number, first: number): Domain {
  const kind = numberKind(name, value);
  const base = { kind: "span", integer: false, powerOfTwo: false } as const;
  const { low, high } = ends(value, first);
  if (kind === "decay") {
    const far = Math.max(0, 1 - (1 - low) * 5);
    return { ...base, low: roundTo(far, 3), high: roundTo(1 - (1 - high) / 10, 6), scale: "complement" };
  }
  if (kind === "share" && (value === 0 || value >= 0.05))
    return { ...base, low: 0, high: shareTop(name), scale: "linear" };
  if (value === 0) return listOf([0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1], true);
  if (value < 0) return { ...base, low: roundTo(3 * low, 3), high: roundTo(-high, 3), scale: "linear" };
  const top = kind === "share" ? Math.min(1, high * 10) : high * 10;
  return { ...base, low: roundTo(low / 10, 3), high: roundTo(top, 3), scale: "log" };
}

/** A dropout of 1 drops everything. */
function shareTop(name: string): number {
  return /drop/i.test(name) ? 0.8 : 1;
}

function integerDomain(
  name: string,
  at: { readonly value: number; readonly first: number; readonly style: { readonly form: string } },
): Domain | undefined {
  const { value, first } = at;
  // -1 says "none" or "automatic" nearly everywhere.
  if (value === -1) return undefined;
  if (numberKind(name, value) === "flag") return listOf([0, 1], true);
  const base = { kind: "span", integer: true } as const;
  const isPower = (x: number) => x > 0 && Number.isInteger(Math.log2(x));
  if (at.style.form === "power" || (value >= 8 && isPower(value))) {
    const { low, high } = isPower(first) ? ends(value, first) : ends(value, value);
    return { ...base, low: Math.max(1, low / 8), high: high * 8, scale: "log", powerOfTwo: true };
  }
  if (value === 0) return { ...base, low: 0, high: 4, scale: "linear", powerOfTwo: false };
  const { low, high } = ends(value, first);
  if (value < 0) return { ...base, low: 3 * low, high: -high, scale: "linear", powerOfTwo: false };
  const high4 = Math.max(4, high * 4);
  return { ...base, low: Math.max(1, Math.round(low / 4)), high: high4, scale: "log", powerOfTwo: false };
}

/** A default stretch under the limits of the comment; a limit that leaves nothing is dropped. */
function limited(span: Span, limits: Limits): Span {
  const powerOfTwo = limits.powerOfTwo ?? (limits.step === undefined && span.powerOfTwo);
  const next: Span = {
    ...span,
    scale: limits.scale === "log" && span.low <= 0 ? span.scale : (limits.scale ?? span.scale),
    integer: limits.integer ?? span.integer,
    step: limits.step && { size: limits.step.size, origin: 0 },
    powerOfTwo,
  };
  return emptiness(next) === undefined ? next : span;
}
