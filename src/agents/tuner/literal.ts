/**
 * Literals: read into a value with the way it was written, and written again in the same way.
 *
 * Numbers keep hexadecimal, octal and binary, digit groups, exponents, a point where there was one and `2**k`; strings
 * keep their quotes, booleans their capital. Not covered: suffixes (10n, 0.5f), strings with escapes.
 */
import type { Value } from "./domain.ts";

export type NumberForm = "integer" | "decimal" | "exponent" | "hex" | "octal" | "binary" | "power";

/** How a literal was written. */
export type Style =
  | {
      readonly kind: "number";
      readonly form: NumberForm;
      /** `1_000`. */
      readonly grouped: boolean;
      /** The mantissa has a point: `1.0e-3` stays different from `1e-3`, which PyYAML reads as a string. */
      readonly point: boolean;
    }
  | { readonly kind: "boolean"; readonly capital: boolean }
  | { readonly kind: "string"; readonly quote: '"' | "'" | "" };

export interface Literal {
  readonly value: Value;
  readonly style: Style;
}

const PREFIXED = /^[+-]?0([xXoObB])([\da-fA-F][\da-fA-F_]*)$/;
const PLAIN = /^[+-]?(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d+)?$/;
const POWER = /^2\s*\*\*\s*(\d{1,2})$/;

/** The literal of a text, or undefined when the text is none that can be written again. */
export function readLiteral(text: string): Literal | undefined {
  const boolean = /^(?:true|True|false|False)$/.test(text);
  if (boolean) {
    const capital = text.startsWith("T") || text.startsWith("F");
    return { value: text.toLowerCase() === "true", style: { kind: "boolean", capital } };
  }
  return readString(text) ?? readNumber(text);
}

function readString(text: string): Literal | undefined {
  const quote = text[0];
  if ((quote !== '"' && quote !== "'") || text.length < 2 || text.at(-1) !== quote) return undefined;
  const value = text.slice(1, -1);
  return isPlainText(value) ? { value, style: { kind: "string", quote } } : undefined;
}

/** True for a text that needs no escape inside quotes of any language here. */
export function isPlainText(text: string): boolean {
  return text.length <= 200 && !/["'`\\${}\u0000-\u001f\u007f]/.test(text);
}

function readNumber(text: string): Literal | undefined {
  const power = POWER.exec(text);
  if (power !== null) return number(2 ** Number(power[1]), { form: "power", grouped: false, point: false });
  const grouped = text.includes("_");
  const prefixed = PREFIXED.exec(text);
  if (prefixed !== null) {
    const digits = text.replaceAll("_", "");
    const sign = digits.startsWith("-") ? -1 : 1;
    const form = { x: "hex", o: "octal", b: "binary" }[prefixed[1]!.toLowerCase()] as NumberForm;
    return number(sign * Number(digits.replace(/^[+-]/, "")), { form, grouped, point: false });
  }
  // A leading zero is octal in C and old JavaScript, and an error in Python and TOML.
  if (!PLAIN.test(text) || /^[+-]?0\d/.test(text)) return undefined;
  const point = text.includes(".");
  const form = /[eE]/.test(text) ? "exponent" : point ? "decimal" : "integer";
  return number(Number(text.replaceAll("_", "")), { form, grouped, point });
}

function number(value: number, style: { form: NumberForm; grouped: boolean; point: boolean }): Literal | undefined {
  const exact = style.form === "decimal" || style.form === "exponent" || Number.isSafeInteger(value);
  return Number.isFinite(value) && exact ? { value, style: { kind: "number", ...style } } : undefined;
}

/** The text of a value in the style given; the value must be of the style's kind. */
export function writeLiteral(value: Value, style: Style): string {
  if (style.kind === "boolean") {
    const word = String(value);
    return style.capital ? word[0]!.toUpperCase() + word.slice(1) : word;
  }
  if (style.kind === "string") return `${style.quote}${value}${style.quote}`;
  return writeNumber(Number(value), style);
}

function writeNumber(value: number, style: Extract<Style, { kind: "number" }>): string {
  const sign = value < 0 ? "-" : "";
  const size = Math.abs(value);
  if (Number.isInteger(value)) {
    if (style.form === "hex") return `${sign}0x${size.toString(16)}`;
    if (style.form === "octal") return `${sign}0o${size.toString(8)}`;
    if (style.form === "binary") return `${sign}0b${size.toString(2)}`;
    if (style.form === "power" && Number.isInteger(Math.log2(size))) return `2**${Math.log2(size)}`;
    if (style.form === "integer" && size < 1e21) return sign + (style.grouped ? groups(String(size)) : String(size));
  }
  const exponent = size === 0 ? 0 : Math.floor(Math.log10(size));
  if (style.form === "exponent" && (exponent < -1 || exponent > 2)) return sign + scientific(size, style.point);
  if (size !== 0 && (exponent < -6 || exponent > 20)) return sign + scientific(size, true);
  return sign + decimal(size, style);
}

/** Without an exponent, however small; a number that had a point keeps one. */
function decimal(size: number, style: Extract<Style, { kind: "number" }>): string {
  const short = String(size);
  const text = short.includes("e") ? size.toFixed(12).replace(/0+$/, "") : short;
  const [whole = "0", fraction] = text.split(".");
  const head = style.grouped ? groups(whole) : whole;
  if (fraction !== undefined && fraction !== "") return `${head}.${fraction}`;
  return style.form === "integer" ? head : `${head}.0`;
}

function scientific(size: number, point: boolean): string {
  const [mantissa = "1", exponent = "0"] = size.toExponential().split("e");
  const head = point && !mantissa.includes(".") ? `${mantissa}.0` : mantissa;
  return `${head}e${exponent.replace("+", "")}`;
}

function groups(digits: string): string {
  return digits.replace(/\B(?=(?:\d{3})+$)/g, "_");
}
