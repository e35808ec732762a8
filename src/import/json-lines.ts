/**
 * Files of one JSON object per line: which of the kinds that are known, and their objects with line numbers.
 *
 * Promises: a line that is no JSON is left out and said, never repaired: a killed agent leaves half a last line.
 */
import { type Encoding, linesOf, type Sample } from "./lines.ts";

export type JsonKind = "pi-autoresearch" | "nightyard-experiments" | "nightyard-ledger";

export interface JsonLines {
  readonly kind: JsonKind;
  readonly encoding: Encoding;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export type JsonItem =
  | { readonly line: number; readonly object: JsonObject }
  | { readonly line: number; readonly wrong: string };

/** The kind of a file by its first lines; undefined when it is none of these. */
export function jsonKindOf(sample: Sample): JsonLines | undefined {
  for (const { text } of sample.lines.slice(0, 20)) {
    const object = parse(text);
    if (object === undefined) continue;
    const kind = kindOf(object);
    if (kind !== undefined) return { kind, encoding: sample.encoding };
  }
  return undefined;
}

function kindOf(object: JsonObject): JsonKind | undefined {
  if (object.format === "nightyard-ledger") return "nightyard-ledger";
  if (object.format === "nightyard-experiments") return "nightyard-experiments";
  const isConfig = object.type === "config";
  const isResult = "metric" in object && typeof object.status === "string";
  return isConfig || isResult ? "pi-autoresearch" : undefined;
}

export async function* objectsOf(file: string, encoding: Encoding): AsyncGenerator<JsonItem> {
  for await (const { line, text } of linesOf(file, encoding)) {
    if (text.trim() === "") continue;
    const object = parse(text);
    yield object === undefined ? { line, wrong: `no JSON object: ${text.slice(0, 60)}` } : { line, object };
  }
}

function parse(text: string): JsonObject | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/** Finite numbers of an object, by names that are metrics' names. */
export function numbersIn(value: unknown, isName: RegExp): Record<string, number> {
  if (typeof value !== "object" || value === null) return {};
  const entries = Object.entries(value).map(([name, x]) => [name.replace(/[^\w./-]+/g, "_"), x] as const);
  return Object.fromEntries(
    entries.filter(
      (e): e is [string, number] => isName.test(e[0]) && typeof e[1] === "number" && Number.isFinite(e[1]),
    ),
  );
}
