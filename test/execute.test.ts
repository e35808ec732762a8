/**
 * Short commands inside this process. All processes are real. Linux only: it looks for processes in /proc.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Execution, execute, outcomeOf } from "../src/execute.ts";
import { JOB_TOKEN } from "../src/runner.ts";
import { fixtures, newTag, node, tagged, until } from "./runners/jobs.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "nightyard execute ")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const env = { PATH: process.env.PATH ?? "/usr/bin:/bin" };

function shell(command: string, changes: Partial<Execution> = {}) {
  return execute({ command, dir: root, env, timeoutSeconds: 60, outputLimitBytes: 10_000, ...changes });
}

describe.concurrent("a command executed in this process", () => {
  test("gives back its two streams, apart", async () => {
    const { outcome, stdout, stderr, resources } = await shell("echo out; echo err >&2");
    expect({ outcome, stdout, stderr }).toEqual({ outcome: { kind: "finished" }, stdout: "out\n", stderr: "err\n" });
    expect(resources.outputBytes).toBe(8);
  });

  test("may be a program with arguments, which no shell looks at", async () => {
    const { stdout } = await shell("printf", { args: ["%s|", "a b", "$HOME", "'"] });
    expect(stdout).toBe("a b|$HOME|'|");
  });

  test("gets its input, and need not read it", async () => {
    const megabyte = "x".repeat(1_000_000);
    expect((await shell("wc -c", { stdin: megabyte })).stdout.trim()).toBe("1000000");
    expect((await shell("true", { stdin: megabyte })).outcome).toEqual({ kind: "finished" });
    expect((await shell("cat")).stdout).toBe("");
  });

  test("tells exit code, signal and a missing program apart", async () => {
    expect((await shell("exit 7")).outcome).toEqual({ kind: "crashed", exitCode: 7 });
    expect((await shell("kill -TERM $$")).outcome).toEqual({ kind: "crashed", signal: "SIGTERM" });
    expect((await shell("no-such-program", { args: [] })).outcome).toMatchObject({
      kind: "crashed",
      why: expect.stringContaining("no such program"),
    });
    expect((await shell("true", { dir: join(root, "nowhere") })).outcome).toMatchObject({
      kind: "crashed",
      why: expect.stringContaining("no such folder"),
    });
    expect((await shell("true", { args: ["a\0b"] })).outcome.kind).toBe("crashed");
  });

  test("has both streams in its log, capped like the text", async () => {
    const logFile = join(root, "both.log");
    const { stdout } = await shell("yes | head -c 1000000; echo end >&2", { logFile, outputLimitBytes: 1000 });
    expect(stdout.length).toBeLessThan(1100);
    expect(readFileSync(logFile, "utf8").length).toBeLessThan(1100);
    expect(readFileSync(logFile, "utf8")).toContain("end\n");
  });

  test("is ended with all its processes after the timeout", async () => {
    const tag = newTag();
    const { outcome } = await shell(`sh '${fixtures}/escape-all-ways.sh' ${tag}`, { timeoutSeconds: 1.5 });
    expect(outcome).toEqual({ kind: "timedOut", afterSeconds: 1.5 });
    expect(tagged(tag)).toEqual([]);
  });

  test("is ended when its signal is aborted, before or after the start", async () => {
    const tag = newTag();
    const early = await shell(`sh '${fixtures}/stubborn.sh' ${tag}`, { signal: AbortSignal.abort() });
    const abort = new AbortController();
    const running = shell(`sh '${fixtures}/stubborn.sh' ${tag}`, { signal: abort.signal });
    await until(() => tagged(tag).length > 0);
    abort.abort();
    expect([early.outcome, (await running).outcome]).toEqual([{ kind: "cancelled" }, { kind: "cancelled" }]);
    expect(tagged(tag)).toEqual([]);
  });

  test("leaves no daemon behind at its normal end", async () => {
    const tag = newTag();
    const { outcome, resources } = await shell(`sh '${fixtures}/daemon.sh' ${tag}; sleep 0.3`);
    expect(outcome).toEqual({ kind: "finished" });
    expect(resources.escaped).toBeGreaterThanOrEqual(1);
    expect(tagged(tag)).toEqual([]);
  });

  test("has processor time and memory", async () => {
    const burn = `const t = process.cpuUsage(); while (process.cpuUsage(t).user < 800000);`;
    const { resources } = await shell(`${node} -e '${burn}'`);
    expect(resources.cpuSeconds).toBeGreaterThan(0.3);
    expect(resources.peakMemoryMb).toBeGreaterThan(20);
  });

  test("is ended when this process is killed", async () => {
    const tag = newTag();
    const script = `
      const { execute } = await import(${JSON.stringify(new URL("../src/execute.ts", import.meta.url).href)});
      const command = "sh '${fixtures}/daemon.sh' ${tag}; sh '${fixtures}/stubborn.sh' ${tag}";
      await execute({ command, dir: "/", env: { PATH: process.env.PATH }, timeoutSeconds: 60, outputLimitBytes: 10 });`;
    const words = ["--import", "tsx", "--input-type=module", "-e", script];
    const harness = spawn(process.execPath, words, { stdio: "inherit" });
    await until(() => tagged(tag).filter((pid) => pid !== harness.pid).length >= 2);
    harness.kill("SIGKILL");
    await until(() => tagged(tag).length === 0);
  });

  test("below a marked process carries the outer mark as well", async () => {
    const script = `
      const { newToken } = await import(${JSON.stringify(new URL("../src/execute.ts", import.meta.url).href)});
      console.log(newToken("inner"));`;
    const outer = { ...env, [JOB_TOKEN]: "outer.1" };
    const words = ["--import", "tsx", "--input-type=module", "-e", script];
    const { stdout } = await execute({
      command: process.execPath,
      args: words,
      dir: process.cwd(),
      env: outer,
      timeoutSeconds: 60,
      outputLimitBytes: 1000,
    });
    // The mark of an execution is its own; what was given under that name does not count.
    expect(stdout).toMatch(/^harness-\d+\.[0-9a-f-]+\/\d+\/inner\.[0-9a-f-]+\n$/);
  });
});

describe("an outcome", () => {
  const about = { timeoutSeconds: 5, tail: "", logError: undefined, abandonedWhy: undefined };
  const end = { wallSeconds: 1, escaped: 0, survivors: 0 };

  test("is the first reason, whatever exit code the ending made", () => {
    expect(outcomeOf({ ...end, reason: "timedOut", exitCode: 0 }, about)).toEqual({
      kind: "timedOut",
      afterSeconds: 5,
    });
    expect(outcomeOf({ ...end, reason: "cancelled", signal: "SIGKILL" }, about)).toEqual({ kind: "cancelled" });
    expect(outcomeOf({ ...end, reason: "abandoned" }, { ...about, abandonedWhy: "x" })).toEqual({
      kind: "lost",
      why: "x",
    });
  });

  test("is out of memory when the kernel counted a kill and the command was killed", () => {
    const oomKill = "the kernel killed it";
    const why = { kind: "outOfMemory", why: oomKill };
    expect(outcomeOf({ ...end, signal: "SIGKILL", oomKill }, about)).toEqual(why);
    expect(outcomeOf({ ...end, exitCode: 137, oomKill }, about)).toEqual(why);
    expect(outcomeOf({ ...end, exitCode: 1, oomKill }, about)).toEqual({ kind: "crashed", exitCode: 1 });
    expect(outcomeOf({ ...end, exitCode: 0, oomKill }, about)).toEqual({ kind: "finished" });
  });

  test("is never finished when the log is incomplete", () => {
    const logError = new Error("ENOSPC");
    expect(outcomeOf({ ...end, exitCode: 0 }, { ...about, logError })).toMatchObject({ kind: "crashed", exitCode: 0 });
  });
});
