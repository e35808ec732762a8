/**
 * labs/parser-speed: the reference is right where it can be known, the gate finds every kind of wrong parser, the
 * parser's process can do nothing else, the evaluator takes no measurement with a wrong answer, and a session runs.
 */
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { errorAsText, pack, recordsAsText, unpack } from "../../labs/parser-speed/answers.ts";
import { allTexts, brokenCsv, randomCsv } from "../../labs/parser-speed/inputs.ts";
import { digest, INPUT_BYTES, REPEATS, type Repeat, worthOf } from "../../labs/parser-speed/measured.ts";
import { type ParseError, parse } from "../../labs/parser-speed/parser.ts";
import { referenceAnswer } from "../../labs/parser-speed/reference.ts";
import { removeTemps } from "../support/repo.ts";
import { copyLab, replace, script, shortSession } from "./lab.ts";

afterAll(removeTemps);

const answer = (text: string) => referenceAnswer(Buffer.from(text));

/** The parser of the clone, answering as its process does. */
function parsed(input: Uint8Array): string {
  try {
    return recordsAsText(parse(input));
  } catch (error) {
    return errorAsText((error as ParseError).offset);
  }
}

describe("the reference", () => {
  it.each<[string, readonly (readonly string[])[] | number]>([
    ["", []],
    ["\n", [[""]]],
    ["a", [["a"]]],
    ["a\r\nb\n", [["a"], ["b"]]],
    [
      "a,\n,b",
      [
        ["a", ""],
        ["", "b"],
      ],
    ],
    [",", [["", ""]]],
    ['"a,""b""\n",c', [['a,"b"\n', "c"]]],
    ['""', [[""]]],
    ["\n\n", [[""], [""]]],
    ['a"', 1],
    ['é,a"', 4],
    ['"a"b', 3],
    ["a\rb", 1],
    ['"a"\r', 3],
    ['x,"a', 2],
    ['"""', 0],
    ['"a""', 0],
  ])("answers %j by the grammar", (text, expected) => {
    expect(answer(text)).toBe(typeof expected === "number" ? errorAsText(expected) : recordsAsText(expected));
  });

  it("gives back any records, written with quotes where they are needed", () => {
    const field = fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", "\r", "é", "😀"), maxLength: 6 });
    const records = fc.array(fc.array(field, { minLength: 1, maxLength: 4 }), { maxLength: 5 });
    const written = (text: string) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    fc.assert(
      fc.property(records, fc.constantFrom("\n", "\r\n"), (rows, end) => {
        const text = rows.map((row) => row.map(written).join(",") + end).join("");
        expect(answer(text)).toBe(recordsAsText(rows));
        expect(parsed(Buffer.from(text))).toBe(recordsAsText(rows));
      }),
      { numRuns: 500 },
    );
  });
});

describe("the inputs", () => {
  it("are all short texts, and large ones by seed, of about the size asked for", () => {
    const short = [...allTexts(4)];
    expect(short.length).toBe(1 + 6 + 36 + 216 + 1296);
    expect(new Set(short).size).toBe(short.length);
    expect(randomCsv(5, 10_000)).toEqual(randomCsv(5, 10_000));
    expect(randomCsv(5, 10_000)).not.toEqual(randomCsv(6, 10_000));
    expect(randomCsv(5, 10_000).length).toBeLessThan(15_000);
    expect(Array.from({ length: 40 }, (_, i) => referenceAnswer(randomCsv(i, 2000))[0])).not.toContain("!");
    const broken = Array.from({ length: 100 }, (_, i) => referenceAnswer(brokenCsv(i, 2000)));
    expect(broken.filter((text) => text.startsWith("!")).length).toBeGreaterThan(30);
  });

  it("travel in lists that come out as they went in", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (parts) => {
        expect(unpack(pack(parts)).map((part) => [...part])).toEqual(parts.map((part) => [...part]));
      }),
    );
    expect(() => unpack(pack([Buffer.from("abc")]).subarray(0, 9))).toThrow(RangeError);
  });
});

/** The shipped parser with one text replaced, as the gate sees it. */
function gated(from: string, to: string) {
  const dir = copyLab("parser-speed");
  replace(dir, "parser.ts", from, to);
  return script(dir, "check.ts 11");
}

