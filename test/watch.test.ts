/** `nightyard watch` in a real pseudo-terminal, on a session that another process runs; and off a terminal. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { closeLedger, experimentsOf, readLedger, sessionOf } from "../src/ledger.ts";
import { makeRepo, removeTemps, TOY_FILES, TOY_PROGRAM, tempDir } from "./support/repo.ts";
import { openTerminal, resize, rowsOf, type Size, type Terminal, type as typed, until } from "./support/terminal.ts";

const BIN = fileURLToPath(new URL("../bin/nightyard.js", import.meta.url));
const SMALL: Size = { columns: 80, rows: 24 };
const LARGE: Size = { columns: 200, rows: 60 };
// Colours, a title, a cleared screen, and a tab: what a log must not do to the terminal.
const HOSTILE = "printf 'log \\033[31mred\\033]0;TAKEN\\007\\033[2J\\tend\\n'";

let lab: string;
const open: Terminal[] = [];

/** Session "t", ended: the baseline, two keeps, a discard, a crash. */
beforeAll(() => {
  const run = `${HOSTILE}\n[ "$(cat value.txt)" = boom ] && exit 3\n${TOY_FILES["run.sh"]}`;
  lab = makeRepo({ ...TOY_FILES, "run.sh": run });
  const script = join(tempDir(), "steps.json");
  const words = ["lower \u001b[41mred\u001b]0;TAKEN\u0007 words", "even lower", "higher", "broken"];
  const steps = ["8\n", "7\n", "9\n", "boom\n"].map((text, i) => ({
    edits: [{ write: "value.txt", text }],
    hypothesis: words[i],
  }));
  writeFileSync(script, JSON.stringify(steps));
  const args = ["run", lab, "--tag", "t", "--agent", `scripted:${script}`, "--experiments", "4", "--confirm-runs", "0"];
  const r = spawnSync(process.execPath, [BIN, ...args], { encoding: "utf8", env: env() });
  if (r.status !== 0) throw new Error(`the session failed: ${r.stderr}`);
});
afterEach(() => {
  for (const terminal of open.splice(0)) terminal.child.kill("SIGKILL");
});
afterAll(removeTemps);

const env = () => ({ ...process.env, NIGHTYARD_SANDBOX: "auto" });

function watch(size: Size, more: Record<string, string> = {}, of = lab): Terminal {
  const terminal = openTerminal([process.execPath, BIN, "watch", of], { folder: tempDir(), size, env: more });
  open.push(terminal);
  return terminal;
}

/** Every row fits, and none of what came was somebody else's escape code. */
function expectClean(terminal: Terminal): void {
  for (const row of rowsOf(terminal)) expect([...row].length).toBeLessThanOrEqual(terminal.size.columns);
  expect(terminal.screen.raw).not.toContain("TAKEN");
  expect(terminal.screen.raw).not.toContain("\u001b[41m");
}

