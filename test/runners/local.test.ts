/**
 * The local runner: the contract of all runners, and what only a runner on this machine can promise.
 * All processes are real. Linux only: it looks for processes in /proc.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { JOB_TOKEN, type Job, type RunResult } from "../../src/runner.ts";
import { readRecord, writeOnce } from "../../src/runners/local/job-folder.ts";
import { local } from "../../src/runners/local.ts";
import { runnerContract } from "./contract.ts";
import { fixtures, jobIn, logOf, never, newTag, node, type RunnerSource, startHarness, tagged, until } from "./jobs.ts";

const source: RunnerSource = {
  module: new URL("../../src/runners/local.ts", import.meta.url).href,
  factory: "local",
  options: { abandonAfterSeconds: 2 },
};
const runner = local(source.options);
const root = realpathSync(mkdtempSync(join(tmpdir(), "nightyard local ")));

runnerContract("the local runner", async () => ({ source, runner, engineVariables: /^$/ }));

/** No process of any job of this file, and no supervisor, may be left when it is done. */
afterAll(async () => {
  await until(() => tagged(root).length === 0);
  rmSync(root, { recursive: true, force: true });
});

async function run(job: Job): Promise<RunResult> {
  await runner.submit(job);
  return runner.wait(job, never);
}

function folderOf(job: Job): string {
  return join(job.stateDir, job.name);
}

describe.concurrent("a run on this machine tells how it ended:", () => {
  test("by which signal it died", async () => {
    const { outcome } = await run(jobIn(root, "kill -SEGV $$"));
    expect(outcome).toEqual({ kind: "crashed", signal: "SIGSEGV" });
  });

  test("that a KILL from somewhere is a crash, not a want of memory", async () => {
    const { outcome } = await run(jobIn(root, "kill -KILL $$"));
    expect(outcome).toEqual({ kind: "crashed", signal: "SIGKILL" });
  });

  test("that it was out of memory, when its last words say so", async () => {
    const words = "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB";
    const { outcome } = await run(jobIn(root, `echo '${words}' >&2; exit 1`));
    expect(outcome).toEqual({ kind: "outOfMemory", why: `its output ends with: ${words}` });
  });

  test("that a heap ran over", async () => {
    const script = "const a = []; for (;;) a.push(new Array(1e5).fill(a.length));";
    const { outcome } = await run(jobIn(root, `${node} --max-old-space-size=30 -e '${script}'`));
    expect(outcome.kind).toBe("outOfMemory");
  });

  test("that it finished, however much it talked about memory", async () => {
    const { outcome } = await run(jobIn(root, "echo 'never out of memory'"));
    expect(outcome).toEqual({ kind: "finished" });
  });

  test("that its fence is missing", async () => {
    const { outcome } = await run(jobIn(root, "true", { fence: ["no-such-sandbox", "--"] }));
    expect(outcome).toEqual({ kind: "crashed", why: "it could not be started: no such program: no-such-sandbox" });
  });

  test("that its log could not be written, and does not call that finished", async () => {
    const { outcome, resources } = await run(jobIn(root, "yes | head -c 1000000", { logFile: "/dev/full" }));
    expect(outcome).toMatchObject({ kind: "crashed", exitCode: 0, why: expect.stringContaining("ENOSPC") });
    expect(resources.outputBytes).toBe(1_000_000);
  });

  test("that there is no place for its log", async () => {
    writeFileSync(join(root, "file"), "");
    const { outcome } = await run(jobIn(root, "echo hello", { logFile: join(root, "file/in/a/file.log") }));
    expect(outcome).toMatchObject({ kind: "crashed", exitCode: 0, why: expect.stringContaining("ENOTDIR") });
  });

  test("by its own end, when that came before the timeout, although a daemon held its output open", async () => {
    const tag = newTag();
    const command = `(trap "" TERM; setsid sh '${fixtures}/stubborn.sh' ${tag} &); sleep 0.2; exit 9`;
    const { outcome, resources } = await run(jobIn(root, command, { timeoutSeconds: 20 }));
    expect(outcome).toEqual({ kind: "crashed", exitCode: 9 });
    expect(resources.escaped).toBeGreaterThanOrEqual(1);
    expect(tagged(tag)).toEqual([]);
  });
});