describe("the gate", () => {
  it("passes the lab as it ships, at both ends of the constants' ranges", () => {
    const dir = copyLab("parser-speed");
    expect(script(dir, "check.ts 11").text).toBe("check: 336363 answers are right (seed 11)\n");
    for (const [from, to] of [
      ["REUSE_BUFFER = false", "REUSE_BUFFER = true"],
      ["FIELD_CAPACITY = 64", "FIELD_CAPACITY = 8"],
      ["GROWTH = 2", "GROWTH = 1.25"],
      ["SHORT_FIELD = 0", "SHORT_FIELD = 64"],
      ["CACHE_ENTRIES = 0", "CACHE_ENTRIES = 256"],
      ['DECODER = "standard"', 'DECODER = "buffer"'],
    ] as const) {
      replace(dir, "parser.ts", from, to);
    }
    expect(script(dir, "check.ts").text).toMatch(/^check: 336363 answers are right/);
  }, 120_000);

  it.each([
    ["forgets an empty field at the end", 'if (at === input.length) record.push("");', "", '",": answered'],
    ["reads on behind a quote", 'throw new ParseError("a letter behind a field in quotes", at);', "return at;", ""],
    ["takes a carriage return alone", 'throw new ParseError("a carriage return alone", at);', "return at + 1;", ""],
    [
      "tells another place",
      'throw new ParseError("a quote that does not end", start);',
      'throw new ParseError("", at);',
      "",
    ],
    ["tells no place", "this.offset = offset;", "this.offset = undefined as never;", "without an offset"],
    ["cuts letters in two", "return decoder.decode(bytes);", "return String.fromCharCode(...bytes);", "é"],
    [
      "is wrong only on large inputs",
      "while (at < input.length) {\n    at =",
      "while (at < Math.min(input.length, 9000)) {\n    at =",
      "",
    ],
    ["keeps its state", "length = 0; // an error", "// an error", ""],
    [
      "ends its process",
      "const records: string[][] = [];",
      "process.exit(0); const records: string[][] = [];",
      "ended before it answered",
    ],
    ["does not load", "const COMMA = 0x2c;", 'throw new Error("no"); const COMMA = 0x2c;', "ended before it answered"],
  ])("fails a parser that %s", (_, from, to, why) => {
    const { status, text } = gated(from, to);
    expect(text).toMatch(/^check: .*\(seed 11\)\n$/s);
    expect(text).toContain(why);
    expect(text).not.toContain("are right");
    expect(status).toBe(1);
  });
});

describe("the parser's process", () => {
  /** Runs a line in the parser's process; its answer to the first input tells what came of it. */
  it.each([
    ["writes no file", '(await import("node:fs")).writeFileSync("measured.json", "{}")'],
    ["reads no file", '(await import("node:fs")).readFileSync("/etc/hostname")'],
    [
      "finds no other process's pipes",
      '(await import("node:fs")).writeFileSync("/proc/" + process.ppid + "/fd/1", "x")',
    ],
    ["starts no process", '(await import("node:child_process")).execSync("true")'],
    ["starts no thread", 'new (await import("node:worker_threads")).Worker("0", { eval: true })'],
  ])("%s", (_, line) => {
    const dir = copyLab("parser-speed");
    const probe = `let got = "it was allowed"; try { ${line}; } catch (e) { got = String((e as any).code); }`;
    replace(dir, "parser.ts", "const decoder", `${probe}\nconst decoder`);
    replace(dir, "parser.ts", "const records: string[][] = [];", "const records: string[][] = [[got]];");
    const { text } = script(dir, "check.ts");
    expect(text).toContain('answered "ERR_ACCESS_DENIED');
    expect(existsSync(join(dir, "measured.json"))).toBe(false);
  });

  it("sees an empty environment", () => {
    const dir = copyLab("parser-speed");
    const got = "const records: string[][] = [Object.keys(process.env)];";
    replace(dir, "parser.ts", "const records: string[][] = [];", got);
    expect(script(dir, "check.ts", { NIGHTYARD_SEED: "1" }).text).toContain('"": answered "\\u001f\\u001e"');
  });
});

function repeats(): Repeat[] {
  return Array.from({ length: REPEATS }, (_, seed) => {
    const input = randomCsv(seed, INPUT_BYTES);
    return { seed, seconds: input.length / 1e6 / (10 + seed), answer: digest(referenceAnswer(input)) };
  });
}

