/**
 * Time that does not pass as a session expects.
 *
 * What is proven: processes that are all stopped for some seconds (SIGSTOP, as a laptop's lid or a debugger does to
 * those that it stops) go on and end as if nothing had been; a jump of the wall clock by days, forward and back, is
 * counted nowhere. What is not: a real suspend. There Linux stops the monotonic clock, by which every duration and
 * every timeout is counted; while processes are merely stopped it goes on, so a stop that is longer than a run's
 * timeout ends the run.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { workedMs } from "../../src/ledger/session.ts";
import { component } from "../support/component.ts";
import { makeRepo, removeTemps, TOY_FILES, TOY_PROGRAM, tempDir } from "../support/repo.ts";
import { stateOf } from "./check.ts";

afterAll(removeTemps);

const BIN = fileURLToPath(new URL("../../bin/nightyard.js", import.meta.url));

function scriptOf(steps: readonly unknown[]): string {
  const file = join(tempDir(), "steps.json");
  writeFileSync(file, JSON.stringify(steps));
  return file;
}

const write = (text: string) => ({ edits: [{ write: "value.txt", text }], hypothesis: `try ${text}` });

function argsOf(script: string, experiments: number): readonly string[] {
  const options = ["--agent", `scripted:${script}`, "--experiments", String(experiments), "--tag", "t"];
  return [BIN, "run", ".", ...options, "--confirm-runs", "0", "--no-sandbox"];
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("exit", (code) => resolve(code)));
}

/** Processes of a lab: the harness's children, supervisors and runs, by what stands in their environment or command. */
function processesOf(dir: string): readonly number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => `${textOf(pid, "environ")}${textOf(pid, "cmdline")}`.includes(dir)).map(Number);
}

function textOf(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // Ended meanwhile.
    return "";
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 20) {
    if (waited > 30_000) throw new Error("waited in vain");
    await delay(20);
  }
}

const linux = component(process.platform === "linux", "Linux's /proc", "run the tests on Linux");

describe.skipIf(!linux)("a session whose processes are stopped for a while", () => {
  /** Starts a session, waits for its first run, and stops those processes for so long. */
  async function stopped(dir: string, which: (pids: Pids) => readonly number[], ms: number): Promise<number | null> {
    const child = spawn(process.execPath, argsOf(scriptOf([write("9")]), 1), { cwd: dir, stdio: "ignore" });
    const exit = exitOf(child);
    const record = join(dir, ".nightyard/jobs/t-e0000-r1/supervisor.json");
    const begun = join(dir, ".nightyard/runs/t-e0000-r1/begun");
    await until(() => existsSync(begun));
    const supervisor = (JSON.parse(readFileSync(record, "utf8")) as { identity: { pid: number } }).identity.pid;
    const harness = child.pid ?? 0;
    const pids = which({ harness, supervisor, all: [...processesOf(dir), harness, supervisor] });
    for (const pid of new Set(pids)) process.kill(pid, "SIGSTOP");
    await delay(ms);
    for (const pid of new Set(pids)) process.kill(pid, "SIGCONT");
    return exit;
  }

  interface Pids {
    readonly harness: number;
    readonly supervisor: number;
    readonly all: readonly number[];
  }

  const run = 'touch begun; sleep 1; echo "score: $(cat value.txt)"\n';

  it("goes on when all of them were, and loses no run", async () => {
    const dir = makeRepo({ ...TOY_FILES, "run.sh": run });
    expect(await stopped(dir, ({ all }) => all, 4000)).toBe(0);
    const { experiments } = stateOf(dir, "t");
    expect(experiments.map((e) => e.verdict?.kind)).toEqual(["keep", "keep"]);
    expect(experiments.flatMap((e) => e.runs.map((r) => r.outcome?.kind))).toEqual(["finished", "finished"]);
  });

  it("counts no timeout for a run that ended in time while only its watchers were stopped", async () => {
    const program = TOY_PROGRAM.replace("timeout: 20s", "timeout: 3s");
    const dir = makeRepo({ ...TOY_FILES, "program.md": program, "run.sh": run });
    expect(await stopped(dir, ({ harness, supervisor }) => [harness, supervisor], 5000)).toBe(0);
    expect(stateOf(dir, "t").experiments[0]?.runs.map((r) => r.outcome?.kind)).toEqual(["finished"]);
  });
});

describe("a jump of the wall clock", () => {
  const compiler = component(
    process.platform === "linux" && spawnSync("cc", ["--version"]).status === 0,
    "a C compiler on Linux",
    "apt-get install gcc libc6-dev",
  );

  it.skipIf(!compiler)("by two days forward, then four back, is counted nowhere", async () => {
    const clock = join(tempDir(), "clock");
    // LD_PRELOAD takes a space for the end of a name, and folders of tempDir have one.
    const folder = mkdtempSync(join(os.tmpdir(), "nightyard-clock-"));
    const shim = join(folder, "wall-clock.so");
    execFileSync("cc", [
      "-shared",
      "-fPIC",
      "-o",
      shim,
      fileURLToPath(new URL("wall-clock.c", import.meta.url)),
      "-ldl",
    ]);
    writeFileSync(clock, "0\n");
    const jump = (seconds: number, text: string) => ({ ...write(text), command: `echo ${seconds} > '${clock}'` });
    const days = 24 * 3600;
    const dir = makeRepo({ ...TOY_FILES, "run.sh": 'sleep 0.3; echo "score: $(cat value.txt)"\n' });
    const script = scriptOf([write("9"), jump(2 * days, "8"), write("12"), jump(-2 * days, "7"), write("6")]);
    const env = { ...process.env, LD_PRELOAD: shim, NY_CLOCK: clock };
    const args = [...argsOf(script, 5), "--for", "1h"];
    const child = spawnSync(process.execPath, args, { cwd: dir, env, encoding: "utf8" });
    rmSync(folder, { recursive: true });
    expect([child.status, child.stderr]).toEqual([0, expect.stringContaining("done: experiments")]);
    const { session, experiments, entries } = stateOf(dir, "t");
    expect(experiments.map((e) => e.verdict?.kind)).toEqual(["keep", "keep", "keep", "discard", "keep", "keep"]);
    // The clock really jumped, both ways,
    const times = entries.map((e) => Date.parse(e.at));
    const steps = times.slice(1).map((t, i) => (t - (times[i] ?? 0)) / 1000 / days);
    expect([Math.max(...steps), Math.min(...steps)].map(Math.round)).toEqual([2, -4]);
    // and no duration has a day in it.
    const limit = days / 2;
    expect(session === undefined ? undefined : workedMs(session) / 1000).toBeLessThan(limit);
    const seconds = [
      session?.usage.seconds,
      ...experiments.flatMap((e) => e.runs.map((r) => r.resources?.wallSeconds)),
    ];
    for (const s of seconds) {
      expect(s).toBeGreaterThanOrEqual(0);
      expect(s).toBeLessThan(limit);
    }
    expect(entries.map((e) => e.clock).every((c) => c >= 0 && c < limit * 1000)).toBe(true);
  });
});
