/**
 * What every runner promises (see the contract in `src/runner.ts`), as tests with real processes.
 *
 * A runner's own test file calls `runnerContract` and adds what is special about it. The runner must run on this
 * machine, so that its processes can be looked for here.
 */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Runner } from "../../src/runner.ts";
import { fixtures, jobIn, logOf, never, newTag, type RunnerSource, startHarness, tagged, until } from "./jobs.ts";

export interface ContractSetup {
  /** For a harness in another process; the runner under test is made the same way. */
  readonly source: RunnerSource;
  readonly runner: Runner;
  /** Variables that the engine itself puts into a job's environment. */
  readonly engineVariables: RegExp;
}

/** Declares the suite; `setUp` is called once, before the first test, and may start an engine. */
export function runnerContract(title: string, setUp: () => Promise<ContractSetup>): void {
  describe.concurrent(`${title} keeps the contract of runners:`, () => {
    let root = "";
    let setup: ContractSetup;
    beforeAll(async () => {
      root = realpathSync(mkdtempSync(join(tmpdir(), "nightyard runner ")));
      setup = await setUp();
    });
    afterAll(() => rmSync(root, { recursive: true, force: true }));
    const world = () => ({ ...setup, root });
    endings(world);
    killing(world);
    adopting(world);
  });
}

type World = () => ContractSetup & { readonly root: string };

function endings(world: World): void {
  test("a command that succeeds is finished, and its log has both streams in the order written", async () => {
    const { runner, root } = world();
    const job = jobIn(root, "echo one; echo two >&2; echo three");
    await runner.submit(job);
    const { outcome, resources } = await runner.wait(job, never);
    expect(outcome).toEqual({ kind: "finished" });
    expect(logOf(job)).toBe("one\ntwo\nthree\n");
    expect(resources.wallSeconds).toBeGreaterThan(0);
  });

  test("a command that fails is crashed, with its exit code", async () => {
    const { runner, root } = world();
    const job = jobIn(root, "echo bad; exit 42");
    await runner.submit(job);
    expect((await runner.wait(job, never)).outcome).toEqual({ kind: "crashed", exitCode: 42 });
  });

  test("a command that dies of a signal is crashed", async () => {
    const { runner, root } = world();
    const job = jobIn(root, "kill -SEGV $$");
    await runner.submit(job);
    expect((await runner.wait(job, never)).outcome.kind).toBe("crashed");
  });

  test("a folder that is not there is an outcome, not an error", async () => {
    const { runner, root } = world();
    const job = jobIn(root, "true", { dir: join(root, "nowhere") });
    await runner.submit(job);
    const { outcome } = await runner.wait(job, never);
    expect(["crashed", "lost"]).toContain(outcome.kind);
    expect(outcome).toHaveProperty("why");
  });

  test("the command runs in its folder with exactly the given environment and the mark", async () => {
    const { runner, root, engineVariables } = world();
    process.env.NIGHTYARD_LEAK = "secret";
    const dir = join(root, "a folder");
    mkdirSync(dir);
    const env = { PATH: process.env.PATH ?? "", EMPTY: "", ODD: "a b\n$c 'd' \"e\" ü" };
    const job = jobIn(root, 'pwd; tr "\\n" "~" </proc/$$/environ | tr "\\0" "\\n"', { dir, env });
    await runner.submit(job);
    await runner.wait(job, never);
    delete process.env.NIGHTYARD_LEAK;
    const [where, ...entries] = logOf(job).trimEnd().split("\n");
    const own = entries.filter((entry) => !engineVariables.test(entry)).sort();
    const mark = own.find((entry) => entry.startsWith("NIGHTYARD_JOB="));
    expect(where).toBe(dir);
    expect(mark).toContain(job.name);
    expect(own.filter((entry) => entry !== mark)).toEqual(
      ["EMPTY=", "ODD=a b~$c 'd' \"e\" ü", `PATH=${env.PATH}`].sort(),
    );
  });

  test("standard input is empty, so a command that asks a question goes on", async () => {
    const { runner, root } = world();
    const job = jobIn(root, "read answer; echo got $?");
    await runner.submit(job);
    await runner.wait(job, never);
    expect(logOf(job)).toBe("got 1\n");
  });

  test("the fence stands in front of the shell", async () => {
    const { runner, root } = world();
    const job = jobIn(root, "echo $FENCED", { fence: ["env", "FENCED=yes it is"] });
    await runner.submit(job);
    await runner.wait(job, never);
    expect(logOf(job)).toBe("yes it is\n");
  });

  test("a flood of output is stored up to the limit, with its beginning and its end", async () => {
    const { runner, root } = world();
    const job = jobIn(root, "echo first; yes | head -c 50000000; echo last", { logLimitBytes: 10_000 });
    await runner.submit(job);
    const { outcome } = await runner.wait(job, never);
    const log = logOf(job);
    expect(outcome).toEqual({ kind: "finished" });
    expect(log.length).toBeLessThan(10_200);
    expect(log).toMatch(/^first\n[\s\S]*\n\[nightyard: 49990011 bytes left out here\]\n[\s\S]*last\n$/);
  });
}

