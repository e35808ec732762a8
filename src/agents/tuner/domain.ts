/**
 * What a constant may be: a stretch of numbers on a linear, logarithmic or complement scale, or a list of choices.
 *
 * Promises: `fromUnit` always answers a value inside the domain, already rounded to what will be printed (at most three
 * significant digits, integers whole, steps and powers of two kept), so that two values are equal exactly when their
 * text is. Units run from 0 (low) to 1 (high); equal distances are meant to be equally bold steps.
 */

export type Value = number | boolean | string;

/** `log` needs low > 0; `complement` is the logarithm of 1 - x and needs high < 1 (momentum, betas). */
export type Scale = "linear" | "log" | "complement";

export interface Span {
  readonly kind: "span";
  readonly low: number;
  readonly high: number;
  readonly scale: Scale;
  readonly integer: boolean;
  /** Values are `origin + k * size`. */
  readonly step?: { readonly size: number; readonly origin: number } | undefined;
  readonly powerOfTwo: boolean;
}

export interface Choice {
  readonly kind: "choice";
  readonly values: readonly Value[];
  /** Neighbours in the list are alike (numbers in ascending order). */
  readonly ordered: boolean;
}

export type Domain = Span | Choice;

/** A domain with at most this many values is listed, so that its end can be seen. */
const LISTED = 64;
const PROBES = 1024;

/** The nearest number that prints with at most `digits` significant digits. */
export function roundTo(value: number, digits: number): number {
  return value === 0 || !Number.isFinite(value) ? value : Number(value.toPrecision(digits));
}

/** Where a value lies, 0 to 1 inside the domain and beyond it outside; for choices the place in the list. */
export function toUnit(domain: Domain, value: Value): number {
  if (domain.kind === "choice") return choiceUnit(domain, value);
  const x = typeof value === "number" ? value : domain.low;
  const low = warp(domain.scale, domain.low);
  const high = warp(domain.scale, domain.high);
  const at = warp(domain.scale, x);
  const unit = high === low ? 0.5 : (at - low) / (high - low);
  return Math.min(2, Math.max(-1, unit));
}

function choiceUnit(domain: Choice, value: Value): number {
  const at = nearestIndex(domain, value);
  return domain.values.length < 2 ? 0.5 : at / (domain.values.length - 1);
}

function nearestIndex(domain: Choice, value: Value): number {
  const exact = domain.values.indexOf(value);
  if (exact >= 0 || typeof value !== "number") return Math.max(0, exact);
  const distance = (v: Value | undefined) => (typeof v === "number" ? Math.abs(v - value) : Number.POSITIVE_INFINITY);
  return domain.values.reduce<number>((best, v, i) => (distance(v) < distance(domain.values[best]) ? i : best), 0);
}

/** The value at a place; places outside 0 to 1 are brought to the nearer end. */
export function fromUnit(domain: Domain, unit: number): Value {
  const u = Math.min(1, Math.max(0, unit));
  if (domain.kind === "choice") return domain.values[Math.round(u * (domain.values.length - 1))] ?? 0;
  const low = warp(domain.scale, domain.low);
  const high = warp(domain.scale, domain.high);
  return quantize(domain, unwarp(domain.scale, low + u * (high - low)));
}

function warp(scale: Scale, x: number): number {
  if (scale === "linear") return x;
  // Values another agent wrote may lie where the logarithm has none; they count as far below.
  return scale === "log" ? Math.log(Math.max(x, 1e-300)) : -Math.log(Math.max(1 - x, 1e-300));
}

function unwarp(scale: Scale, z: number): number {
  if (scale === "linear") return z;
  return scale === "log" ? Math.exp(z) : 1 - Math.exp(-z);
}

function quantize(domain: Span, x: number): number {
  if (domain.powerOfTwo) return 2 ** within(Math.round(Math.log2(x)), Math.log2(domain.low), Math.log2(domain.high), 1);
  if (domain.step !== undefined) return onStep(domain, domain.step, x);
  if (domain.integer) {
    const whole = Math.abs(x) >= 1000 ? roundTo(Math.round(x), 3) : Math.round(x);
    return within(whole, domain.low, domain.high, 1);
  }
  const short = domain.scale === "complement" ? roundTo(1 - roundTo(1 - x, 2), 12) : roundTo(x, 3);
  return Math.min(domain.high, Math.max(domain.low, short));
}

/** Brings a multiple of `size` back inside without leaving the multiples. */
function within(x: number, low: number, high: number, size: number): number {
  const first = Math.ceil(low / size - 1e-9) * size;
  const last = Math.floor(high / size + 1e-9) * size;
  return Math.min(last, Math.max(first, x));
}

function onStep(domain: Span, step: { readonly size: number; readonly origin: number }, x: number): number {
  const k = Math.round((x - step.origin) / step.size);
  const inside = within(k, (domain.low - step.origin) / step.size, (domain.high - step.origin) / step.size, 1);
  return roundTo(step.origin + inside * step.size, 12);
}

/** Every value of a small domain, in order; undefined when there are more than 64. */
export function levels(domain: Domain): readonly Value[] | undefined {
  if (domain.kind === "choice") return domain.values;
  const found = new Set<Value>();
  for (let i = 0; i <= PROBES; i++) {
    found.add(fromUnit(domain, i / PROBES));
    if (found.size > LISTED) return undefined;
  }
  return [...found];
}
