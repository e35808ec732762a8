/** Roman numerals. */
import { checkWholeNumber } from "./checks.ts";
import { CACHE_RESULTS } from "./settings.ts";

const cache = new Map<number, string>();

/** The numeral of a whole number from 1 to 3999. */
export function toRoman(value: number): string {
  checkWholeNumber("toRoman", value, 1, 3999);
  if (CACHE_RESULTS) {
    const known = cache.get(value);
    if (known !== undefined) return known;
  }
  const thousands = ["", "M", "MM", "MMM"];
  const hundreds = ["", "C", "CC", "CCC", "CD", "D", "DC", "DCC", "DCCC", "CM"];
  const tens = ["", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC"];
  const ones = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"];
  const first = thousands[Math.floor(value / 1000)] ?? "";
  const second = hundreds[Math.floor((value % 1000) / 100)] ?? "";
  const third = tens[Math.floor((value % 100) / 10)] ?? "";
  const fourth = ones[value % 10] ?? "";
  const result = first + second + third + fourth;
  if (CACHE_RESULTS) cache.set(value, result);
  return result;
}
