/** What a program.md means: the fields, their defaults, the classic layout, the scope, and reading it from disk. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatProblem, inScope, loadProgram, type Program, parseProgram } from "../src/program.ts";

const SAMPLE = `---
name: nano-gpt
description: Lower the validation bits per byte of a small GPT.
metric: { name: val_bpb, goal: minimize }
scope: [train.ts]                    # globs; all else is frozen
budget: 60s
timeout: 3m
prepare: npx tsx prepare.ts
run: npx tsx train.ts
evaluate: npx tsx evaluate.ts
gates: [npx tsc --noEmit]
guards: [peak_memory_mb <= 4096]
---
# What to try

---
More after a rule.
`;

const MINIMAL = `---
name: a
description: b
metric: { name: m, goal: maximize }
scope: [a.txt]
run: "true"
---
`;

function accept(text: string, labFiles: readonly string[] = ["train.ts", "a.txt"]): Program {
  const result = parseProgram(text, "/labs/My Lab/program.md", labFiles);
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join("\n"));
  return result.program;
}

function warningsOf(text: string, labFiles: readonly string[]): string[] {
  const result = parseProgram(text, "program.md", labFiles);
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join("\n"));
  return result.warnings.map(formatProblem);
}

describe("front matter", () => {
  test("is read with the body behind it, a horizontal rule included", () => {
    const program = accept(SAMPLE);
    expect(program).toMatchObject({
      origin: "front-matter",
      name: "nano-gpt",
      scope: ["train.ts"],
      budgetSeconds: 60,
      timeoutSeconds: 180,
      prepare: "npx tsx prepare.ts",
      evaluate: "npx tsx evaluate.ts",
      gates: ["npx tsc --noEmit"],
      guards: [{ metric: "peak_memory_mb", op: "<=", limit: 4096, text: "peak_memory_mb <= 4096" }],
      body: "# What to try\n\n---\nMore after a rule.\n",
    });
    expect(program.text).toBe(SAMPLE);
  });

  test("needs five fields; the rest has defaults", () => {
    expect(accept(MINIMAL)).toMatchObject({
      metric: { name: "m", goal: "maximize", scale: "linear", deterministic: false, minEffect: 0, minEffectRel: 0 },
      budgetSeconds: 300,
      timeoutSeconds: 660,
      prepare: undefined,
      evaluate: undefined,
      prepareTimeoutSeconds: 3600,
      evaluateTimeoutSeconds: 600,
      agentTimeoutSeconds: 600,
      gateTimeoutSeconds: 600,
      gates: [],
      guards: [],
      repairTurns: 1,
      judge: { preset: "default" },
      env: [],
      links: [],
      body: "",
    });
  });

  test("gives a run twice its budget and a minute when no timeout is set", () => {
    expect(accept(MINIMAL.replace("run:", "budget: 90\nrun:")).timeoutSeconds).toBe(240);
  });

  test("sets every optional field", () => {
    const more = `metric: { name: m, goal: maximize, scale: log, deterministic: true,
  min-effect: 0.5, min-effect-rel: 0.01 }
repair-turns: 0
judge: { preset: strict }
env: [HF_HOME]
links: [./node_modules/, data]
prepare-timeout: 2h
evaluate-timeout: 30s
agent-timeout: 5m
gate-timeout: 1m30s
license: MIT
metadata: { owner: someone }
`;
    expect(accept(MINIMAL.replace("metric: { name: m, goal: maximize }\n", more))).toMatchObject({
      metric: { scale: "log", deterministic: true, minEffect: 0.5, minEffectRel: 0.01 },
      repairTurns: 0,
      judge: { preset: "strict" },
      env: ["HF_HOME"],
      links: ["node_modules", "data"],
      prepareTimeoutSeconds: 7200,
      evaluateTimeoutSeconds: 30,
      agentTimeoutSeconds: 300,
      gateTimeoutSeconds: 90,
    });
  });

  test("reads alike with a byte order mark and CRLF, but hashes the bytes", () => {
    const windows = `\uFEFF${SAMPLE.replaceAll("\n", "\r\n")}`;
    const { hash, text, ...rest } = accept(windows);
    const { hash: plainHash, text: _, ...plain } = accept(SAMPLE);
    expect(rest).toEqual(plain);
    expect(text).toBe(windows);
    expect(hash).not.toBe(plainHash);
    expect(hash).toBe(createHash("sha256").update(Buffer.from(windows)).digest("hex"));
  });

  test.each([
    ["60s", 60],
    ["5m", 300],
    ["1h30m", 5400],
    ["1h30m15s", 5415],
    ["90", 90],
    ['"90"', 90],
    ["1.5h", 5400],
    ["0.5", 0.5],
  ])("reads a duration of %s", (text, seconds) => {
    expect(accept(MINIMAL.replace("run:", `budget: ${text}\nrun:`)).budgetSeconds).toBe(seconds);
  });

  test.each([
    ["a <= 1", "<=", 1],
    ["a/b.c-d>=-2.5e3", ">=", -2500],
    ["a < .5", "<", 0.5],
    ["a > 0", ">", 0],
  ])("reads a guard of %s", (text, op, limit) => {
    expect(accept(MINIMAL.replace("run:", `guards: ["${text}"]\nrun:`)).guards).toMatchObject([{ op, limit, text }]);
  });

  test("keeps a command of several lines", () => {
    expect(accept(MINIMAL.replace('run: "true"', "run: |\n  a\n  b")).run).toBe("a\nb");
  });
});

describe("warnings", () => {
  test("name a file in scope that is not there, and a folder given as a file", () => {
    expect(warningsOf(MINIMAL.replace("[a.txt]", "[a.txt, src]"), ["src/"])).toEqual([
      expect.stringContaining('program.md:5: scope[0]: found "a.txt"; expected a file at the top of the lab'),
      expect.stringContaining("Fix: src/**"),
    ]);
  });

  test("say when the timeout leaves no time to start", () => {
    const [warning] = warningsOf(MINIMAL.replace("run:", "budget: 60s\ntimeout: 1m\nrun:"), ["a.txt"]);
    expect(warning).toContain("program.md:7: timeout");
  });

  test("say that packages are not linked", () => {
    expect(warningsOf(MINIMAL, ["a.txt", "node_modules/"])[0]).toContain("Fix: links: [node_modules]");
  });
});

describe("the classic layout", () => {
  test("of Python runs unchanged", () => {
    const program = accept("# autoresearch\nTry things.\n", ["prepare.py", "program.md", "train.py", ".venv/"]);
    expect(program).toMatchObject({
      origin: "classic",
      name: "my-lab",
      metric: { name: "val_bpb", goal: "minimize" },
      scope: ["train.py"],
      budgetSeconds: 300,
      timeoutSeconds: 600,
      prepare: "uv run prepare.py",
      run: "uv run train.py",
      links: [".venv"],
      body: "# autoresearch\nTry things.\n",
    });
    expect(program.evaluate).toBeUndefined();
  });

  test("of TypeScript has tsx run it, and prepare only where there is one", () => {
    expect(accept("", ["train.ts"])).toMatchObject({
      run: "npx tsx train.ts",
      prepare: undefined,
      scope: ["train.ts"],
    });
    expect(accept("", ["train.ts", "prepare.ts"]).prepare).toBe("npx tsx prepare.ts");
    expect(accept("", ["train.ts"]).body).toContain("train.ts");
  });

  test("with both languages takes Python and says so", () => {
    expect(warningsOf("", ["train.py", "train.ts"])[0]).toContain("train.py is taken");
  });

  test("without anything to train is refused with the way to begin", () => {
    const result = parseProgram("# Hello\n", "program.md", ["README.md"]);
    expect(result.ok ? [] : result.problems.map(formatProblem)).toEqual([
      'program.md:1: front matter: found "no front matter"; expected front matter between two lines ---, ' +
        "or a train.py or train.ts beside it. Fix: nightyard init",
    ]);
  });
});

describe("the scope", () => {
  const scoped = (scope: string, more = "") => accept(MINIMAL.replace("[a.txt]", scope).replace("run:", `${more}run:`));

  test.each([
    ["[train.ts]", "train.ts", true],
    ["[train.ts]", "Train.ts", false],
    ["[train.ts]", "src/train.ts", false],
    ["[./train.ts]", "train.ts", true],
    ['["*.ts"]', "src/a.ts", false],
    ['["src/**"]', "src/deep/.hidden", true],
    ['["src/**/*.{ts,py}"]', "src/a/b.py", true],
    ['["src/**", "!src/frozen/**"]', "src/frozen/a.ts", false],
    ['["!src/frozen/**", "src/**"]', "src/frozen/a.ts", false],
    ['["**", "!program.md"]', "program.md", false],
    ['["**", "!program.md"]', ".git/config", false],
    ['["**", "!program.md"]', "sub/.git/hooks/x", false],
    ['["**", "!program.md"]', ".nightyard/ledger.db", false],
    ['["**", "!program.md"]', "../x", false],
    ['["**", "!program.md"]', "/etc/passwd", false],
    ['["**", "!program.md"]', "a//b", false],
    ['["**", "!program.md"]', "a/./b", false],
    ['["**", "!program.md"]', "", false],
    ['["**", "!program.md"]', "a\0b", false],
  ])("%s: may %s change? %s", (scope, path, expected) => {
    expect(inScope(scoped(scope), path)).toBe(expected);
  });

  test("never reaches through a linked path", () => {
    const program = scoped('["**/*.js", "!program.md"]', "links: [node_modules]\n");
    expect(inScope(program, "node_modules/a/index.js")).toBe(false);
    expect(inScope(program, "lib/index.js")).toBe(true);
  });
});

