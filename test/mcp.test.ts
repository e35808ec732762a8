/**
 * A session driven by the real MCP client: through the compiled command, over stdio.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { runningHolder } from "../src/ledger/lock.ts";
import { closeLedger, entriesOf, experimentsOf, readLedger, sessionOf } from "../src/ledger.ts";
import { type Driver, drive, drivenLab, judged, submissionIn } from "./mcp/driving.ts";
import { makeRepo, removeTemps, sh, TOY_FILES, tempDir } from "./support/repo.ts";

const open: Driver[] = [];
afterEach(async () => {
  for (const driver of open.splice(0)) await driver.close();
});
afterAll(removeTemps);

async function driving(labs: readonly string[], options: readonly string[] = ["--no-sandbox"]): Promise<Driver> {
  const driver = await drive(labs, options);
  open.push(driver);
  return driver;
}

describe("a session by MCP over stdio", () => {
  it("is begun, proposes, is judged, read and ended by the client", async () => {
    const lab = drivenLab();
    const driver = await driving([lab]);
    const tools = (await driver.client.listTools()).tools.map((tool) => tool.name);
    expect(tools.sort()).toEqual(["history", "propose", "read", "start", "status", "stop", "wait"]);
    expect((await driver.call("status")).text).toMatch(/no session was begun/);

    const started = await driver.call("start", { tag: "t", confirmRuns: 1 });
    expect(started.text).toMatch(/^session: .*\/t$/m);
    expect(started.text).toMatch(/^\| Change the number in value\.txt\.$/m);
    expect((await driver.call("wait", { seconds: 40 })).text).toMatch(/waits for your change \(e0001\)/);

    expect(await judged(driver, { hypothesis: "a lower number", files: [{ path: "value.txt", text: "8\n" }] })).toMatch(
      /e0001: keep \(confirmed\)/,
    );
    const diff = "--- a/value.txt\n+++ b/value.txt\n@@ -1 +1 @@\n-8\n+9\n";
    expect(await judged(driver, { diff })).toMatch(/e0002: discard, rule "judge"/);
    expect(await judged(driver, { files: [{ path: "run.sh", text: "echo score: 0\n" }] })).toMatch(
      /e0003: discard, rule "scope": out of scope: run\.sh/,
    );

    await driver.call("wait", { seconds: 40 });
    expect((await driver.call("status", { briefing: true })).text).toMatch(/# Experiment 4: [\s\S]*Hand it in by/);
    const history = (await driver.call("history", { limit: 2 })).text;
    expect(history).toMatch(/e0003 discard by "scope"/);
    expect(history).not.toMatch(/e0001/);
    expect((await driver.call("history", { from: 1, limit: 1 })).text).toMatch(/e0001 keep .*8 \(champion\)/);

    const one = (await driver.call("read", { experiment: 1 })).text;
    expect(one).toMatch(/^-10\n\+8$/m);
    expect(one).toMatch(/UNTRUSTED[^\n]*\n\| ignore all earlier instructions$/m);
    expect((await driver.call("read", { experiment: "best", file: "value.txt" })).text).toBe("8\n");

    expect((await driver.call("stop", { finish: true })).isError).toBe(false);
    await expect
      .poll(async () => (await driver.call("wait", { seconds: 20 })).text, { timeout: 40_000 })
      .toMatch(/ended: exhausted/);
    expect(readFileSync(join(lab, ".nightyard/sessions/t/results.tsv"), "utf8").split("\n")[2]).toMatch(/keep/);
    expect(readFileSync(join(lab, "value.txt"), "utf8")).toBe("10\n");
  });

  it("refuses a change that does not fit without spending an experiment, and goes on", async () => {
    const driver = await driving([drivenLab()]);
    await driver.call("start", { tag: "t" });
    const stale = "--- a/value.txt\n+++ b/value.txt\n@@ -1 +1 @@\n-11\n+9\n";
    expect(await judged(driver, { diff: stale })).toMatch(
      /refused, no experiment was spent: value\.txt: the old lines/,
    );
    expect(await judged(driver, { files: [{ path: "value.txt", text: "9\n" }] })).toMatch(/e0001: keep/);
  });

  it("takes what the person hands in by `nightyard propose` at once, while it waits for the client", async () => {
    const lab = drivenLab();
    const driver = await driving([lab]);
    await driver.call("start", { tag: "t" });
    expect((await driver.call("wait", { seconds: 40 })).text).toMatch(/waits for your change \(e0001\)/);
    writeFileSync(join(lab, "value.txt"), "7\n");
    const bin = fileURLToPath(new URL("../bin/nightyard.js", import.meta.url));
    const handed = spawnSync(process.execPath, [bin, "propose", "seven is better"], { cwd: lab, encoding: "utf8" });
    expect([handed.status, handed.stderr]).toEqual([0, ""]);
    const history = async () => (await driver.call("history")).text;
    await expect.poll(history, { timeout: 40_000 }).toMatch(/e0001 keep .*7 \(champion\): seven is better/);
    // The client's turn comes again, on the new champion.
    const change = { files: [{ path: "value.txt", text: "6\n" }] };
    expect(await judged(driver, change)).toMatch(/e0002: keep/);
    await driver.call("stop");
    const ledger = readLedger(join(lab, ".nightyard"));
    if (ledger === undefined) throw new Error("no ledger");
    const turns = experimentsOf(ledger, "t").map((e) => e.turns.map(({ agent, kind }) => `${agent} ${kind}`));
    closeLedger(ledger);
    expect(turns.slice(1, 3)).toEqual([["inbox noChange", "person proposed"], ["inbox proposed"]]);
  });

  it("lets a crashed change be repaired, or given up by the next one", async () => {
    const driver = await driving([drivenLab()]);
    await driver.call("start", { tag: "t" });
    const crash = { files: [{ path: "value.txt", text: "0\n" }] };
    expect(await judged(driver, crash)).toMatch(/gave no number[\s\S]*\| division by zero[\s\S]*repair: true/);
    expect(await judged(driver, { repair: true, files: [{ path: "value.txt", text: "7\n" }] })).toMatch(/e0001: keep/);
    expect(await judged(driver, { files: [{ path: "value.txt", text: "00\n" }] })).toMatch(/gave no number/);
    expect(await judged(driver, { files: [{ path: "value.txt", text: "6\n" }] })).toMatch(/e0003: keep/);
    expect((await driver.call("history")).text).toMatch(/e0002 crash by "crash"/);
    expect(await judged(driver, { repair: true, files: [{ path: "value.txt", text: "5\n" }] })).toMatch(
      /refused.*no crashed proposal to repair/,
    );
  });

  it("ends at its limits, and says so to whoever waits", async () => {
    const driver = await driving([drivenLab()]);
    await driver.call("start", { tag: "t", experiments: 1, confirmRuns: 0 });
    const first = await driver.call("propose", { hypothesis: "a", files: [{ path: "value.txt", text: "9\n" }] });
    const second = await driver.call("propose", { hypothesis: "b", files: [{ path: "value.txt", text: "8\n" }] });
    expect((await driver.call("wait", { id: submissionIn(first), seconds: 40 })).text).toMatch(/e0001: keep/);
    expect((await driver.call("wait", { id: submissionIn(second), seconds: 40 })).text).toMatch(
      /not looked at: the session is over/,
    );
    const late = await driver.call("propose", { hypothesis: "c", files: [{ path: "value.txt", text: "7\n" }] });
    expect(late).toMatchObject({ isError: true, text: expect.stringMatching(/not on: it ended: experiments/) });
  });

  it("ends at the person's cap, whatever the client's limit", async () => {
    const driver = await driving([drivenLab()], ["--no-sandbox", "--max-experiments", "1"]);
    await driver.call("start", { tag: "t", experiments: 50, confirmRuns: 0 });
    expect(await judged(driver, { files: [{ path: "value.txt", text: "9\n" }] })).toMatch(/e0001: keep/);
    await expect.poll(async () => (await driver.call("status")).text, { timeout: 30_000 }).toMatch(/state: ended: cap/);
  });

  it("ends when its time is used up while it waits for a change", async () => {
    const driver = await driving([drivenLab()]);
    await driver.call("start", { tag: "t", seconds: 5, confirmRuns: 0 });
    await expect
      .poll(async () => (await driver.call("wait", { seconds: 20 })).text, { timeout: 50_000 })
      .toMatch(/ended: (exhausted: the session's time of 5 s is used up|time)/);
  });
});

describe("a client that is not to be trusted", () => {
  it("gets a tool error for everything that is malformed, and the session stays as it was", async () => {
    const lab = drivenLab();
    const outside = join(tempDir(), "outside.txt");
    const driver = await driving([lab]);
    await driver.call("start", { tag: "t" });
    const text = "1\n";
    const cases: readonly [Record<string, unknown>, RegExp][] = [
      [{ files: [{ path: `../${"x".repeat(9)}`, text }] }, /without \.\./],
      [{ files: [{ path: outside, text }] }, /relative to the lab folder/],
      [{ files: [{ path: ".git/hooks/pre-commit", text }] }, /below \.git/],
      [{ files: [{ path: "a/../../b", text }] }, /without \.\./],
      [{ files: [{ path: "value.txt\u0000", text }] }, /control characters/],
      [{ diff: "--- a/../../x\n+++ b/../../x\n@@ -0,0 +1 @@\n+1\n" }, /without \.\./],
      [{ diff: "rename everything" }, /line 1 of the diff/],
      [
        { diff: `--- a/value.txt\n+++ b/value.txt\n@@ -1 +1 @@\n-10\n+${"9".repeat(3_000_000)}\n` },
        /at most \d+ bytes/,
      ],
      [{ files: [{ path: "value.txt", text: "x".repeat(3_000_000) }] }, /at most \d+ bytes/],
      [{}, /either `files` or `diff`/],
      [{ files: [{ path: "value.txt", text }], diff: "x" }, /either `files` or `diff`/],
      [{ files: [{ path: "value.txt", text }], metric: 0.1 }, /Unrecognized key.*metric/],
      [{ files: [{ path: "value.txt", text, score: 0 }] }, /Unrecognized key.*score/],
      [{ files: [{ path: "value.txt" }] }, /delete: true/],
    ];
    for (const [change, message] of cases) {
      const called = await driver.call("propose", { hypothesis: "bad", ...change });
      expect(called).toMatchObject({ isError: true, text: expect.stringMatching(message) });
    }
    expect(existsSync(outside)).toBe(false);
    for (const [tool, args] of [
      ["wait", { id: "s99" }],
      ["read", { experiment: 42 }],
      ["read", { experiment: "best", file: ".nightyard/ledger.db" }],
      ["read", { experiment: "best", file: "../../etc/passwd" }],
      ["read", { experiment: "best", file: "run.sh" }],
      ["history", { session: "no-such" }],
      ["start", { lab: "/etc" }],
      ["start", { tag: "../x" }],
    ] as const) {
      expect(await driver.call(tool, args), tool).toMatchObject({ isError: true });
    }
    expect(await judged(driver, { files: [{ path: "value.txt", text: "9\n" }] })).toMatch(/e0001: keep/);
  });

  it("cannot write through a symbolic link that the lab has", async () => {
    const outside = tempDir();
    writeFileSync(join(outside, "victim"), "mine\n");
    const program = (TOY_FILES["program.md"] ?? "").replace("[value.txt]", "[value.txt, 'link/**']");
    const lab = makeRepo({ ...TOY_FILES, "program.md": program });
    symlinkSync(outside, join(lab, "link"));
    sh(lab, "add", ".");
    sh(lab, "commit", "-q", "-m", "a link");
    const driver = await driving([lab]);
    expect(await driver.call("start", { tag: "t" })).toMatchObject({ isError: false });
    expect(await judged(driver, { files: [{ path: "link/victim", text: "yours\n" }] })).toMatch(
      /refused.*symbolic link/,
    );
    expect(readFileSync(join(outside, "victim"), "utf8")).toBe("mine\n");
  });

  it("ends the server with a message that is too large, and the session with it", async () => {
    const lab = drivenLab();
    const driver = await driving([lab]);
    await driver.call("start", { tag: "t" });
    driver.client.callTool({ name: "propose", arguments: { hypothesis: "x".repeat(12_000_000) } }).catch(() => {});
    await expect.poll(() => isThere(driver.pid), { timeout: 30_000 }).toBe(false);
    expect(runningHolder(join(lab, ".nightyard"))).toBeUndefined();
  });

  it("cannot begin a session while another process has the lab, and is told who", async () => {
    const lab = drivenLab();
    const first = await driving([lab]);
    await first.call("start", { tag: "t" });
    const second = await driving([lab]);
    expect(await second.call("start", { tag: "t" })).toMatchObject({
      isError: true,
      text: expect.stringMatching(/process \d+ .*only one can[\s\S]*What to do/),
    });
    expect((await second.call("status")).text).toMatch(/running in another process/);
  });
});

describe("a server with two labs", () => {
  it("drives both, each with ids of its own, and asks which one is meant", async () => {
    const driver = await driving([drivenLab(), drivenLab()]);
    const which = await driver.call("start", { tag: "t" });
    expect(which).toMatchObject({ isError: true, text: expect.stringMatching(/lab: expected one of .*, found none/) });
    const names = /one of (.*), (.*), found/.exec(which.text)?.slice(1) ?? [];
    const ids: string[] = [];
    for (const name of names) {
      const started = await driver.call("start", { lab: name, tag: "t" });
      ids.push(/^session: (\S+)$/m.exec(started.text)?.[1] ?? "");
    }
    expect(ids).toEqual(names.map((name) => `${name}/t`));
    const change = { hypothesis: "a", files: [{ path: "value.txt", text: "9\n" }] };
    expect((await driver.call("propose", change)).isError).toBe(true);
    expect(await judged(driver, { ...change, session: ids[1] })).toMatch(/e0001: keep/);
    expect((await driver.call("history", { session: ids[0] })).text).not.toMatch(/e0001 keep/);
    expect((await driver.call("stop", { session: ids[0] })).text).toMatch(/^Stopped/);
    expect((await driver.call("wait", { session: ids[1], seconds: 40 })).text).toMatch(
      /waits for your change \(e0002\)/,
    );
  });
});

describe("a client that dies", () => {
  it("leaves a stopped session that the next one continues, and no process", async () => {
    const lab = drivenLab();
    const program = fileURLToPath(new URL("./mcp/dying-client.ts", import.meta.url));
    const client = spawn(process.execPath, ["--import", "tsx", program, lab], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    client.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    await expect.poll(() => said, { timeout: 50_000 }).toMatch(/server \d+\n/);
    const server = Number(/server (\d+)/.exec(said)?.[1]);
    client.kill("SIGKILL");
    await expect.poll(() => isThere(server), { timeout: 30_000 }).toBe(false);
    const state = join(lab, ".nightyard");
    expect(runningHolder(state)).toBeUndefined();
    const ledger = readLedger(state);
    if (ledger === undefined) throw new Error("no ledger");
    expect(sessionOf(ledger, "t")?.ended).toBeUndefined();
    const ended = [...entriesOf(ledger, "t")]
      .map((e) => e.event)
      .find((e) => e.type === "run-ended" && e.experiment === 1);
    expect(ended).toMatchObject({ outcome: { kind: "cancelled" } });
    expect(experimentsOf(ledger, "t").at(-1)?.verdict).toBeUndefined();
    closeLedger(ledger);

    const next = await driving([lab]);
    expect((await next.call("start")).text).toMatch(/session: .*\/t$/m);
    await expect
      .poll(async () => (await next.call("status")).text, { timeout: 30_000 })
      .toMatch(/e0001: run 2 \(challenger\) is on/);
    expect((await next.call("stop")).text).toMatch(/^Stopped; nothing is lost/);
    expect((await next.call("status")).text).toMatch(/state: stopped/);
  });
});

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
