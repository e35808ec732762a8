/** The command as a person uses it: real processes, real repositories, exit codes and messages. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { PUBLISHED, schemaText } from "../src/cli/json.ts";
import { entriesOf, experimentsOf, readLedger, sessionOf } from "../src/ledger.ts";
import { parseResultsTsv } from "../src/results-tsv.ts";
import { component } from "./support/component.ts";
import { makeRepo, removeTemps, sh, TOY_FILES, TOY_PROGRAM, tempDir, writeFiles } from "./support/repo.ts";

afterAll(removeTemps);

const BIN = fileURLToPath(new URL("../bin/nightyard.js", import.meta.url));
const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A sandbox where this machine has one; tests of the sandbox itself say what they want. */
const ENV = { ...process.env, NIGHTYARD_SANDBOX: "auto" };

function nightyard(cwd: string, ...args: readonly string[]): Result {
  const r = spawnSync(process.execPath, [BIN, ...args], { cwd, encoding: "utf8", timeout: 120_000, env: ENV });
  return { code: r.status, out: r.stdout, err: r.stderr };
}

/** A lab and a script file for the scripted agent, one value per experiment. */
function labWith(values: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const dir = makeRepo({ ...TOY_FILES, ...more });
  const script = join(tempDir(), "steps.json");
  const steps = values.map((text) => ({ edits: [{ write: "value.txt", text }], hypothesis: `try ${text}` }));
  writeFileSync(script, JSON.stringify(steps));
  return { dir, agent: `scripted:${script}` };
}

function ledgerOf(dir: string, tag: string) {
  const ledger = readLedger(join(dir, ".nightyard"));
  if (ledger === undefined) throw new Error("no ledger");
  const session = sessionOf(ledger, tag);
  const experiments = experimentsOf(ledger, tag);
  const entries = [...entriesOf(ledger, tag)];
  const integrity = (ledger.db.prepare("PRAGMA integrity_check").get() as { integrity_check: string }).integrity_check;
  ledger.db.close();
  return { session, experiments, entries, integrity };
}

