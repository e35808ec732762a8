/**
 * `nightyard init` as a person uses it: flags, templates, a real terminal, and a slow test suite that a session makes
 * faster (docs/own-repository.md).
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { PUBLISHED } from "../src/cli/json.ts";
import { loadProgram } from "../src/program.ts";
import { component } from "./support/component.ts";
import { makeRepo, removeTemps, sh, tempDir, writeFiles } from "./support/repo.ts";

afterAll(removeTemps);

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BIN = join(ROOT, "bin/nightyard.js");

function nightyard(cwd: string, ...args: readonly string[]) {
  const env = { ...process.env, NIGHTYARD_SANDBOX: "auto" };
  const r = spawnSync(process.execPath, [BIN, ...args], { cwd, encoding: "utf8", timeout: 240_000, env });
  return { code: r.status, out: r.stdout, err: r.stderr };
}

/** Everything that the named template and the folder leave open, answered by flags. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  training: ["--metric", "val_loss", "--goal", "minimize"],
  skill: ["--run", "node ask.mjs"],
};

function templates(): readonly string[] {
  const lines = nightyard(ROOT, "init", "--list-templates").out.trim().split("\n");
  return lines.map((line) => line.split(" ")[0] ?? "");
}

describe("init", () => {
  it("lists its templates", () => {
    expect(templates()).toEqual([
      "bundle-size",
      "lighthouse",
      "node-test-time",
      "pytest-time",
      "skill",
      "throughput",
      "training",
      "vitest-time",
    ]);
  });

  it("writes a program that is right from every template, prints it with --dry-run, and never over a file", async () => {
    for (const name of templates()) {
      const dir = makeRepo({ "README.md": "x\n" });
      mkdirSync(join(dir, "src"));
      const args = ["init", ".", "--template", name, "--yes", ...(ANSWERS[name] ?? [])];
      const dry = nightyard(dir, ...args, "--dry-run");
      expect([name, dry.code, dry.err]).toEqual([name, 0, ""]);
      expect(readdirSync(dir).sort()).toEqual([".git", "README.md", "src"]);
      const done = nightyard(dir, ...args);
      expect([name, done.code]).toEqual([name, 0]);
      const loaded = await loadProgram(dir);
      expect(loaded.ok, name).toBe(true);
      for (const line of done.out.matchAll(/^wrote (.*)$/gm)) {
        expect(dry.out).toContain(readFileSync(join(dir, line[1] ?? ""), "utf8"));
      }
      expect(nightyard(dir, ...args).err).toContain("writes over nothing");
    }
  }, 120_000);

  it("writes nothing at all when one of its files is there already", () => {
    const dir = makeRepo({ "nightyard/check-tests.mjs": "mine\n" });
    const r = nightyard(dir, "init", ".", "--template", "node-test-time", "--yes");
    expect([r.code, r.err]).toEqual([2, expect.stringContaining("check-tests.mjs: is there already")]);
    expect(existsSync(join(dir, "program.md"))).toBe(false);
    expect(readFileSync(join(dir, "nightyard/check-tests.mjs"), "utf8")).toBe("mine\n");
  });

  it("names every missing answer's flag off a terminal, and does not invent a metric even with --yes", () => {
    const dir = makeRepo({ "package.json": '{"scripts":{"test":"true","bench":"true"}}', "src/a.js": "" });
    const bare = nightyard(dir, "init", ".");
    expect(bare.code).toBe(2);
    for (const flag of ["--metric", "--goal", "--run", "--scope 'src/**'", "--gate 'npm test'"]) {
      expect(bare.err).toContain(flag);
    }
    const yes = nightyard(dir, "init", ".", "--yes");
    expect([yes.code, yes.err]).toEqual([2, expect.stringMatching(/does not invent.*\n {2}--metric/)]);
    const training = nightyard(dir, "init", ".", "--template", "training", "--yes");
    expect([training.code, training.err]).toEqual([2, expect.stringContaining("--metric")]);
    expect(nightyard(dir, "init", ".", "--template", "trainning").err).toMatch(/expected one of bundle-size, /);
    expect(existsSync(join(dir, "program.md"))).toBe(false);
  });

  it("proposes from what it sees, and the command that it proposes works", () => {
    const seen: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
      [{ "package.json": '{"devDependencies":{"vitest":"4"}}' }, "vitest-time"],
      [{ "package.json": '{"scripts":{"test":"node --test"}}' }, "node-test-time"],
      [{ "package.json": '{"scripts":{"build":"vite build"},"devDependencies":{"vite":"7"}}' }, "bundle-size"],
      [{ "pyproject.toml": "[tool.pytest.ini_options]\n" }, "pytest-time"],
      [{ "SKILL.md": "---\n---\n" }, "skill"],
      [{ "train.py": "pass\n" }, "training"],
    ];
    for (const [files, template] of seen) {
      const dir = makeRepo({ ...files, "src/a": "" });
      const { err } = nightyard(dir, "init", ".");
      expect(err).toContain(`Fix: nightyard init . --template ${template} --yes`);
      const fixed = nightyard(dir, "init", ".", "--template", template, "--yes", ...(ANSWERS[template] ?? []));
      expect([template, fixed.code]).toEqual([template, 0]);
    }
    const hostile = makeRepo({ "package.json": "{ not json", "pyproject.toml": "\u0000" });
    expect(nightyard(hostile, "init", ".").code).toBe(2);
  });

  it("keeps the measuring files out of a scope that would allow them", async () => {
    const dir = makeRepo({ "README.md": "x" });
    nightyard(dir, "init", ".", "--template", "node-test-time", "--scope", "**/*.{js,mjs}, !program.md");
    const loaded = await loadProgram(dir);
    expect(loaded.ok && loaded.program.scope).toEqual(["**/*.{js,mjs}", "!program.md", "!nightyard/**"]);
  });

  it("takes flags for all five answers, also for a timed metric, guards and no gates", async () => {
    const dir = makeRepo({ "README.md": "x" });
    const flags = ["--improve", "Faster.", "--metric", "s", "--goal", "minimize", "--run", "sh b.sh", "--timing"];
    const more = ["--scope", "README.md", "--no-gates", "--guard", "peak_mb <= 10", "--budget", "30s", "--for", "2h"];
    const r = nightyard(dir, "init", ".", ...flags, ...more);
    expect([r.code, r.out]).toEqual([0, expect.stringContaining("nightyard run . --for 2h")]);
    const loaded = await loadProgram(dir);
    expect(loaded.ok && loaded.program).toMatchObject({
      description: "Faster.",
      metric: { name: "s", goal: "minimize", scale: "log", timing: { repeats: 6 } },
      gates: [],
      guards: [{ text: "peak_mb <= 10" }],
      budgetSeconds: 30,
    });
  });
});

