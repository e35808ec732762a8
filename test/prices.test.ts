import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TABLE } from "../src/prices/table.ts";
import { dollarsOf, loadPrices, priceOf } from "../src/prices.ts";
import { UserError } from "../src/util/user-error.ts";

const table = { rows: TABLE, source: "table" };
const million = { inputTokens: 1e6, outputTokens: 1e6 };

let dir = "";
beforeAll(() => {
  dir = mkdtempSync(join(os.tmpdir(), "ny-prices-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

function fileWith(text: string): string {
  const file = join(dir, `${Math.random()}.json`);
  writeFileSync(file, text);
  return file;
}

describe("dollarsOf", () => {
  it("prices every token once: fresh, read from the cache, written to it for short and for long, and output", () => {
    const usage = {
      inputTokens: 1_000_000,
      cachedTokens: 500_000,
      cacheWriteTokens: 300_000,
      cacheWriteLongTokens: 100_000,
      outputTokens: 10_000,
    };
    // 0.2 M at 5, 0.5 M at 0.5, 0.2 M at 6.25, 0.1 M at 10, 0.01 M at 25.
    expect(dollarsOf(table, "claude-opus-5", usage)).toBeCloseTo(1 + 0.25 + 1.25 + 1 + 0.25, 10);
  });

  it("does not know what it does not know: the model, the tokens, the price of a part", () => {
    expect(dollarsOf(table, "my-local-qwen", million)).toBeUndefined();
    expect(dollarsOf(table, "gpt-5", { outputTokens: 5 })).toBeUndefined();
    expect(dollarsOf(table, "gpt-5", { inputTokens: 5 })).toBeUndefined();
    expect(dollarsOf(table, "gpt-5", { ...million, cacheWriteTokens: 1 })).toBeUndefined();
    expect(dollarsOf(table, "gpt-5", { ...million, cacheWriteTokens: 0 })).toBeCloseTo(11.25, 10);
  });

  it("takes the rate for long inputs where it is known, for the whole request, and none where it is not", () => {
    expect(dollarsOf(table, "gemini-2.5-pro", { inputTokens: 200_000, outputTokens: 0 })).toBeCloseTo(0.25, 10);
    expect(dollarsOf(table, "gemini-2.5-pro", { inputTokens: 300_000, outputTokens: 0 })).toBeCloseTo(0.75, 10);
    expect(dollarsOf(table, "claude-sonnet-4-5", { inputTokens: 200_001, outputTokens: 0 })).toBeUndefined();
  });
});

describe("priceOf", () => {
  it.each([
    ["claude-sonnet-4-5", "claude-sonnet-4-5"],
    ["claude-sonnet-4-5-20250929", "claude-sonnet-4-5"],
    ["claude-sonnet-4-20250514", "claude-sonnet-4"],
    ["claude-opus-4-5@20251101", "claude-opus-4-5"],
    ["gpt-5-2025-08-07", "gpt-5"],
    ["gpt-5-mini", "gpt-5-mini"],
    ["claude-3-5-haiku-latest", "claude-3-5-haiku"],
    ["gpt-5-pro", undefined],
    ["gpt-5-chat-latest", undefined],
    ["gpt-4.1-turbo", undefined],
    ["claude-sonnet-4-9", undefined],
    ["anthropic/claude-sonnet-4-5", undefined],
    ["xgpt-5", undefined],
    ["", undefined],
  ])("knows %s as %s", (model, row) => {
    expect(priceOf(table, model)?.model).toBe(row);
  });

  it("has no row twice and no row that cannot be", () => {
    expect(new Set(TABLE.map((row) => row.model)).size).toBe(TABLE.length);
    for (const row of TABLE) {
      expect(row.input, row.model).toBeGreaterThan(0);
      expect(row.output, row.model).toBeGreaterThan(row.input);
      expect(row.cachedInput ?? 0, row.model).toBeLessThan(row.input);
    }
  });
});

describe("loadPrices", () => {
  it("puts the person's file in front of the table", () => {
    const file = fileWith(
      JSON.stringify({
        models: { "gpt-5": { input: 1, output: 2 }, "qwen3*": { input: 0, output: 0 }, "qwen3:235b*": million5 },
      }),
    );
    const prices = loadPrices(file);
    expect(dollarsOf(prices, "gpt-5", million)).toBeCloseTo(3, 10);
    expect(dollarsOf(prices, "gpt-5-2025-08-07", million)).toBeCloseTo(3, 10);
    expect(dollarsOf(prices, "gpt-5-mini", million)).toBeCloseTo(2.25, 10);
    expect(dollarsOf(prices, "qwen3:8b", million)).toBe(0);
    expect(dollarsOf(prices, "qwen3:235b-a22b", million)).toBeCloseTo(10, 10);
    expect(prices.source).toContain(file);
  });

  it("reads the file that NIGHTYARD_PRICES names", () => {
    const before = process.env.NIGHTYARD_PRICES;
    process.env.NIGHTYARD_PRICES = fileWith('{ "models": { "mine": { "input": 1, "output": 1 } } }');
    try {
      expect(dollarsOf(loadPrices(), "mine", million)).toBeCloseTo(2, 10);
    } finally {
      if (before === undefined) delete process.env.NIGHTYARD_PRICES;
      else process.env.NIGHTYARD_PRICES = before;
    }
  });

  it.each([
    ["{ not json", /expected a JSON file of prices/],
    ["[]", /the file/],
    ['{ "models": { "a": { "input": 1 } } }', /models\.a\.output/],
    ['{ "models": { "a": { "input": "1", "output": 2 } } }', /models\.a\.input/],
    ['{ "models": { "a": { "input": -1, "output": 2 } } }', /models\.a\.input/],
    ['{ "models": { "a": { "input": 1, "output": 2, "cached": 1 } } }', /cached/],
  ])("says what is wrong with %s", (text, words) => {
    const file = fileWith(text);
    let caught: unknown;
    try {
      loadPrices(file);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(UserError);
    expect((caught as UserError).message).toMatch(words);
    expect((caught as UserError).message).toContain(file);
    expect((caught as UserError).fix).toContain("input");
  });

  it("says when there is no such file", () => {
    expect(() => loadPrices(join(dir, "none.json"))).toThrow(/none\.json: expected a JSON file/);
  });
});

const million5 = { input: 5, output: 5 };
