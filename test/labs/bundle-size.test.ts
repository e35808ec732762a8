/**
 * labs/bundle-size: the evaluator weighs only what the frozen build makes, the gate finds every wrong answer and cannot
 * be left, and a session of the tuner makes the bundle smaller.
 */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { readSettings } from "../../labs/bundle-size/build.ts";
import { randomInputs } from "../../labs/bundle-size/inputs.ts";
import { reference } from "../../labs/bundle-size/reference.ts";
import { removeTemps } from "../support/repo.ts";
import { copyLab, ROOT, replace, script, shortSession } from "./lab.ts";

afterAll(removeTemps);

const evaluated = (dir: string) => script(dir, "evaluate.ts", { NIGHTYARD_RUN_DIR: dir });

/** A copy whose main.ts begins with these lines, which the gate must refuse. */
function hostile(lines: string): string {
  const dir = copyLab("bundle-size");
  const main = join(dir, "src/main.ts");
  writeFileSync(main, `${lines}\n${readFileSync(main, "utf8")}`);
  return dir;
}

describe("the evaluator", () => {
  it("gives the gzipped size of the bundle, the same every time", () => {
    const dir = copyLab("bundle-size");
    expect(script(dir, "build.ts").text).toMatch(/^raw_bytes: \d+\n$/);
    const bundle = readFileSync(join(dir, "dist/bundle.js"));
    const wanted = `METRIC gzip_bytes=${gzipSync(bundle, { level: 9 }).length}\nMETRIC bundle_bytes=${bundle.length}\n`;
    expect(evaluated(dir).text).toBe(wanted);
    expect(script(dir, "build.ts").status).toBe(0);
    expect(evaluated(dir).text).toBe(wanted);
  });

  it("refuses a bundle that is missing, empty, a link, huge, or not what the sources make", () => {
    const dir = copyLab("bundle-size");
    const file = join(dir, "dist/bundle.js");
    expect(evaluated(dir).text).toBe("evaluate: the run left no dist/bundle.js\n");
    mkdirSync(join(dir, "dist"));
    const cases: readonly (readonly [string, string])[] = [
      ["", "the bundle is empty"],
      ["kit={}", "the bundle is not what the sources and settings make"],
      ["x".repeat(2 ** 20 + 1), "dist/bundle.js is larger than 1048576 bytes"],
    ];
    for (const [text, why] of cases) {
      writeFileSync(file, text);
      expect(evaluated(dir)).toEqual({ status: 1, text: `evaluate: ${why}\n` });
    }
    rmSync(file);
    symlinkSync(join(dir, "program.md"), file);
    expect(evaluated(dir).text).toBe("evaluate: dist/bundle.js is no plain file\n");
  });

  it("refuses a bundle that was honest once, when the sources are others", () => {
    const dir = copyLab("bundle-size");
    script(dir, "build.ts");
    replace(dir, "src/roman.ts", '"CM"', '"XM"');
    expect(evaluated(dir).text).toContain("not what the sources and settings make");
  });
});

describe("the build", () => {
  it.each([
    ["an unknown key", "plugins = true", "build.toml:1: no key of this lab"],
    ["an unknown value", 'target = "es5"', "build.toml:1: target is one of es2015,"],
    ["a value of another type", 'keep_names = "true"', "build.toml:1: keep_names is one of true, false"],
    ["a key of every object", "constructor = true", "build.toml:1: no key of this lab"],
    ["a table", "[define]", "build.toml:1: no key of this lab"],
  ])("refuses %s", (_, text, why) => {
    expect(() => readSettings(text)).toThrow(why);
  });

  it("bundles no file from outside src, frozen answers least of all", () => {
    const dir = hostile('import { reference } from "../reference.ts"; export const r = reference;');
    const { status, text } = script(dir, "build.ts");
    expect(text).toContain("only src/**/*.ts may be bundled, not reference.ts");
    expect(status).not.toBe(0);
  });

  it("takes no settings from files of the agent's beside build.toml", () => {
    const dir = copyLab("bundle-size");
    script(dir, "build.ts");
    const before = readFileSync(join(dir, "dist/bundle.js"), "utf8");
    writeFileSync(
      join(dir, "tsconfig.json"),
      '{"compilerOptions":{"removeComments":true,"jsx":"preserve","target":"es5"}}',
    );
    script(dir, "build.ts");
    expect(readFileSync(join(dir, "dist/bundle.js"), "utf8")).toBe(before);
  });
});