describe("nightyard", () => {
  it("shows help with examples and exit codes, and its version", () => {
    const bare = nightyard(ROOT);
    expect(bare.code).toBe(0);
    expect(bare.out).toContain("Examples:");
    expect(nightyard(ROOT, "--help").out).toContain("Exit codes: 0 ok");
    expect(nightyard(ROOT, "--version").out.trim()).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it("ends with 2 and a message, never a stack, when it is used wrongly", () => {
    const dir = tempDir();
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [["fly"], /unknown command/],
      [["run", "--experiments", "many"], /whole number, found "many"/],
      [["run", "--for", "soon"], /found "soon"/],
      [["run", "--tag", "../x"], /found "..\/x"/],
      [["run", "nowhere"], /no such folder/],
      [["run", "."], /expected a git repository/],
      [["status"], /expected a git repository/],
    ];
    for (const [args, message] of cases) {
      const r = nightyard(dir, ...args);
      expect([args, r.code]).toEqual([args, 2]);
      expect(r.err).toMatch(message);
      expect(r.err).not.toMatch(/\n\s+at /);
    }
    expect(nightyard(makeRepo(TOY_FILES), "run", ".", "--agent", "oracle").code).toBe(4);
    expect(readdirSync(dir)).toEqual([]);
  });

  it("names every mistake in program.md with its line", () => {
    const dir = makeRepo({
      ...TOY_FILES,
      "program.md": TOY_PROGRAM.replace("budget: 1s", "budgt: 1s").replace("goal: minimize", "goal: down"),
    });
    const r = nightyard(dir, "run", ".");
    expect(r.code).toBe(2);
    expect(r.err).toMatch(/program\.md:4: metric\.goal: found "down"/);
    expect(r.err).toMatch(/program\.md:6: budgt/);
    expect(existsSync(join(dir, ".nightyard"))).toBe(false);
  });

  it("says what is missing without git, and in a repository without commits", () => {
    const dir = makeRepo(TOY_FILES);
    const env = { ...process.env, PATH: tempDir() };
    const r = spawnSync(process.execPath, [BIN, "run", "."], { cwd: dir, env, encoding: "utf8" });
    expect([r.status, r.stderr]).toEqual([2, expect.stringContaining("git was not found")]);
    const empty = tempDir();
    sh(empty, "init", "--quiet");
    writeFiles(empty, TOY_FILES);
    expect(nightyard(empty, "run", ".").err).toContain("has no commit yet");
  });
});

describe("a session on the command line", () => {
  it("runs, writes its files, and every read command tells the same", () => {
    const { dir, agent } = labWith(["9", "12", "8"]);
    const run = nightyard(dir, "run", ".", "--agent", agent, "--experiments", "3", "--tag", "n1");
    expect(run.err).toContain("done: experiments");
    expect(run.code).toBe(0);
    expect(run.out).toMatch(/^3 experiments in .*: score 10 → 8 \(−20\.0 % ± 0\.00\), 2 kept, 2 confirmed\./);
    expect(run.out).toContain("Next:");
    const files = join(dir, ".nightyard/sessions/n1");
    const tsv = readFileSync(join(files, "results.tsv"), "utf8");
    expect(nightyard(dir, "export", "--format", "tsv").out).toBe(tsv);
    const parsed = parseResultsTsv(tsv, "score");
    expect(parsed.ok && parsed.rows.map((row) => [row.status, row.metric])).toEqual([
      ["keep", 10],
      ["keep", 9],
      ["discard", 12],
      ["keep", 8],
    ]);
    expect(readFileSync(join(files, "progress.svg"), "utf8")).toMatch(/^<svg /);
    expect(readFileSync(join(files, "progress.png")).subarray(1, 4).toString()).toBe("PNG");
    const status = JSON.parse(nightyard(dir, "status", "--json").out);
    expect(status).toMatchObject({ version: 1, tag: "n1", state: "experiments", experiments: 3, kept: 2, best: 8 });
    PUBLISHED.status.parse(status);
    PUBLISHED.best.parse(JSON.parse(nightyard(dir, "best", "--json").out));
    PUBLISHED.experiment.parse(JSON.parse(nightyard(dir, "show", "2", "--json").out));
    const log = nightyard(dir, "log", "--json")
      .out.trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    for (const line of log) PUBLISHED.experiment.parse(line);
    expect(log.map((e) => e.verdict.kind)).toEqual(["keep", "keep", "discard", "keep"]);
    expect(JSON.parse(nightyard(dir, "best", "--json").out)).toMatchObject({ experiment: 3, metric: 8, baseline: 10 });
    const show = nightyard(dir, "show", "e0002").out;
    expect(show).toContain("try 12");
    expect(show).toContain('discard, rule "judge"');
    expect(show).toContain("+12");
    expect(nightyard(dir, "diff", "2").out).toMatch(/^-9$[\s\S]*^\+12$/m);
    const jsonl = nightyard(dir, "export", "--format", "jsonl").out.trim().split("\n");
    expect(jsonl.length).toBe(ledgerOf(dir, "n1").entries.length + 1);
    expect(nightyard(dir, "export", "--format", "csv").out.split("\r\n").length).toBe(6);
  });

  it("has its JSON shapes published as they are", () => {
    for (const name of Object.keys(PUBLISHED) as (keyof typeof PUBLISHED)[]) {
      expect(readFileSync(join(ROOT, `schema/${name}.schema.json`), "utf8")).toBe(schemaText(name));
    }
  });

  it("names a new session after the day, and goes on with one that has not ended", () => {
    const { dir, agent } = labWith(["9", "8", "7"]);
    nightyard(dir, "run", ".", "--agent", agent, "--experiments", "1");
    nightyard(dir, "run", ".", "--agent", agent, "--experiments", "1");
    const branches = sh(dir, "branch", "--list", "autoresearch/*", "--format=%(refname:short)").trim().split("\n");
    expect(branches.length).toBe(2);
    expect(branches[1]).toBe(`${branches[0]}-2`);
  });

  it("is confirmed by fresh runs, again when asked, and judged again under other rules", () => {
    const run = 'echo "score: $(cat value.txt)$((NIGHTYARD_SEED % 10))"\n';
    const { dir, agent } = labWith(["90.00", "120.00"], {
      "program.md": TOY_PROGRAM.replace(", deterministic: true", ""),
      "run.sh": run,
      "value.txt": "100.00",
    });
    const args = ["run", ".", "--agent", agent, "--experiments", "2", "--tag", "c", "--confirm-runs", "0"];
    expect(nightyard(dir, ...args).out).toContain("as seen while choosing");
    expect(nightyard(dir, "confirm", "--dry-run", "--runs", "2").out).toContain("would make 2 fresh runs each");
    const first = nightyard(dir, "confirm", "--runs", "2");
    expect([first.code, first.out]).toEqual([0, expect.stringMatching(/score 100\.00\d* → 90\.00\d* \(−\S+ % ± /)]);
    const before = ledgerOf(dir, "c").session?.counts.runs ?? 0;
    expect(nightyard(dir, "confirm", "--runs", "3").code).toBe(0);
    expect(ledgerOf(dir, "c").session?.counts.runs).toBe(before + 6);
    const replayed = JSON.parse(nightyard(dir, "replay", "--judge", "strict", "--json").out);
    expect(replayed.rows.map((r: { verdict: string }) => r.verdict)).toEqual(["keep", "discard"]);
    expect(nightyard(dir, "replay", "--judge", "lenient")).toMatchObject({ code: 2 });
    const tsv = join(dir, ".nightyard/sessions/c/results.tsv");
    expect(nightyard(dir, "replay", tsv)).toMatchObject({ code: 2, err: expect.stringContaining("--noise") });
    expect(nightyard(dir, "replay", tsv, "--noise", "0.003").out).toContain("default: 1 kept (recorded: 1)");
  });

  it("does not take over a branch that no session of the ledger made", () => {
    const { dir, agent } = labWith(["9"]);
    sh(dir, "branch", "autoresearch/mine");
    const r = nightyard(dir, "run", ".", "--agent", agent, "--tag", "mine");
    expect([r.code, r.err]).toEqual([2, expect.stringContaining("knows no session mine")]);
    expect(r.err).toContain("Fix: nightyard run --tag mine-2");
  });

  it("changes nothing with --dry-run", () => {
    const { dir, agent } = labWith(["9"]);
    const r = nightyard(dir, "run", ".", "--agent", agent, "--dry-run");
    expect([r.code, r.out]).toEqual([0, expect.stringContaining("value.txt")]);
    expect(existsSync(join(dir, ".nightyard"))).toBe(false);
  });

  it("exports text that a spreadsheet would run as harmless cells", () => {
    const script = join(tempDir(), "steps.json");
    const hypothesis = '=HYPERLINK("http://evil","x") \u001b[31m';
    writeFileSync(script, JSON.stringify([{ edits: [{ write: "value.txt", text: "9" }], hypothesis }]));
    const dir = makeRepo(TOY_FILES);
    nightyard(dir, "run", ".", "--agent", `scripted:${script}`, "--experiments", "1");
    expect(nightyard(dir, "export", "--format", "csv").out).toContain('"\'=HYPERLINK(""http://evil"",""x"")"');
    expect(nightyard(dir, "log").out).not.toContain("\u001b");
  });

  it("says plainly that a checkout cannot be written", () => {
    const { dir, agent } = labWith(["9"]);
    // root may write anywhere, so a file stands where the folder should be; other users meet the read-only folder.
    if (process.getuid?.() === 0) writeFileSync(join(dir, ".nightyard"), "in the way");
    else chmodSync(dir, 0o555);
    const r = nightyard(dir, "run", ".", "--agent", agent, "--experiments", "1");
    if (process.getuid?.() !== 0) chmodSync(dir, 0o755);
    expect(r.code).toBe(2);
    expect(r.err).toMatch(/\.nightyard.*cannot be written/);
  });

  it("refuses a second run on the same lab and names the first", async () => {
    const { dir, agent } = labWith(["9"], { "run.sh": 'sleep 20; echo "score: 1"\n' });
    const first = spawn(process.execPath, [BIN, "run", ".", "--agent", agent, "--tag", "one"], { cwd: dir, env: ENV });
    await until(() => existsSync(join(dir, ".nightyard/jobs/one-e0000-r1/supervisor.json")));
    const second = nightyard(dir, "run", ".", "--agent", agent, "--tag", "two");
    expect([second.code, second.err]).toEqual([1, expect.stringContaining(`process ${first.pid} (session one`)]);
    const status = JSON.parse(nightyard(dir, "status", "--json").out);
    expect(status).toMatchObject({ state: "running", pid: first.pid });
    // What another process sees of a run that is on: its phase against the budget, and a duty that is not 0.
    expect(nightyard(dir, "status").out).toMatch(/^● e0000 train 0:\d\d\/0:01 .* duty [1-9]\d*%/);
    const stop = nightyard(dir, "stop");
    expect([stop.code, stop.out]).toEqual([0, expect.stringContaining("stopped session one")]);
    expect(await ended(first)).toBe(130);
    expect(processesOf(dir)).toEqual([]);
    expect(ledgerOf(dir, "one").experiments[0]?.runs[0]?.outcome?.kind).toBe("cancelled");
  });
});

describe("a shipped lab", () => {
  it("is worked on in a repository of its own, whose place is printed; the package's is left alone", () => {
    const cwd = tempDir();
    const before = sh(ROOT, "status", "--porcelain=v2", "--branch");
    const r = nightyard(cwd, "run", join(ROOT, "labs/nano-gpt"), "--dry-run");
    expect(r.out).toContain(join(cwd, ".nightyard/labs/nano-gpt"));
    expect(readdirSync(cwd)).toEqual([]);
    expect(sh(ROOT, "status", "--porcelain=v2", "--branch")).toBe(before);
  });
});

describe("init and doctor", () => {
  it("write a program.md from five answers, and refuse to invent a metric or to write over a file", () => {
    const dir = tempDir();
    const refused = nightyard(dir, "init", ".");
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("--metric")]);
    const flags = [
      "--metric",
      "seconds",
      "--goal",
      "minimize",
      "--scope",
      "src/**",
      "--run",
      "sh bench.sh",
      "--gate",
      "grep -q 1 src/a.txt",
    ];
    expect(nightyard(dir, "init", "lab", ...flags, "--dry-run").out).toContain("metric:");
    expect(existsSync(join(dir, "lab"))).toBe(false);
    expect(nightyard(dir, "init", "lab", ...flags).code).toBe(0);
    expect(nightyard(dir, "init", "lab", ...flags).err).toContain("writes over nothing");
    makeRepo({ "src/a.txt": "1", "bench.sh": "echo seconds: 1\n" }, join(dir, "lab"));
    const doctor = nightyard(dir, "doctor", "lab", "--json");
    expect(doctor.code).toBe(0);
    const { findings } = PUBLISHED.doctor.parse(JSON.parse(doctor.out));
    expect(findings.find((f) => f.check === "evaluate")?.state).toBe("warning");
    expect(findings.find((f) => f.check.startsWith("gate `"))?.state).toBe("ok");
  });

  it("find a dirty checkout, a missing metric and an evaluator in scope", () => {
    const dirty = makeRepo(TOY_FILES);
    writeFileSync(join(dirty, "run.sh"), "edited");
    expect(nightyard(dirty, "doctor").out).toMatch(/warning checkout: .*run\.sh/);
    const noMetric = makeRepo({ ...TOY_FILES, "program.md": TOY_PROGRAM.replace(/^metric.*\n/m, "") });
    expect(nightyard(noMetric, "doctor")).toMatchObject({
      code: 2,
      out: expect.stringMatching(/FAULT {3}program: .*metric/),
    });
    const open = TOY_PROGRAM.replace("[value.txt]", '["*"]').replace(
      "run: sh run.sh",
      "run: sh run.sh\nevaluate: sh evaluate.sh",
    );
    const cheat = makeRepo({ ...TOY_FILES, "program.md": open, "evaluate.sh": "" });
    expect(nightyard(cheat, "doctor")).toMatchObject({ code: 2, out: expect.stringContaining("evaluate.sh") });
  });
});

