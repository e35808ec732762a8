/**
 * A number as people and spreadsheets write it: `0.98`, `54.3%`, `12 ms`, `0,98`, `1,234.5`, `0.98 ± 0.01`, `~0.98`.
 *
 * Promises: a cell that could mean two numbers means none. A unit is told, never converted. Pure.
 */
import { parseNumber } from "../metric-lines.ts";

export interface NumberCell {
  readonly value: number;
  /** "" without one; "%" is one. */
  readonly unit: string;
  /** What stood beside the number: `± 0.01`, `(best)`, `~`. */
  readonly beside: string;
}

const NOTHING = /^(|-+|—|–|\.+|n\/?a|nan|[+-]?inf(inity)?|none|null|nil|unknown|tbd|\?+|x)$/i;
const SHAPE =
  /^([~≈<>]?)\s*([+-]?[\d.,]*\d[\d.,]*(?:[eE][+-]?\d{1,3})?)\s*(%|[a-zA-Zµ][a-zA-Zµ/]{0,11})?\s*([(±*+[].*)?$/;

/** The number of a cell; "nothing" for an empty cell or a word for it; "wrong" for what is no number. */
export function numberOf(cell: string, decimalComma: boolean): NumberCell | "nothing" | "wrong" {
  const text = cell
    .trim()
    .replace(/^[`*"']+|[`*"']+$/g, "")
    .trim()
    .replace(/^−/, "-");
  if (NOTHING.test(text)) return "nothing";
  const [, before = "", digits = "", unit = "", after = ""] = SHAPE.exec(text.slice(0, 200)) ?? [];
  const value = digits === "" ? undefined : parseNumber(plainDigits(digits, decimalComma));
  return value === undefined ? "wrong" : { value, unit, beside: `${before}${after}`.trim() };
}

/** Digits with a point for the fraction and nothing between thousands; "" where it could be the one or the other. */
function plainDigits(digits: string, decimalComma: boolean): string {
  if (!digits.includes(",")) return digits;
  if (/^[+-]?\d{1,3}(,\d{3})+\.\d+$/.test(digits)) return digits.replaceAll(",", "");
  if (/^[+-]?\d{1,3}(,\d{3}){2,}$/.test(digits)) return digits.replaceAll(",", "");
  if (/^[+-]?\d{1,3}(\.\d{3})+,\d+$/.test(digits)) return digits.replaceAll(".", "").replace(",", ".");
  const single = /^[+-]?\d+,\d+(?:[eE][+-]?\d+)?$/.test(digits);
  // "1,234" is a thousand in one country and a bit more than one in another.
  const thousandToo = /^[+-]?[1-9]\d{0,2},\d{3}$/.test(digits);
  return single && (decimalComma || !thousandToo) ? digits.replace(",", ".") : "";
}