const hasScript = component(spawnSync("script", ["--version"]).status === 0, "script", "apt-get install bsdutils");

describe.skipIf(!hasScript)("init on a terminal", () => {
  /** Types each of the lines after the question before it was drawn; a real terminal of `script`. */
  function typed(dir: string, keys: readonly string[]) {
    const command = `stty cols 80 rows 24; exec ${process.execPath} ${BIN} init .`;
    const feed = keys.map((key) => `sleep 1; printf '${key}'`).join("; ");
    const line = `(sleep 2; ${feed}; sleep 2) | script -qec "${command}" /dev/null`;
    return spawnSync("sh", ["-c", line], { cwd: dir, encoding: "utf8", timeout: 60_000 });
  }

  it("asks what is missing with the proposal in the field, and writes what was confirmed", async () => {
    const dir = makeRepo({ "package.json": '{"scripts":{"test":"node --test"}}', "src/a.js": "" });
    const r = typed(dir, ["\\r", "\\r", "\\r", "\\r"]);
    expect(r.stdout).toContain("This folder looks like tests run by");
    const loaded = await loadProgram(dir);
    expect(loaded.ok && loaded.program).toMatchObject({
      metric: { name: "suite_seconds", timing: { repeats: 6 } },
      scope: ["src/**", "!**/*.test.*"],
    });
  });

  it("writes nothing when the person leaves", () => {
    const dir = makeRepo({ "src/a.js": "" });
    const r = typed(dir, ["\\003"]);
    expect(r.stdout).toContain("nothing was written");
    expect(r.status).toBe(130);
    expect(readdirSync(dir).sort()).toEqual([".git", "src"]);
  });
});