describe("a harness that is killed", () => {
  it("leaves no process of a run behind", async () => {
    const { dir, agent } = labWith(["9"], { "run.sh": "trap '' TERM; (setsid sleep 300 &) ; sleep 300\n" });
    const child = spawn(process.execPath, [BIN, "run", ".", "--agent", agent, "--tag", "k"], {
      cwd: dir,
      stdio: "ignore",
    });
    await until(() => processesOf(dir).length >= 2);
    child.kill("SIGKILL");
    await ended(child);
    await until(() => processesOf(dir).length === 0, 40_000);
  });
});

describe("a disk that is full", () => {
  const mountable = component(canMount(), "mounting a small file system", "run the tests as root on Linux");

  it.skipIf(!mountable)("ends in a clear error, and the session goes on when there is room again", () => {
    const dir = tempDir();
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=6m", "tmpfs", dir]);
    try {
      makeRepo(TOY_FILES, dir);
      const { agent } = labWith(["9", "8"]);
      expect(nightyard(dir, "run", ".", "--agent", agent, "--experiments", "1", "--tag", "d").code).toBe(0);
      spawnSync("sh", ["-c", "dd if=/dev/zero of=filler bs=64k 2>/dev/null"], { cwd: dir });
      const full = nightyard(dir, "run", ".", "--agent", agent, "--experiments", "2", "--tag", "d");
      expect(full.code).not.toBe(0);
      expect(full.err).toMatch(/full|ENOSPC|No space/i);
      rmSync(join(dir, "filler"));
      expect(nightyard(dir, "run", ".", "--agent", agent, "--experiments", "2", "--tag", "d").code).toBe(0);
      expect(ledgerOf(dir, "d").experiments.map((e) => e.verdict?.kind)).toEqual(["keep", "keep", "keep"]);
    } finally {
      execFileSync("umount", ["-l", dir]);
    }
  });
});

