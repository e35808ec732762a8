/**
 * What tokens cost in dollars, by a dated table (`prices/table.ts`) and the person's own file above it.
 *
 * Promises: what is not known is undefined, never 0; a price that covers only a part of what was used is no price.
 * Local models have none unless the file gives them one. Not covered: taxes, discounts, batches, fees per call of a
 * tool.
 */
import { readPriceFile } from "./prices/file.ts";
import { type Price, type Rate, TABLE, TABLE_DATE } from "./prices/table.ts";

export type { Price, Rate } from "./prices/table.ts";

export interface Prices {
  /** Rows that come first win over later ones that fit as well. */
  readonly rows: readonly Price[];
  /** Where they come from, for a report. */
  readonly source: string;
}

/** Tokens of one request or of many at the same rate: the input holds what was read from or written to a cache. */
export interface Tokens {
  readonly inputTokens?: number | undefined;
  readonly cachedTokens?: number | undefined;
  readonly cacheWriteTokens?: number | undefined;
  /** The part of `cacheWriteTokens` that was written for long. */
  readonly cacheWriteLongTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
}

/** The table, with the rows of `file` (or of the file named by NIGHTYARD_PRICES) in front of it. */
export function loadPrices(file: string | undefined = process.env.NIGHTYARD_PRICES): Prices {
  const table = `table of ${TABLE_DATE}`;
  if (file === undefined || file === "") return { rows: TABLE, source: table };
  return { rows: [...readPriceFile(file), ...TABLE], source: `${file}, then the ${table}` };
}

/** What follows a name that was declared: -20250929, -2025-08-07, @20250929, -001, -latest. */
const REVISION = /^(?:[-@]\d{8}|-\d{4}-\d{2}-\d{2}|-\d{3}|-latest)$/;

/** The price of a model: its own name first, then a name that it continues by a revision, then the longest prefix. */
export function priceOf(prices: Prices, model: string): Price | undefined {
  const exact = prices.rows.find((row) => row.model === model);
  if (exact !== undefined) return exact;
  const revised = prices.rows.find(
    (row) => model.startsWith(row.model) && REVISION.test(model.slice(row.model.length)),
  );
  if (revised !== undefined) return revised;
  const open = prices.rows.filter((row) => row.model.endsWith("*") && model.startsWith(row.model.slice(0, -1)));
  return open.sort((a, b) => b.model.length - a.model.length)[0];
}

/** Dollars of one request; undefined when the model, or the price of a part of it, is not known. */
export function dollarsOf(prices: Prices, model: string, usage: Tokens): number | undefined {
  const { inputTokens: input, outputTokens: output } = usage;
  const price = priceOf(prices, model);
  if (price === undefined || input === undefined || output === undefined) return undefined;
  const rate = price.above !== undefined && input > price.above.inputTokens ? price.above.rate : price;
  if (rate === undefined) return undefined;
  const parts = partsOf(usage, input, output, rate);
  let sum = 0;
  for (const [tokens, perMillion] of parts) {
    if (tokens === 0) continue;
    if (perMillion === undefined) return undefined;
    sum += (tokens * perMillion) / 1e6;
  }
  return sum;
}

/** Every token once, with its price. */
function partsOf(
  usage: Tokens,
  input: number,
  output: number,
  rate: Rate,
): readonly (readonly [number, number | undefined])[] {
  const cached = Math.min(usage.cachedTokens ?? 0, input);
  const written = Math.min(usage.cacheWriteTokens ?? 0, input - cached);
  const long = Math.min(usage.cacheWriteLongTokens ?? 0, written);
  return [
    [input - cached - written, rate.input],
    [cached, rate.cachedInput],
    [written - long, rate.cacheWrite],
    [long, rate.cacheWriteLong],
    [output, rate.output],
  ];
}