describe("loading", () => {
  let dir = "";
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "nightyard program "));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  async function faultsOf(): Promise<string[]> {
    const result = await loadProgram(dir);
    return result.ok ? [] : result.problems.map((problem) => formatProblem(problem).replace(`${dir}/`, ""));
  }

  test("reads the folder's program.md and says where it is", async () => {
    writeFileSync(join(dir, "program.md"), MINIMAL);
    const result = await loadProgram(dir);
    expect(result.ok && result.program.file).toBe(join(dir, "program.md"));
    expect(result.ok && result.program.hash).toBe(createHash("sha256").update(MINIMAL).digest("hex"));
  });

  test("without a file uses the classic defaults and the hash of nothing", async () => {
    writeFileSync(join(dir, "train.py"), "");
    mkdirSync(join(dir, ".venv"));
    const result = await loadProgram(dir);
    expect(result.ok && result.program).toMatchObject({
      file: undefined,
      text: "",
      hash: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      links: [".venv"],
    });
  });

  test("refuses bytes that are no UTF-8, with their line", async () => {
    writeFileSync(join(dir, "program.md"), Buffer.concat([Buffer.from("a\nb\nc"), Buffer.from([0xff, 0xfe])]));
    expect(await faultsOf()).toEqual([
      'program.md:3: file: found "bytes that are no UTF-8"; expected a text file saved as UTF-8',
    ]);
  });

  test("refuses a huge file without reading it", async () => {
    writeFileSync(join(dir, "program.md"), Buffer.alloc(1_048_577, 32));
    expect(await faultsOf()).toEqual(['program.md: file: found "1048577 bytes"; expected at most 1048576 bytes']);
  });

  test("refuses a folder in the place of the file", async () => {
    mkdirSync(join(dir, "program.md"));
    expect(await faultsOf()).toEqual(['program.md: file: found "no regular file"; expected a text file']);
  });
});