/** A library whose tests are slow because `sum` is; each test says what must stay true. */
const SLOW = (loops: string) => `export function sum(n) {
  let total = 0;
  for (let again = 0; again < ${loops}; again += 1) {
    total = 0;
    for (let i = 1; i <= n; i += 1) total += i;
  }
  return total;
}
`;
const SUITE: Readonly<Record<string, string>> = {
  "package.json": '{"type":"module","scripts":{"test":"node --test"}}\n',
  ".gitignore": "node_modules\n.nightyard\n",
  "src/sum.js": SLOW("300"),
  "test/sum.test.js": `import assert from "node:assert";
import { test } from "node:test";
import { sum } from "../src/sum.js";
test("of many", () => assert.equal(sum(1_000_000), 500000500000));
test("of one", () => assert.equal(sum(1), 1));
`,
};

describe("an own repository with a slow test suite", () => {
  it("keeps a faster change, discards a slower one, and never keeps one that breaks a test", () => {
    const dir = makeRepo(SUITE);
    expect(nightyard(dir, "init", ".", "--template", "node-test-time", "--yes").code).toBe(0);
    // A short session: four executions each, one after the other; a machine that other tests use is not steady.
    const program = readFileSync(join(dir, "program.md"), "utf8");
    const short = "timing: { warmup: 1, repeats: 4, steady: 0.6 }";
    writeFileSync(join(dir, "program.md"), program.replace("timing: true", short));
    expect(readFileSync(join(dir, "program.md"), "utf8")).toContain(short);
    const record = ["--record", "--", "node", "--test", "--test-reporter=junit"];
    const recorded = spawnSync("node", ["nightyard/check-tests.mjs", ...record], { cwd: dir, encoding: "utf8" });
    expect(recorded.stdout).toContain("recorded 2 tests");
    sh(dir, "add", ".");
    sh(dir, "commit", "--quiet", "-m", "a lab");
    const right = "export function sum(n) {\n  return (n * (n + 1)) / 2;\n}\n";
    const steps = [
      { hypothesis: "ten times the work", text: SLOW("3000") },
      {
        hypothesis: "breaks a test, and is much faster",
        text: "export const sum = (n) => (n === 1 ? 0 : 500000500000);\n",
      },
      { hypothesis: "a formula", text: right },
    ].map(({ hypothesis, text }) => ({ hypothesis, edits: [{ write: "src/sum.js", text }] }));
    const script = join(tempDir(), "steps.json");
    writeFileSync(script, JSON.stringify(steps));
    const run = nightyard(
      dir,
      "run",
      ".",
      "--agent",
      `scripted:${script}`,
      "-n",
      "3",
      "--confirm-runs",
      "0",
      "--tag",
      "t",
    );
    expect([run.code, run.err]).toEqual([0, expect.stringContaining("done: experiments")]);
    const log = nightyard(dir, "log", "--json").out.trim().split("\n");
    const told = log.map((line) => PUBLISHED.experiment.parse(JSON.parse(line)).verdict);
    expect(told.map((v) => `${v?.kind} ${v?.rule}`)).toEqual([
      "keep baseline",
      "discard judge",
      "discard gate",
      "keep judge",
    ]);
    expect(sh(dir, "show", "autoresearch/t:src/sum.js")).toBe(right);
  }, 240_000);

  it("fails the gate when a test is skipped, renamed or gone, and says which", () => {
    const dir = makeRepo({ ...SUITE, "src/sum.js": SLOW("1") });
    nightyard(dir, "init", ".", "--template", "node-test-time", "--yes");
    const gate = (...more: string[]) =>
      spawnSync("node", ["nightyard/check-tests.mjs", ...more, "--", "node", "--test", "--test-reporter=junit"], {
        cwd: dir,
        encoding: "utf8",
      });
    expect(gate()).toMatchObject({ status: 1, stderr: expect.stringMatching(/missing.* --record -- node --test /) });
    expect(gate("--record").status).toBe(0);
    expect(gate()).toMatchObject({ status: 0, stdout: "2 tests still pass\n" });
    const suite = SUITE["test/sum.test.js"] ?? "";
    writeFiles(dir, { "test/sum.test.js": suite.replace('test("of one"', 'test.skip("of one"') });
    expect(gate()).toMatchObject({ status: 1, stderr: expect.stringMatching(/1 of 2 tests no longer pass.*of one/) });
  });
});