function killing(world: World): void {
  test("after a timeout nothing is left, whatever the command did to get away", async () => {
    const { runner, root } = world();
    const tag = newTag();
    const job = jobIn(root, `sh '${fixtures}/escape-all-ways.sh' ${tag}`, { timeoutSeconds: 2 });
    await runner.submit(job);
    const { outcome } = await runner.wait(job, never);
    expect(outcome).toEqual({ kind: "timedOut", afterSeconds: 2 });
    expect(logOf(job)).toContain("escaped");
    expect(tagged(tag)).toEqual([]);
  });

  test("after a normal end no daemon is left", async () => {
    const { runner, root } = world();
    const tag = newTag();
    const job = jobIn(root, `sh '${fixtures}/daemon.sh' ${tag}; sleep 0.3`);
    await runner.submit(job);
    expect((await runner.wait(job, never)).outcome).toEqual({ kind: "finished" });
    expect(tagged(tag)).toEqual([]);
  });

  test("cancel resolves when nothing is left, also when called twice at once and again after the end", async () => {
    const { runner, root } = world();
    const tag = newTag();
    const job = jobIn(root, `sh '${fixtures}/escape-all-ways.sh' ${tag}`);
    await runner.submit(job);
    await until(() => tagged(tag).length >= 7);
    await Promise.all([runner.cancel(job), runner.cancel(job)]);
    expect(tagged(tag)).toEqual([]);
    expect((await runner.wait(job, never)).outcome).toEqual({ kind: "cancelled" });
    await runner.cancel(job);
    expect((await runner.wait(job, never)).outcome).toEqual({ kind: "cancelled" });
  });

  test("cancelling what has ended, or never was, changes nothing", async () => {
    const { runner, root } = world();
    const job = jobIn(root, "exit 3");
    await runner.cancel(job);
    await runner.submit(job);
    const before = await runner.wait(job, never);
    await runner.cancel(job);
    expect(await runner.wait(job, never)).toEqual(before);
    expect(before.outcome).toEqual({ kind: "crashed", exitCode: 3 });
  });
}

function adopting(world: World): void {
  test("a job submitted twice, at once and after its end, runs once and has one handle", async () => {
    const { runner, root } = world();
    const file = join(root, "times");
    writeFileSync(file, "");
    const job = jobIn(root, "echo x >>times");
    const handles = [...(await Promise.all([runner.submit(job), runner.submit(job)])), await runner.submit(job)];
    await runner.wait(job, never);
    handles.push(await runner.submit(job));
    expect(new Set(handles).size).toBe(1);
    expect(readFileSync(file, "utf8")).toBe("x\n");
  });

  test("two may wait at once and again later, and all are told the same", async () => {
    const { runner, root } = world();
    const job = jobIn(root, "sleep 0.2; exit 5");
    await runner.submit(job);
    const [one, two] = await Promise.all([runner.wait(job, never), runner.wait(job, never)]);
    expect(two).toEqual(one);
    expect(await runner.wait(job, never)).toEqual(one);
  });

  test("another process than the one that submitted may wait", async () => {
    const { runner, root, source } = world();
    const job = jobIn(root, "while [ ! -e go ]; do sleep 0.05; done; exit 6");
    await runner.submit(job);
    const harness = startHarness("wait", job, source);
    await harness.there;
    writeFileSync(join(root, "go"), "");
    expect(await harness.result).toEqual(await runner.wait(job, never));
  });

  test("aborting a wait leaves the job running", async () => {
    const { runner, root } = world();
    const job = jobIn(root, "while [ ! -e on ]; do sleep 0.05; done; echo done");
    await runner.submit(job);
    const abort = new AbortController();
    const waiting = runner.wait(job, abort.signal);
    abort.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await expect(runner.wait(job, abort.signal)).rejects.toThrow("enough");
    writeFileSync(join(root, "on"), "");
    expect((await runner.wait(job, never)).outcome).toEqual({ kind: "finished" });
    expect(logOf(job)).toBe("done\n");
  });
}