describe("the gate", () => {
  it("passes the lab as it ships, with the least and with the most settings", () => {
    const dir = copyLab("bundle-size");
    expect(script(dir, "check.ts 7").text).toBe("check: 4021 outputs are right (seed 7)\n");
    const toml = readFileSync(join(dir, "build.toml"), "utf8");
    const most = toml.replace(/(minify_\w+|tree_shaking|ignore_annotations) = false/g, "$1 = true");
    writeFileSync(join(dir, "build.toml"), most.replace('"none" ', '"underscore" ').replace('"iife"', '"cjs"'));
    const settings = join(dir, "src/settings.ts");
    writeFileSync(settings, readFileSync(settings, "utf8").replaceAll("= true", "= false"));
    expect(script(dir, "check.ts").text).toMatch(/^check: 4021 outputs are right/);
  });

  it.each([
    ["src/roman.ts", '"CD"', '"CCCC"', "roman("],
    ["src/numbers.ts", '"90": "ninety"', '"90": "ninty"', "words("],
    ["src/slug.ts", 'ß: "ss"', 'ß: "s"', "slug("],
    ["src/date.ts", "year % 400 === 0", "year % 900 === 0", "date("],
    ["src/markdown.ts", "&quot;", "&#34;", "markdown("],
  ])("finds a wrong answer in %s", (file, from, to, name) => {
    const dir = copyLab("bundle-size");
    replace(dir, file, from, to);
    const { status, text } = script(dir, "check.ts");
    expect(text).toMatch(new RegExp(`^check: ${name.slice(0, -1)}\\(.* expected .*\\(seed \\d+\\)\\n$`, "s"));
    expect(status).toBe(1);
  });

  // Each tries what a bundle would need in order to pass without the right answers; `leak` answers with what it got.
  const leak = (expression: string) =>
    `let got = "nothing"; try { got = String(${expression}); } catch (e) { got = String(e); }
     const all = "[" + Array(4021).fill(JSON.stringify(got)).join(",") + "]"; JSON.stringify = (() => all) as any;`;
  it.each([
    ["ends its process", '(globalThis as any)["process"].exit(0);', /the bundle ended badly: ReferenceError|TypeError/],
    ["loops", "for (;;) {}", /the bundle ended badly: Error: Script execution timed out/],
    ["answers nothing", "JSON.stringify = (() => 7) as any;", /the bundle gave no outputs/],
    ["answers the same for all", 'JSON.stringify = () => "[1]";', /the bundle gave no outputs/],
    ["answers no JSON", 'JSON.stringify = () => "oops";', /the bundle gave no outputs/],
    ["makes code from strings", leak('new Function("return process")()'), /gave "EvalError/],
    [
      "reaches for the host",
      leak('(globalThis as any).constructor.constructor("return process")().pid'),
      /gave "(Eval|Type)Error/,
    ],
  ])("fails a bundle that %s", (_, lines, why) => {
    const { status, text } = script(hostile(lines), "check.ts");
    expect(text).toMatch(/^check: /);
    expect(text).toMatch(why);
    expect(status).toBe(1);
  });

  it("draws random inputs that all are answered by cases written by hand or by a second implementation alike", () => {
    const cases = JSON.parse(readFileSync(join(ROOT, "labs/bundle-size/cases.json"), "utf8")) as [
      keyof typeof reference,
      string,
      string,
    ][];
    for (const [name, input, expected] of cases) expect(reference[name](input)).toBe(expected);
    expect(randomInputs(3, 50)).toEqual(randomInputs(3, 50));
    expect(randomInputs(3, 50)).not.toEqual(randomInputs(4, 50));
    expect(new Set(randomInputs(5, 4000).map(([, input]) => input)).size).toBeGreaterThan(2500);
  });
});

describe("a session", () => {
  it("keeps smaller bundles on one run each, with no noise", () => {
    const { status, rows, err } = shortSession("bundle-size", 3);
    expect(err).toContain("e0003");
    expect(status).toBe(0);
    expect(rows.length).toBe(4);
    const kept = rows.filter((row) => row[3] === "keep").map((row) => Number(row[1]));
    expect(kept.length).toBeGreaterThan(1);
    expect(kept).toEqual([...kept].sort((a, b) => b - a));
  }, 200_000);
});