describe.concurrent("a run on this machine tells what it took:", () => {
  test("memory of all its processes together, without counting one twice", async () => {
    const one = await run(jobIn(root, `${node} '${fixtures}/memory.mjs' 60 0`));
    const three = await run(jobIn(root, `${node} '${fixtures}/memory.mjs' 60 2`));
    expect(one.resources.peakMemoryMb).toBeGreaterThan(60);
    expect(one.resources.peakMemoryMb).toBeLessThan(180);
    expect(three.resources.peakMemoryMb).toBeGreaterThan(180);
    expect(three.resources.peakMemoryMb).toBeLessThan(180 + 2 * 180);
  });

  test("processor time, also of children and of daemons", async () => {
    const burn = `${node} -e 'const t = process.cpuUsage(); while (process.cpuUsage(t).user < 500000);'`;
    const child = await run(jobIn(root, `${burn} & wait`));
    const stay = `setsid sh -c "$BURN; : >burnt; sleep 60"`;
    const waiting = "while [ ! -e burnt ]; do sleep 0.05; done";
    const env = { PATH: process.env.PATH ?? "", BURN: burn };
    const daemon = await run(jobIn(root, `(${stay} &); ${waiting}`, { env }));
    expect(child.resources.cpuSeconds).toBeGreaterThanOrEqual(0.45);
    expect(daemon.resources.cpuSeconds).toBeGreaterThanOrEqual(0.45);
  });

  test("all bytes that it printed", async () => {
    const { outcome, resources } = await run(jobIn(root, "yes | head -c 200000000", { logLimitBytes: 1000 }));
    expect(outcome).toEqual({ kind: "finished" });
    expect(resources.outputBytes).toBe(200_000_000);
  });
});

describe.concurrent("the log of a run on this machine", () => {
  test("has binary output byte for byte", async () => {
    const job = jobIn(root, "head -c 40000 /dev/urandom | tee bytes");
    await run(job);
    expect(readFileSync(job.logFile).equals(readFileSync(join(root, "bytes")))).toBe(true);
  });

  test("can be read while the run goes on", async () => {
    const job = jobIn(root, "echo step 1; while [ ! -e more ]; do sleep 0.05; done");
    await runner.submit(job);
    await until(() => logOf(job) === "step 1\n");
    writeFileSync(join(root, "more"), "");
    await runner.wait(job, never);
  });

  test("takes what is written to /dev/stderr by name", async () => {
    const job = jobIn(root, "echo to you >/dev/stderr");
    await run(job);
    expect(logOf(job)).toBe("to you\n");
  });
});

describe.concurrent("when the harness dies of SIGKILL,", () => {
  test("its run is ended, with all that tried to get away, and called lost", async () => {
    const tag = newTag();
    const job = jobIn(root, `sh '${fixtures}/escape-all-ways.sh' ${tag}`);
    const harness = startHarness("submit", job, source);
    await harness.there;
    await until(() => tagged(tag).length >= 7);
    harness.process.kill("SIGKILL");
    await harness.result;
    await until(() => readRecord(folderOf(job), "result.json") !== undefined);
    expect(tagged(tag)).toEqual([]);
    expect((await runner.wait(job, never)).outcome).toEqual({ kind: "lost", why: "the harness was gone" });
  });

  test("its run goes on when another harness takes it over in time", async () => {
    const job = jobIn(root, "sleep 4; echo all of it");
    const harness = startHarness("submit", job, source);
    await harness.there;
    harness.process.kill("SIGKILL");
    await harness.result;
    const handle = await runner.submit(job);
    expect((await runner.wait(job, never)).outcome).toEqual({ kind: "finished" });
    expect(logOf(job)).toBe("all of it\n");
    expect(await runner.submit(job)).toBe(handle);
  });

  test("its run goes on as long as another still waits", async () => {
    const job = jobIn(root, "sleep 4; echo all of it");
    const first = startHarness("submit", job, source);
    await first.there;
    const second = startHarness("wait", job, source);
    await second.there;
    await until(() => readdirSync(folderOf(job)).filter((name) => name.startsWith("owner-")).length === 2);
    first.process.kill("SIGKILL");
    expect(await second.result).toMatchObject({ outcome: { kind: "finished" } });
  });
});

describe.concurrent("a spare supervisor", () => {
  test("runs the next job, and ends with the harness that keeps it", async () => {
    // A number that no other process has in its command line.
    const abandonAfterSeconds = 30 + Math.random();
    const first = jobIn(root, "true");
    const second = jobIn(root, "sleep 60");
    const keeper = startHarness("submit", first, { ...source, options: { abandonAfterSeconds } }, second);
    await until(() => readRecord(folderOf(second), "supervisor.json") !== undefined);
    const supervisor = readRecord(folderOf(second), "supervisor.json")?.identity.pid ?? 0;
    expect(readFileSync(`/proc/${supervisor}/cmdline`, "latin1").split("\0").slice(-3)).toEqual([
      "-",
      String(abandonAfterSeconds),
      "",
    ]);
    await runner.cancel(second);
    await until(() => tagged(String(abandonAfterSeconds)).length >= 2);
    keeper.process.kill("SIGKILL");
    await until(() => tagged(String(abandonAfterSeconds)).length === 0);
  });
});

