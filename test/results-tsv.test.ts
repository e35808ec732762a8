/** The classic results.tsv: written as the classic tools expect it, read as people have really written it. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatResultsTsv, parseResultsTsv, type ResultRow } from "../src/results-tsv.ts";

const NIGHT = readFileSync(new URL("./fixtures/h100-mar8.results.tsv", import.meta.url), "utf8");
const HEADER = "commit\tval_bpb\tmemory_gb\tstatus\tdescription\n";

function read(text: string) {
  const result = parseResultsTsv(text);
  if (!result.ok) throw new Error(result.problems.join("\n"));
  return result;
}

function problemsOf(text: string): readonly string[] {
  const result = parseResultsTsv(text);
  return result.ok ? [] : result.problems;
}

describe("the published H100 night", () => {
  test("has 23 keeps, 102 discards, 1 crash, and a best of 0.969686 and not 0", () => {
    const { rows, metric, warnings } = read(NIGHT);
    const count = (status: string) => rows.filter((row) => row.status === status).length;
    expect([count("keep"), count("discard"), count("crash")]).toEqual([23, 102, 1]);
    expect(Math.min(...rows.flatMap((row) => row.metric ?? []))).toBe(0.969686);
    expect(metric).toBe("val_bpb");
    expect(warnings).toEqual([]);
  });

  test("comes back byte for byte", () => {
    const { rows, metric } = read(NIGHT);
    expect(formatResultsTsv(metric, rows)).toBe(NIGHT.endsWith("\n") ? NIGHT : `${NIGHT}\n`);
  });
});

describe("writing", () => {
  const line = (row: Partial<ResultRow>) =>
    formatResultsTsv("m", [{ commit: "a".repeat(40), status: "keep", description: "d", ...row }]).split("\n")[1];

  test("writes a missing metric and a crash as 0.000000 and 0.0", () => {
    expect(line({ status: "crash", metric: 3 })).toBe("aaaaaaa\t0.000000\t0.0\tcrash\td");
    expect(line({ status: "discard" })).toBe("aaaaaaa\t0.000000\t0.0\tdiscard\td");
  });

  test.each([
    [0.9979, "0.997900"],
    [45060.25, "45060.250000"],
    [-1, "-1.000000"],
    [0, "0.000000"],
    [0.00012345678, "0.000123457"],
    [1e-9, "1.00000e-9"],
  ])("writes %s as %s", (metric, text) => {
    expect(line({ metric })?.split("\t")[1]).toBe(text);
  });

  test("keeps a row a row whatever the description holds", () => {
    expect(line({ metric: 1, description: " a\tb\r\nc\u001b[31m\u2028d " })?.split("\t")[4]).toBe("a b c [31m d");
  });

  test("makes a formula harmless, and reading gives it back", () => {
    const row: ResultRow = { commit: "abc", metric: 1, status: "keep", description: "=cmd|' /C calc'!A0" };
    const text = formatResultsTsv("m", [row]);
    expect(text).toContain("\t'=cmd");
    expect(read(text).rows[0]).toMatchObject(row);
  });

  test("round-trips any rows", () => {
    const row = fc.record({
      commit: fc.stringMatching(/^[0-9a-f]{7}$/),
      metric: fc.integer({ min: 1, max: 10_000_000 }).map((n) => n / 1000),
      memoryGb: fc.integer({ min: 1, max: 800 }).map((n) => n / 10),
      status: fc.constantFrom("keep" as const, "discard" as const),
      description: fc.stringMatching(/^(|[!-~]([ -~]{0,20}[!-~])?)$/),
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 20 }), (rows) => {
        const back = read(formatResultsTsv("val_bpb", rows)).rows.map(({ line: _, ...rest }) => rest);
        expect(back).toEqual(rows);
      }),
    );
  });
});

describe("reading what people wrote", () => {
  test.each([
    ["another metric", "commit\taccuracy\tmemory_gb\tstatus\tdescription\nabc\t0.5\t1\tkeep\tx", "accuracy", 0.5],
    [
      "more columns",
      "#\ttimestamp\tcommit\tval_loss\tmfu\tstatus\tnotes\n1\t10:00\tabc\t2.5\t40\tkeep\tx",
      "val_loss",
      2.5,
    ],
    ["another order", "status\tdescription\tcommit\tval_bpb\nkeep\tx\tabc\t0.9", "val_bpb", 0.9],
    ["capitals", "Commit\tVal_BPB\tPeak VRAM (MB)\tStatus\tDescription\nabc\t0.9\t1024\tKEEP\tx", "Val_BPB", 0.9],
    ["CRLF and a byte order mark", `\uFEFF${HEADER.trim()}\r\nabc\t0.9\t1\tkeep\tx\r\n`, "val_bpb", 0.9],
    ["blank lines and comments", `# my night\n\n${HEADER}\n# note\nabc\t0.9\t1\tkeep\tx\n\n`, "val_bpb", 0.9],
    ["no header", "abc\t0.9\t1\tkeep\tx\n", "val_bpb", 0.9],
  ])("%s", (_what, text, metric, value) => {
    const result = read(text);
    expect(result).toMatchObject({
      metric,
      rows: [{ commit: "abc", metric: value, status: "keep", description: "x" }],
    });
  });

  test.each([
    ["kept", "keep"],
    ["**keep**", "keep"],
    ["keep (marginal)", "keep"],
    ["Baseline", "keep"],
    ["reverted", "discard"],
    ["no_improvement", "discard"],
    ["OOM", "crash"],
    ["timeout", "crash"],
  ])("a status of %s is a %s", (word, status) => {
    expect(read(`${HEADER}abc\t0.9\t1\t${word}\tx`).rows[0]?.status).toBe(status);
  });

  test("ragged rows are read with a remark when nothing needed is missing", () => {
    const result = read(`${HEADER}abc\t0.9\t1\tkeep\nabd\t0.8\t1\tkeep\ta\tb\n`);
    expect(result.rows.map((row) => row.description)).toEqual(["", "a b"]);
    expect(result.warnings).toEqual(["line 2: found 4 columns, expected 5"]);
  });

  test("memory is GB whatever the unit", () => {
    const rows = read(`${HEADER}a\t1\t2048MB\tkeep\t\nb\t1\t2 GB\tkeep\t\nc\t1\t?\tkeep\t\n`).rows;
    expect(rows.map((row) => row.memoryGb)).toEqual([2, 2, undefined]);
    const mb = read("commit\tm\tmemory_mb\tstatus\na\t1\t512\tkeep\n").rows[0];
    expect(mb?.memoryGb).toBe(0.5);
  });

  test("a zero that stands for nothing is nothing; a zero that was measured stays", () => {
    const rows = read(
      `${HEADER}a\t0.000000\t0.0\tdiscard\t\nb\t0\t5\tkeep\t\nc\t7\t5\tcrash\t\nd\tN/A\t\tdiscard\t\n`,
    ).rows;
    expect(rows.map((row) => row.metric)).toEqual([undefined, 0, undefined, undefined]);
  });

  test("columns that are not read are named", () => {
    expect(read("commit\tval_bpb\tcolour\tstatus\na\t1\tred\tkeep").warnings).toEqual([
      'line 1: column "colour" is not read',
    ]);
  });
});

describe("refusing", () => {
  test.each([
    ["", "line 1: found nothing; expected a header"],
    ["a,b,c\n", 'line 1: found the header "a,b,c"; expected columns separated by tabs'],
    ["commit\tval_bpb\n", "expected a column status"],
    ["val_bpb\tstatus\n", "expected a column commit"],
    ["commit\tstatus\n", "expected a column with the metric"],
    [`${HEADER}abc\t0.9\t1\tmaybe\tx\n`, 'line 2: status: found "maybe"; expected keep, discard or crash'],
    [`${HEADER}abc\tlow\t1\tkeep\tx\n`, 'line 2: val_bpb: found "low"; expected a number'],
    [`${HEADER}abc\t\t1\tkeep\tx\n`, "line 2: val_bpb: a keep without a number"],
    [`${HEADER}\t0.9\t1\tkeep\tx\n`, "line 2: commit: found nothing"],
    [`${HEADER}abc\t0.9\n`, "line 2: found 2 columns; expected 5"],
  ])("%j", (text, expected) => {
    expect(problemsOf(text)).toEqual([expect.stringContaining(expected)]);
  });

  test("names every bad line, and stops counting at fifty", () => {
    expect(problemsOf(`${HEADER}a\t1\t1\tx\t\nb\t1\t1\tkeep\t\nc\t1\t1\ty\t\n`)).toHaveLength(2);
    const many = problemsOf(HEADER + "a\t1\t1\tx\t\n".repeat(1000));
    expect(many).toHaveLength(51);
    expect(many.at(-1)).toBe("and 950 more");
  });

  test("no text makes the reader throw", () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary", maxLength: 8 }),
      fc.constantFrom("\t", "\n", "keep", "1", "commit"),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        parseResultsTsv(HEADER + pieces.join(""));
        parseResultsTsv(pieces.join(""));
      }),
    );
  });
});