describe("the view", () => {
  it.each([SMALL, LARGE])("shows list, experiment and keys at %o, and q leaves with 0", async (size) => {
    const terminal = watch(size);
    const rows = await until(terminal, (text) => text.includes("q leave") && text.includes("verdict   crash"));
    const text = rows.join("\n");
    expect(rows[0]).toContain("nightyard · t · not running · 5 of 5");
    expect(text).toContain("*e0002 keep");
    expect(text).toMatch(/›.?e0004 crash/);
    expect(text).toContain("metric    score –");
    expectClean(terminal);
    typed(terminal, "q");
    expect(await terminal.exited).toBe(0);
    expect(terminal.screen.raw).toContain("\u001b[?1049l");
  });

  it("moves with keys, and has diff, log, metrics and why of each experiment", async () => {
    const terminal = watch(SMALL);
    await until(terminal, (text) => text.includes("5 of 5") && text.includes("q leave"));
    typed(terminal, "g");
    await until(terminal, (text) => text.includes("1 of 5") && text.includes("the baseline"));
    typed(terminal, "j");
    await until(terminal, (text) => text.includes("lower red words") && text.includes("2 of 5"));
    typed(terminal, "\t");
    await until(terminal, (text) => text.includes("-10") && text.includes("+8"));
    typed(terminal, "\t");
    const log = await until(terminal, (text) => text.includes("score: 8"));
    expect(log.join("\n")).toContain("log red    end");
    typed(terminal, "\u001b[B");
    await until(terminal, (text) => text.includes("3 of 5") && text.includes("score: 7"));
    typed(terminal, "4");
    await until(terminal, (text) => text.includes("peak memory") || text.includes("seconds"));
    typed(terminal, "5");
    await until(terminal, (text) => text.includes("[why]") && text.includes("rule"));
    expectClean(terminal);
  });

  it("searches and filters, and shows all again", async () => {
    const terminal = watch(SMALL);
    await until(terminal, (text) => text.includes("5 of 5"));
    typed(terminal, "/");
    await until(terminal, (text) => text.includes("search:"));
    typed(terminal, "LOWER");
    await until(terminal, (text) => text.includes("search: LOWER"));
    typed(terminal, "\r");
    await until(terminal, (text) => text.includes('2 of 2 · only "LOWER"'));
    typed(terminal, "\u001b");
    await until(terminal, (text) => text.includes("5 of 5"));
    typed(terminal, "v");
    await until(terminal, (text) => text.includes("3 of 3 · only keep"));
  });

  it("draws itself anew when the terminal gets another size", async () => {
    const terminal = watch(LARGE);
    await until(terminal, (text) => text.includes("5 of 5") && text.includes(" │ "));
    resize(terminal, SMALL);
    await until(terminal, (text) => text.split("\n")[22]?.startsWith("q leave") === true);
    expectClean(terminal);
    resize(terminal, LARGE);
    await until(terminal, (text) => text.split("\n")[58]?.startsWith("q leave") === true && text.includes(" │ "));
    resize(terminal, { columns: 30, rows: 10 });
    await until(terminal, (text) => text.split("\n")[8]?.startsWith("q leave") === true);
    expectClean(terminal);
  });

  it("has no colour with NO_COLOR", async () => {
    const terminal = watch(SMALL, { NO_COLOR: "1" });
    await until(terminal, (text) => text.includes("5 of 5") && text.includes("q leave"));
    expect(terminal.screen.raw).not.toMatch(/\u001b\[[\d;]*m/);
    const colourful = watch(SMALL);
    await until(colourful, (text) => text.includes("5 of 5") && text.includes("q leave"));
    expect(colourful.screen.raw).toMatch(/\u001b\[\d+m/);
  });
});

/** A session whose first run is on until `go` is written into its lab's held-back file. */
function startSlow(): { slow: string; child: ChildProcess; go: () => void } {
  const gate = join(tempDir(), "go");
  const run = `echo started; while [ ! -e '${gate}' ]; do sleep 0.1; done; ${TOY_FILES["run.sh"]}`;
  const program = TOY_PROGRAM.replace("timeout: 20s", "timeout: 10m");
  const slow = makeRepo({ ...TOY_FILES, "program.md": program, "run.sh": run });
  const script = join(tempDir(), "steps.json");
  writeFileSync(
    script,
    JSON.stringify([{ edits: [{ write: "value.txt", text: "8\n" }], hypothesis: "slow but sure" }]),
  );
  const args = [
    "run",
    slow,
    "--tag",
    "s",
    "--agent",
    `scripted:${script}`,
    "--experiments",
    "1",
    "--confirm-runs",
    "0",
  ];
  const child = spawn(process.execPath, [BIN, ...args, "--no-sandbox"], { env: env(), stdio: "ignore" });
  return { slow, child, go: () => writeFileSync(gate, "") };
}

async function started(slow: string): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    const ledger = readLedger(join(slow, ".nightyard"));
    const runs = ledger === undefined ? [] : experimentsOf(ledger, "s").flatMap((e) => e.runs);
    if (ledger !== undefined) closeLedger(ledger);
    if (runs.length > 0) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error("the session never began");
}

describe("a session that runs", () => {
  it("is seen as it goes, and goes on after q", async () => {
    const { slow, child, go } = startSlow();
    const ended = new Promise<number | null>((done) => child.on("exit", (code) => done(code)));
    await started(slow);
    const terminal = watch(SMALL, {}, slow);
    await until(terminal, (text) => text.includes("s · running") && text.includes("train 0:"));
    typed(terminal, "3");
    await until(terminal, (text) => text.includes("started"));
    const second = watch(SMALL, {}, slow);
    await until(second, (text) => text.includes("running"));
    typed(second, "q");
    expect(await second.exited).toBe(0);
    expect(child.exitCode).toBeNull();
    go();
    await until(terminal, (text) => text.includes("e0001 keep") && text.includes("ended: experiments"));
    expect(await ended).toBe(0);
    const ledger = readLedger(join(slow, ".nightyard"));
    expect(ledger === undefined ? undefined : sessionOf(ledger, "s")?.counts.keep).toBe(2);
    if (ledger !== undefined) closeLedger(ledger);
  });

  it("is followed as plain lines off a terminal, to its end", async () => {
    const { slow, child, go } = startSlow();
    await started(slow);
    const plain = spawn(process.execPath, [BIN, "watch", slow], { env: env(), stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    const begun = new Promise<void>((done) =>
      plain.stdout.setEncoding("utf8").on("data", (text: string) => {
        out += text;
        if (out.includes("train")) done();
      }),
    );
    const code = new Promise((done) => plain.on("exit", done));
    await begun;
    go();
    expect(await code).toBe(0);
    expect(out).toContain("e0001 keep");
    expect(out).toContain("ended: experiments");
    expect(out).not.toContain("\u001b");
    await new Promise((done) => (child.exitCode === null ? child.on("exit", done) : done(undefined)));
  });
});

describe("off a terminal", () => {
  it("prints an ended session and ends, with nothing of an escape code", () => {
    const r = spawnSync(process.execPath, [BIN, "watch", lab], { encoding: "utf8", env: env() });
    expect([r.status, r.stderr]).toEqual([0, ""]);
    expect(r.stdout).toContain("*e0002 keep");
    expect(r.stdout).toContain("lower red words");
    expect(r.stdout).toContain("■ ended: experiments");
    expect(r.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  it("says how to begin where there is no session", () => {
    const r = spawnSync(process.execPath, [BIN, "watch", makeRepo(TOY_FILES)], { encoding: "utf8", env: env() });
    expect(r.status).toBe(2);
    expect(r.stderr).toContain("Fix: nightyard run");
  });
});