describe.concurrent("when the supervisor is killed,", () => {
  test("whoever waits ends what is left, and calls the run lost", async () => {
    const tag = newTag();
    const job = jobIn(root, `sh '${fixtures}/escape-all-ways.sh' ${tag}`);
    const handle = await runner.submit(job);
    // From now on it prints nothing: a run whose output nobody takes any more would end by itself.
    await until(() => logOf(job) === "escaped\n");
    const waiting = runner.wait(job, never);
    process.kill(readRecord(folderOf(job), "supervisor.json")?.identity.pid ?? 0, "SIGKILL");
    expect(await runner.submit(job)).toBe(handle);
    expect((await waiting).outcome).toEqual({ kind: "lost", why: "its supervisor was killed" });
    expect(tagged(tag)).toEqual([]);
    expect(await runner.wait(job, never)).toEqual(await waiting);
  });

  test("a cancel still leaves nothing", async () => {
    const tag = newTag();
    const job = jobIn(root, `sh '${fixtures}/daemon.sh' ${tag}; sh '${fixtures}/stubborn.sh' ${tag}`);
    await runner.submit(job);
    await until(() => tagged(tag).length >= 2);
    process.kill(readRecord(folderOf(job), "supervisor.json")?.identity.pid ?? 0, "SIGKILL");
    await runner.cancel(job);
    expect(tagged(tag)).toEqual([]);
    expect((await runner.wait(job, never)).outcome).toEqual({ kind: "cancelled" });
  });

  test("by a mere TERM, it ends the run first and says why", async () => {
    const tag = newTag();
    const job = jobIn(root, `sh '${fixtures}/stubborn.sh' ${tag}`);
    await runner.submit(job);
    await until(() => tagged(tag).length >= 1);
    process.kill(readRecord(folderOf(job), "supervisor.json")?.identity.pid ?? 0, "SIGTERM");
    expect((await runner.wait(job, never)).outcome).toEqual({ kind: "lost", why: "it got SIGTERM" });
    expect(tagged(tag)).toEqual([]);
  });
});

describe.concurrent("a submit that was cut off", () => {
  test("after the record of the job is made good by the next submit or wait", async () => {
    for (const next of ["submit", "wait"] as const) {
      const job = jobIn(root, "echo ran");
      mkdirSync(folderOf(job), { recursive: true });
      writeOnce(folderOf(job), "job.json", { job, token: `${job.name}.cut` });
      if (next === "submit") await runner.submit(job);
      expect((await runner.wait(job, never)).outcome).toEqual({ kind: "finished" });
      expect(logOf(job)).toBe("ran\n");
    }
  });

  test("and is then cancelled starts nothing, now and later", async () => {
    const job = jobIn(root, "echo ran");
    mkdirSync(folderOf(job), { recursive: true });
    writeOnce(folderOf(job), "job.json", { job, token: `${job.name}.cut` });
    await runner.cancel(job);
    await runner.submit(job);
    expect((await runner.wait(job, never)).outcome).toEqual({ kind: "cancelled" });
    expect(readdirSync(root)).not.toContain(`${job.name}.log`);
  });

  test("before any record is a job nobody knows", async () => {
    expect((await runner.wait(jobIn(root, "true"), never)).outcome.kind).toBe("lost");
  });
});

describe.concurrent("a process that is not of the run", () => {
  test("is never touched, however much it looks like one", async () => {
    const tag = newTag();
    const job = jobIn(root, `sh '${fixtures}/stubborn.sh' ${tag}`, { timeoutSeconds: 1 });
    const words = [join(fixtures, "stubborn.sh"), tag];
    const options = { stdio: "ignore" as const, detached: true };
    const foreign: readonly ChildProcess[] = [
      spawn("sh", words, options),
      spawn("sh", words, { ...options, env: { ...process.env, [JOB_TOKEN]: job.name } }),
      spawn("sh", words, { ...options, env: { ...process.env, [`X${JOB_TOKEN}`]: `${job.name}.0` } }),
    ];
    expect((await run(job)).outcome.kind).toBe("timedOut");
    expect([...tagged(tag)].sort()).toEqual(foreign.map((child) => child.pid).sort());
    for (const child of foreign) child.kill("SIGKILL");
    await until(() => tagged(tag).length === 0);
  });
});

describe.concurrent("misuse is an error:", () => {
  test("a name that is no file name", async () => {
    for (const name of ["", "..", "a/b", "a b", "x".repeat(300)]) {
      await expect(runner.submit(jobIn(root, "true", { name }))).rejects.toThrow("no name for a job");
    }
  });

  test("a path that is not absolute", async () => {
    await expect(runner.submit(jobIn(root, "true", { stateDir: "state" }))).rejects.toThrow("must be absolute");
  });
});
