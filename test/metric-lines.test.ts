/** Which numbers are read from what a run prints, and what is never taken for a number. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_METRICS, parseMetricLines, parseMetricsJson, parseNumber } from "../src/metric-lines.ts";

const values = (text: string) => ({ ...parseMetricLines(text).values });
const problems = (text: string) => parseMetricLines(text).problems;

const CLASSIC = `step 00953 (100.0%) | loss: 2.9 | lrm: 0.00 | dt: 310ms
val_bpb: 1.5
---
val_bpb:          0.997900
training_seconds: 300.1
peak_vram_mb:     45060.2
mfu_percent:      39.80
num_steps:        953
depth:            8
`;

describe("metric lines", () => {
  test("reads the classic block behind the last rule", () => {
    expect(values(CLASSIC)).toEqual({
      val_bpb: 0.9979,
      training_seconds: 300.1,
      peak_vram_mb: 45060.2,
      mfu_percent: 39.8,
      num_steps: 953,
      depth: 8,
    });
    expect(problems(CLASSIC)).toEqual([]);
  });

  test.each<[string, string, Record<string, number>]>([
    ["the last of equals wins", "a: 1\na: 2\n", { a: 2 }],
    ["the block beats what stands above", "a: 1\n---\na: 2\n", { a: 2 }],
    ["a later block beats an earlier", "---\na: 1\n---\na: 2\n", { a: 2 }],
    ["a rule at the very end loses nothing", "---\na: 1\n---\nThe end\n", { a: 1 }],
    ["METRIC beats the block", "METRIC a=3\n---\na: 2\n", { a: 3 }],
    ["the last METRIC wins", "METRIC a=3\nMETRIC a = 4\n", { a: 4 }],
    ["no line feed at the end", "METRIC a=3", { a: 3 }],
    ["CRLF", "a: 1\r\nb: 2\r\n", { a: 1, b: 2 }],
    ["a progress bar", "10%|##   |\r100%|#####|\ra: 1\n", { a: 1 }],
    ["colours", "\u001b[1;32ma\u001b[0m: \u001b[31m1.5\u001b[0m\n", { a: 1.5 }],
    ["a title sequence", "\u001b]0;title\u0007a: 1\n", { a: 1 }],
    ["names with slashes and dots", "eval/loss.mean-1: 2\n", { "eval/loss.mean-1": 2 }],
    ["prose", "Note: there are 4 of them\n see a: 1\nRatio a: 2\n", {}],
    ["an indented line", "  a: 1\n", {}],
    ["a loss in the middle of a line", "step 1 | loss: 2\n", {}],
    ["a long line", `a: 1${" ".repeat(2000)}\n`, {}],
    ["a long name", `${"a".repeat(65)}: 1\n`, {}],
    ["nothing", "", {}],
  ])("%s", (_what, text, expected) => {
    expect(values(text)).toEqual(expected);
  });

  test.each([
    "nan",
    "NaN",
    "inf",
    "-Infinity",
    "1e999",
    "0x10",
    "1,000",
    "1_000",
    "5%",
    "4GB",
    "--1",
    "1e",
    ".",
    "1.2.3",
    "None",
    "tensor(0.9)",
    "0.98 (best)",
    "١",
    "0b1",
  ])("takes %s for no number and says so", (text) => {
    expect(parseMetricLines(`val_bpb: ${text}\n`)).toMatchObject({
      values: {},
      problems: [`val_bpb: found "${text}", which is not a finite number`],
    });
    expect(problems(`METRIC val_bpb=${text}`)).toEqual([`val_bpb: found "${text}", which is not a finite number`]);
  });

  test("an empty value is a problem, not 0", () => {
    expect(problems("val_bpb:\n")).toEqual(['val_bpb: found "", which is not a finite number']);
  });

  test("a number that turned into NaN at the end is missing", () => {
    expect(values("val_bpb: 0.9\nval_bpb: nan\n")).toEqual({});
    expect(values("val_bpb: 0.9\nval_bpb: nan\nval_bpb: 0.8\n")).toEqual({ val_bpb: 0.8 });
  });

  test.each([
    ["1", 1],
    ["-1.5", -1.5],
    ["+2", 2],
    [".5", 0.5],
    ["1.", 1],
    ["1e-3", 0.001],
    ["1E+2", 100],
    ["007", 7],
  ])("reads the number %s", (text, number) => {
    expect(parseNumber(text)).toBe(number);
  });

  test("keeps the names printed last when there are too many", () => {
    const many = Array.from({ length: 10_000 }, (_, i) => `step_${i}: ${i}`).join("\n");
    const read = values(`${many}\nval_bpb: 1\n`);
    expect(Object.keys(read)).toHaveLength(MAX_METRICS);
    expect(read).toMatchObject({ val_bpb: 1, step_9999: 9999 });
  });

  test("names that JavaScript treats specially are only names", () => {
    const { values: read } = parseMetricLines("__proto__: 1\nconstructor: 2\n");
    expect(Object.getPrototypeOf(read)).toBeNull();
    expect(Object.entries(read)).toEqual([
      ["__proto__", 1],
      ["constructor", 2],
    ]);
    expect(({} as { toString: unknown }).toString).toBeTypeOf("function");
  });

  test("reads megabytes of hostile text in one pass", () => {
    const bad = [
      "\u001b[".repeat(500_000),
      `a:${" ".repeat(1_000_000)}`,
      "-".repeat(1_000_000),
      "\u001b]0;".repeat(300_000),
    ];
    const short = `${"a: 1 1 1 1 ".repeat(80)}\n`.repeat(2000);
    expect(values(`${bad.join("\n")}\n${short}\nb: 1\n`)).toEqual({ b: 1 });
  });

  test("binary garbage gives nothing but finite numbers and printable problems", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("\na: ", "\n---\n", "METRIC a=", "1e9"))),
        (parts) => {
          const read = parseMetricLines(parts.join(""));
          const finite = Object.values(read.values).every((value) => Number.isFinite(value));
          return finite && read.problems.every((line) => line.length < 250 && !/[\u0000-\u001f\u007f]/.test(line));
        },
      ),
    );
  });
});

describe("metrics.json", () => {
  test("reads numbers and names nested ones with dots", () => {
    expect({ ...parseMetricsJson('\uFEFF{"val_bpb": 0.98, "test": {"f1": 1, "by": {"a": 2}}}').values }).toEqual({
      val_bpb: 0.98,
      "test.f1": 1,
      "test.by.a": 2,
    });
  });

  test("what is not a finite number is a problem", () => {
    expect(parseMetricsJson('{"a": null, "b": "0.9", "c": 1e999, "d": [1], "e": true, "f g": 1}').problems).toEqual([
      "a: found null, which is not a finite number",
      'b: found "0.9", which is not a finite number',
      "c: found Infinity, which is not a finite number",
      "d: found a list, which is not a finite number",
      "e: found true, which is not a finite number",
      "f g: not the name of a metric (letters, digits, _ . / -)",
    ]);
  });

  test.each([
    ["", "found no valid JSON"],
    ['{"a": NaN}', "NaN and Infinity are no JSON"],
    ["[1]", "found JSON that is no object"],
    ["1", "found JSON that is no object"],
    ["null", "found JSON that is no object"],
    ["x".repeat(1_048_577), "more than 1048576"],
    ["[".repeat(100_000), "found no valid JSON"],
  ])("refuses %.20s", (text, expected) => {
    const read = parseMetricsJson(text);
    expect(read.problems).toEqual([expect.stringContaining(expected)]);
    expect(Object.keys(read.values)).toEqual([]);
  });

  test("deep and special keys do no harm", () => {
    const deep = `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`;
    expect(parseMetricsJson(deep).problems).toEqual([expect.stringContaining("nested too deep")]);
    const read = parseMetricsJson('{"__proto__": {"polluted": 1}, "__proto__x": 2}').values;
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect({ ...read }).toEqual({ "__proto__.polluted": 1, __proto__x: 2 });
  });
});