describe("the evaluator", () => {
  const right = repeats();
  const worth = (list: readonly unknown[]) => worthOf(JSON.stringify({ repeats: list }));
  const second = (part: object) => right.map((repeat, i) => (i === 1 ? { ...repeat, ...part } : repeat));

  it("takes the median of the repeats, and says how they moved", () => {
    const { mbPerSecond, driftPercent, spreadPercent } = worth(right);
    expect(mbPerSecond).toBeCloseTo(10 + 10, 6);
    expect(driftPercent).toBeCloseTo(100 * (26 / 15 - 1), 6);
    expect(spreadPercent).toBeCloseTo((100 * (25 - 15)) / 20, 6);
  });

  it.each<[string, () => readonly unknown[], string]>([
    ["one wrong answer", () => second({ answer: digest("") }), "repeat 1: the answer is wrong"],
    ["an answer to another input", () => second({ answer: right[2]!.answer }), "repeat 1: the answer is wrong"],
    ["one repeat less", () => right.slice(1), `no list of ${REPEATS} repeats`],
    ["one repeat more", () => [...right, { ...right[0], seed: 99 }], `no list of ${REPEATS} repeats`],
    ["an input twice", () => second(right[0]!), "two repeats have the same seed"],
    ["an input twice by another seed", () => second({ ...right[0]!, seed: 2 ** 32 }), "two repeats have the same seed"],
    ["no seconds", () => second({ seconds: 0 }), "repeat 1 has no seed"],
    ["seconds before the start", () => second({ seconds: -1 }), "repeat 1 has no seed"],
    ["seconds as a text", () => second({ seconds: "1" }), "repeat 1 has no seed"],
    ["null for seconds", () => second({ seconds: null }), "repeat 1 has no seed"],
    ["a fraction for a seed", () => second({ seed: 0.5 }), "repeat 1 has no seed"],
    ["a speed that no pipe has", () => second({ seconds: 1e-9 }), "repeat 1: faster than a pipe"],
    ["null for a repeat", () => right.map((repeat, i) => (i === 1 ? null : repeat)), "repeat 1 has no seed"],
  ])("refuses %s", (_, list, why) => {
    expect(() => worth(list())).toThrow(why);
  });

  it("scores what a real run left, and refuses a link, junk, and what is missing", () => {
    const dir = copyLab("parser-speed");
    const evaluated = () => script(dir, "evaluate.ts", { NIGHTYARD_RUN_DIR: dir });
    expect(evaluated()).toEqual({ status: 1, text: "evaluate: the run left no measured.json\n" });
    expect(script(dir, "bench.ts").text).toMatch(/^---\nmb_per_second: \d+\.\d\d\nrepeats: 21\n$/);
    expect(evaluated().text).toMatch(
      /^METRIC mb_per_second=\d+\.\d{3}\nMETRIC drift_percent=.*\nMETRIC spread_percent=/,
    );
    const file = join(dir, "measured.json");
    const left = readFileSync(file, "utf8");
    writeFileSync(file, left.replace(/"seed": \d+/, '"seed": 7'));
    expect(evaluated().text).toBe("evaluate: repeat 0: the answer is wrong\n");
    for (const [text, why] of [
      ["", "measured.json is no JSON"],
      [left.replaceAll(/"seconds": [\d.e-]+/g, '"seconds": NaN'), "measured.json is no JSON"],
      [left.replaceAll(/"seconds": [\d.e-]+/g, '"seconds": 1e999'), "repeat 0 has no seed, seconds above 0 and answer"],
      [" ".repeat(70_000), "measured.json is larger than 65536 bytes"],
    ] as const) {
      writeFileSync(file, text);
      expect(evaluated()).toEqual({ status: 1, text: `evaluate: ${why}\n` });
    }
    const linked = copyLab("parser-speed");
    symlinkSync(file, join(linked, "measured.json"));
    expect(script(linked, "evaluate.ts", { NIGHTYARD_RUN_DIR: linked }).text).toContain("is no plain file");
  }, 120_000);

  it("has no number for a parser that prints one", () => {
    const dir = copyLab("parser-speed");
    const lie = 'console.log("METRIC mb_per_second=99999"); performance.now = () => 0; Date.now = () => 0;';
    replace(dir, "parser.ts", "const decoder", `${lie}\nconst decoder`);
    const { status, text } = script(dir, "bench.ts");
    expect(text).not.toContain("99999");
    expect(text).toContain("the parser's process answered what is no list");
    expect(existsSync(join(dir, "measured.json"))).toBe(false);
    expect(status).not.toBe(0);
  });
});

describe("a session", () => {
  it("passes its gate, is measured, and tries the constants", () => {
    const { status, rows, err } = shortSession("parser-speed", 2);
    expect(err).toContain("e0002 tries:");
    expect(status).toBe(0);
    expect(rows.length).toBe(3);
    for (const [, metric] of rows) expect(Number(metric)).toBeGreaterThan(0.1);
    expect(rows[1]?.[4]).toMatch(/REUSE_BUFFER|FIELD_CAPACITY|GROWTH|SHORT_FIELD|CACHE_ENTRIES|DECODER/);
  }, 300_000);
});
