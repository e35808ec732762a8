/**
 * The person's own prices, from a JSON file: checked as a whole, and an error names the field and what would be right.
 *
 *     { "models": { "my-model": { "input": 1.5, "output": 6 }, "qwen3:*": { "input": 0, "output": 0 } } }
 */
import { readFileSync, statSync } from "node:fs";
import { z } from "zod";
import { oneLine } from "../util/text.ts";
import { UserError } from "../util/user-error.ts";
import type { Price } from "./table.ts";

const MAX_BYTES = 1 << 20;
const EXAMPLE = '{ "models": { "my-model": { "input": 1.5, "cachedInput": 0.15, "output": 6 } } }';

const dollars = z.number().nonnegative().max(100_000);
const rate = {
  input: dollars,
  cachedInput: dollars.optional(),
  cacheWrite: dollars.optional(),
  cacheWriteLong: dollars.optional(),
  output: dollars,
};
const Row = z.strictObject({
  ...rate,
  above: z.strictObject({ inputTokens: z.number().int().positive(), rate: z.strictObject(rate).optional() }).optional(),
});
const File = z.strictObject({ models: z.record(z.string().min(1).max(200), Row) });

/** The rows of the file, in its order. A file that cannot be used is a `UserError`. */
export function readPriceFile(file: string): readonly Price[] {
  const parsed = File.safeParse(jsonOf(file));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = oneLine((issue?.path ?? []).map(String).join("."), 200) || "the file";
    throw new UserError(`${file}: ${field}: ${oneLine(issue?.message ?? "not as expected", 300)}`, {
      fix: `write prices in dollars per million tokens, as in ${EXAMPLE}`,
    });
  }
  return Object.entries(parsed.data.models).map(([model, row]) => ({ model, ...row }));
}

function jsonOf(file: string): unknown {
  try {
    if (statSync(file).size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const why = oneLine(error instanceof Error ? error.message : String(error), 300);
    throw new UserError(`${file}: expected a JSON file of prices; found none that can be read: ${why}`, {
      fix: `write one such as ${EXAMPLE}, or unset NIGHTYARD_PRICES`,
      cause: error,
    });
  }
}
