/** A recorded night under other rules: what the record allows is said, the rest is "again". */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DEFAULT_RULES, PRESETS } from "../src/judge.ts";
import { claimedGain, type RecordedExperiment, replay, replayKeepAny } from "../src/replay.ts";
import { parseResultsTsv } from "../src/results-tsv.ts";

const one = (number: number, ...metrics: (number | undefined)[]): RecordedExperiment => ({
  number,
  metrics,
  intent: "improve",
  recorded: "discard",
  description: "",
});

describe("replay", () => {
  const baseline = one(0, 1, 1.001, 0.999);

  it("keeps a sure win on one run, and asks for another run where the record has none", () => {
    const rows = replay([baseline, one(1, 0.9), one(2, 0.8985), one(3, 0.95)], DEFAULT_RULES);
    expect(rows.map((r) => r.verdict)).toEqual(["keep", "again", "discard"]);
  });

  it("uses the repeats that the record has", () => {
    const rows = replay([baseline, one(1, 0.9985, 0.9986, 0.9985)], DEFAULT_RULES);
    expect(rows[0]).toMatchObject({ verdict: "keep", label: "likely" });
  });

  it("calls a run without a number a crash, and never keeps it", () => {
    expect(replay([baseline, one(1, undefined), one(2, 0.9, undefined)], DEFAULT_RULES).map((r) => r.verdict)).toEqual([
      "crash",
      "keep",
    ]);
  });

  it("keeps less under strict rules than keep-any does on the published H100 night", () => {
    const file = new URL("./fixtures/h100-mar8.results.tsv", import.meta.url);
    const parsed = parseResultsTsv(readFileSync(file, "utf8"));
    if (!parsed.ok) throw new Error(parsed.problems.join());
    const night = parsed.rows.map((row, i) => one(i, row.metric));
    const any = replayKeepAny(night, DEFAULT_RULES);
    const rules = { ...DEFAULT_RULES, ...PRESETS.strict, sigmaPrior: 0.0004, dfPrior: 20 };
    const strict = replay(night, rules);
    const kept = (rows: typeof strict) => rows.filter((r) => r.verdict === "keep").length;
    expect(kept(any)).toBe(23);
    expect(kept(strict)).toBeLessThan(10);
    expect(claimedGain(night, any)).toBeCloseTo(0.969686 - 0.9979, 6);
  });
});
