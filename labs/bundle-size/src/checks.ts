/** Checks of arguments, with messages for whoever calls the kit. */
import { CHECK_ARGUMENTS } from "./settings.ts";

/** Throws unless `value` is a whole number from `minimum` to `maximum`. */
export function checkWholeNumber(name: string, value: number, minimum: number, maximum: number): void {
  if (!CHECK_ARGUMENTS) return;
  if (Number.isNaN(value)) throw new TypeError(`${name}: a whole number was expected, but this is not a number at all`);
  if (Math.floor(value) !== value) throw new TypeError(`${name}: a whole number was expected, but found ${value}`);
  if (value < minimum) throw new RangeError(`${name}: ${value} is too small; the smallest is ${minimum}`);
  if (value > maximum) throw new RangeError(`${name}: ${value} is too large; the largest is ${maximum}`);
}

/** Throws unless `value` is a text. */
export function checkText(name: string, value: unknown): void {
  if (!CHECK_ARGUMENTS) return;
  if (typeof value !== "string") throw new TypeError(`${name}: a text was expected, but found ${typeof value}`);
}