function canMount(): boolean {
  const dir = tempDir();
  if (process.getuid?.() !== 0 || spawnSync("mount", ["-t", "tmpfs", "tmpfs", dir]).status !== 0) return false;
  return spawnSync("umount", ["-l", dir]).status === 0;
}

/** Pids of processes whose working directory or command line lies in a folder. */
function processesOf(dir: string): readonly number[] {
  mkdirSync(dir, { recursive: true });
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => readEnviron(pid).includes(`${dir}/.nightyard/`)).map(Number);
}

function readEnviron(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    // Ended meanwhile, or not ours to read.
    return "";
  }
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("close", (code) => resolve(code)));
}

async function until(condition: () => boolean, ms = 30_000): Promise<void> {
  for (let waited = 0; !condition(); waited += 100) {
    if (waited > ms) throw new Error("waited in vain");
    await delay(100);
  }
}

describe("nightyard run without a sandbox", () => {
  const WITHOUT = { PATH: "" };
  const bin = tempDir();
  // Everything that a session needs but bubblewrap.
  for (const name of ["git", "sh", "node", "cat", "echo", "mkfifo"]) {
    const at = spawnSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim();
    if (at.startsWith("/")) symlinkSync(at, join(bin, name));
  }
  const env = { ...process.env, ...WITHOUT, PATH: bin, NIGHTYARD_SANDBOX: undefined };
  const run = (...args: readonly string[]) => {
    const r = spawnSync(process.execPath, [BIN, "run", ...args], { encoding: "utf8", timeout: 120_000, env });
    return { code: r.status, out: r.stdout, err: r.stderr };
  };

  it("refuses, says how to install one and how to go on without, and begins nothing", () => {
    const { dir, agent } = labWith(["9"]);
    const refused = run(dir, "--agent", agent, "-n", "1");
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("bubblewrap is not installed");
    expect(refused.err).toContain("nightyard run --no-sandbox");
    expect(readLedger(join(dir, ".nightyard"))).toBeUndefined();
  });

  it("goes on when the person says so, and the record and the summary say it too", () => {
    const { dir, agent } = labWith(["9"]);
    const done = run(dir, "--agent", agent, "-n", "1", "--tag", "t", "--sandbox", "auto");
    expect(done.code).toBe(0);
    expect(done.err).toContain("! no sandbox");
    expect(done.out).toContain("not sandboxed");
    expect(ledgerOf(dir, "t").session?.sandbox).toMatchObject({ kind: "none", why: "bubblewrap is not installed" });
    expect(run(dir, "--agent", agent, "-n", "1", "--sandbox", "maybe").err).toContain('found "maybe"');
  });
});