describe("what the templates measure with", () => {
  it("times a Vitest suite and checks its tests, in the sandbox", () => {
    const dir = makeRepo({
      "package.json": '{"type":"module","devDependencies":{"vitest":"4"}}',
      ".gitignore": "node_modules\n.nightyard\n",
      "src/one.js": "export const one = 1;\n",
      "test/one.test.js":
        'import { expect, it } from "vitest";\nimport { one } from "../src/one.js";\nit("is", () => expect(one).toBe(1));\n',
    });
    symlinkSync(join(ROOT, "node_modules"), join(dir, "node_modules"));
    expect(nightyard(dir, "init", ".", "--template", "vitest-time", "--yes").code).toBe(0);
    const program = readFileSync(join(dir, "program.md"), "utf8");
    writeFileSync(
      join(dir, "program.md"),
      program.replace("timing: true", "timing: { warmup: 0, repeats: 4, steady: 1 }"),
    );
    const record = ["nightyard/check-tests.mjs", "--record", "--", "npx", "vitest", "run", "--reporter=junit"];
    const recorded = spawnSync("node", record, { cwd: dir, encoding: "utf8" });
    expect(recorded.stdout).toContain("recorded 1 tests");
    sh(dir, "add", ".");
    sh(dir, "commit", "--quiet", "-m", "a lab");
    const script = join(tempDir(), "steps.json");
    writeFileSync(script, "[]");
    const run = nightyard(dir, "run", ".", "--agent", `scripted:${script}`, "-n", "1", "--confirm-runs", "0");
    expect([run.code, run.err]).toEqual([0, expect.stringContaining("done: ")]);
    const baseline = JSON.parse(nightyard(dir, "show", "0", "--json").out);
    expect(baseline.runs[0].measurement.metric).toBeGreaterThan(0);
  }, 240_000);

  const hasPytest = component(
    spawnSync("python3", ["-c", "import pytest"]).status === 0,
    "pytest",
    "apt-get install python3-pytest",
  );

  it.skipIf(!hasPytest)("times a pytest suite; a test that is skipped or fails is named", () => {
    const dir = makeRepo({
      "src/one.py": "one = 1\n",
      "test_one.py": "from src.one import one\n\ndef test_is():\n    assert one == 1\n\ndef test_two():\n    pass\n",
    });
    expect(nightyard(dir, "init", ".", "--template", "pytest-time", "--yes").code).toBe(0);
    const gate = (...more: string[]) =>
      spawnSync("python3", ["nightyard/check_tests.py", ...more], { cwd: dir, encoding: "utf8" });
    expect(gate().stderr).toContain("nightyard/tests.txt is missing");
    expect(gate("--record").stdout).toContain("recorded 2 tests");
    expect(gate()).toMatchObject({ status: 0, stdout: expect.stringContaining("2 tests still pass") });
    writeFiles(dir, { "src/one.py": "import pytest\npytest.skip(allow_module_level=True)\n" });
    expect(gate()).toMatchObject({ status: 1, stderr: expect.stringMatching(/2 tests no longer pass.*test_is/) });
    writeFiles(dir, { "src/one.py": "one = 2\n" });
    expect(gate()).toMatchObject({ status: 1, stderr: expect.stringMatching(/1 tests no longer pass.*test_is/) });
  });

  it("measures the size of a build, and refuses an empty one", () => {
    const dir = tempDir();
    nightyard(dir, "init", ".", "--template", "bundle-size", "--yes", "--gate", "true");
    const size = () => spawnSync("node", ["nightyard/size.mjs", "dist"], { cwd: dir, encoding: "utf8" });
    mkdirSync(join(dir, "dist"));
    expect(size()).toMatchObject({ status: 1, stderr: expect.stringContaining("no file was built") });
    writeFiles(dir, { "dist/a.js": "x".repeat(5000), "dist/a.js.map": "y".repeat(9000) });
    expect(size().stdout).toMatch(/^METRIC gzip_bytes=\d\d\nMETRIC bytes=5000\nMETRIC files=1\n$/);
  });

  it("measures a function only when it is named, and notices a wrong or a remembered answer", () => {
    const dir = tempDir();
    nightyard(dir, "init", ".", "--template", "throughput", "--yes");
    const node = (file: string) =>
      spawnSync("node", [file], {
        cwd: dir,
        encoding: "utf8",
        env: { ...process.env, NIGHTYARD_MEASURE_SECONDS: "0.05" },
      });
    expect(node("nightyard/measure.mjs")).toMatchObject({ status: 1, stdout: "" });
    expect(node("nightyard/check.mjs").status).toBe(1);
    const cases = (body: string) =>
      writeFiles(dir, {
        "nightyard/cases.mjs": `export const call = ${body};
export const inputs = [[[3, 1, 2]]];
export const answers = [{ args: [[2, 1]], answer: [1, 2] }];
`,
      });
    cases("(xs) => xs.sort()");
    expect(node("nightyard/measure.mjs").stdout).toMatch(/^METRIC calls_per_second=\d/);
    expect(node("nightyard/check.mjs").status).toBe(0);
    cases("(xs) => xs");
    expect(node("nightyard/check.mjs").status).toBe(1);
    cases("async (xs) => xs.sort()");
    expect(node("nightyard/measure.mjs").status).toBe(1);
  });

  it("grades a skill's answers; a missing answer and a forbidden word are wrong", () => {
    const dir = tempDir();
    nightyard(dir, "init", ".", "--template", "skill", "--yes", "--run", "sh ask.sh");
    writeFiles(dir, {
      "nightyard/cases/a/input.md": "add 1 and 2",
      "nightyard/cases/a/expected.txt": "3\n!4\n",
      "nightyard/cases/b/input.md": "greet",
      "nightyard/cases/b/expected.txt": "hello\n",
    });
    const [data, heldOut, runDir] = [tempDir(), tempDir(), tempDir()];
    const env = { ...process.env, NIGHTYARD_DATA: data, NIGHTYARD_HELD_OUT: heldOut, NIGHTYARD_RUN_DIR: runDir };
    const node = (file: string) => spawnSync("node", [`nightyard/${file}`], { cwd: dir, encoding: "utf8", env });
    expect(node("prepare.mjs").stdout).toBe("2 cases\n");
    expect(readdirSync(data)).toEqual(["a.md", "b.md"]);
    const rate = (a: string) => {
      writeFiles(runDir, { "answers/a.md": a });
      return /pass_rate=(\S+)/.exec(node("grade.mjs").stdout)?.[1];
    };
    expect([rate("it is 3"), rate("3 or 4"), rate("no")]).toEqual(["0.5", "0", "0"]);
  });

  const home = join(os.homedir(), ".nightyard-lighthouse");
  const page = component(
    existsSync(join(home, "node_modules/lighthouse")) && existsSync("/usr/bin/chromium"),
    "Lighthouse with Chromium",
    `apt-get install chromium && npm install --prefix ${home} lighthouse`,
  );

  it.skipIf(!page)(
    "scores a page with Lighthouse, from the sealed copy and inside the sandbox",
    () => {
      const dir = makeRepo({
        ".gitignore": ".nightyard\n",
        "src/index.html":
          '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>t</title><meta name="viewport" content="width=device-width"></head><body><h1>Hello</h1></body></html>',
      });
      const own = ["--run", "mkdir dist && cp src/* dist", "--gate", "test -s src/index.html"];
      expect(nightyard(dir, "init", ".", "--template", "lighthouse", "--yes", ...own).code).toBe(0);
      // One run of the baseline is enough here.
      const program = readFileSync(join(dir, "program.md"), "utf8").replace(
        "maximize\n",
        "maximize\n  deterministic: true\n",
      );
      writeFileSync(join(dir, "program.md"), program);
      sh(dir, "add", ".");
      sh(dir, "commit", "--quiet", "-m", "a lab");
      const script = join(tempDir(), "steps.json");
      writeFileSync(script, "[]");
      const run = nightyard(dir, "run", ".", "--agent", `scripted:${script}`, "-n", "1", "--confirm-runs", "0");
      expect([run.code, run.err]).toEqual([0, expect.stringContaining("done: ")]);
      const baseline = JSON.parse(nightyard(dir, "show", "0", "--json").out);
      expect(baseline.runs[0].measurement).toMatchObject({ provenance: "evaluated", extra: { accessibility: 100 } });
      expect(baseline.runs[0].measurement.metric).toBeGreaterThan(50);
      expect(baseline.runs[0].measurement.metric).toBeLessThanOrEqual(100);
    },
    240_000,
  );
});
