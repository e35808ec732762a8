/**
 * How busy the accelerator is: an agent that thinks for 30 % of the budget, in a serial loop and with proposals made
 * ahead; and how much more four slots do than one, on runs that only sleep.
 *
 *     npm run build && node --import tsx bench/duty/main.ts [experiments] [budget seconds]
 *
 * The real loop, ledger, worktrees, sandbox (where there is one) and local runner; only the agent is a stand-in, and the
 * run a `sleep`, so that the machine's own speed does not matter. Duty is the time in which a run was on, from the first
 * experiment's run to the last one's end; the baseline is left out. Interleaved A B A B.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Agent } from "../../src/agent.ts";
import { closeLedger, entriesOf, openLedger } from "../../src/ledger.ts";
import { local } from "../../src/runners/local.ts";
import { probeSandbox } from "../../src/sandbox/probe.ts";
import { sit } from "../../src/session.ts";
import { makeSlots } from "../../src/slots.ts";
import { openWorkspace } from "../../src/workspace.ts";

const EXPERIMENTS = Number(process.argv[2] ?? 8);
const BUDGET = Number(process.argv[3] ?? 10);
const ROUNDS = 2;
const { sandbox } = await probeSandbox();

const program = (seconds: number) => `---
name: sleeper
description: Nothing to train.
metric: { name: score, goal: minimize, deterministic: true }
scope: [value.txt]
budget: ${seconds}s
timeout: ${3 * seconds + 30}s
run: sleep ${seconds}; echo METRIC score=$(cat value.txt)
---
`;

/** Never better than the baseline, so that every experiment takes one run and none makes another stale. */
function thinker(seconds: number): Agent {
  return {
    name: "thinker",
    free: true,
    async propose(turn) {
      await delay(seconds * 1000, undefined, { signal: turn.signal });
      writeFileSync(join(turn.dir, "value.txt"), `${100 + turn.briefing.experiment}\n`);
      return { kind: "proposed", hypothesis: "worse", description: "", usage: { seconds } };
    },
  };
}

interface Setting {
  readonly slots: number;
  readonly lookahead: number;
  readonly seconds: number;
  readonly think: number;
}

interface Busy {
  readonly duty: number;
  readonly perMinute: number;
}

async function session(dir: string, setting: Setting): Promise<Busy> {
  makeRepo(dir, setting.seconds);
  const ws = await openWorkspace(dir);
  const slots = makeSlots(setting.slots, "none", { gpus: [], cores: [] });
  if (typeof slots === "string") throw new Error(slots);
  await sit({
    ws,
    tag: "b",
    agent: thinker(setting.think),
    runner: local(),
    limits: { experiments: EXPERIMENTS * setting.slots },
    confirmRuns: 0,
    seed: 1,
    sandbox,
    slots,
    lookahead: setting.lookahead,
    observe: () => undefined,
    say: () => undefined,
    signal: new AbortController().signal,
  });
  return busyOf(ws.stateDir, setting.slots);
}

function busyOf(stateDir: string, slots: number): Busy {
  const ledger = openLedger(stateDir);
  const runs: { end: number; seconds: number }[] = [];
  for (const { event, clock } of entriesOf(ledger, "b")) {
    if (event.type !== "run-ended" || event.experiment === 0) continue;
    runs.push({ end: clock / 1000, seconds: event.resources.wallSeconds });
  }
  closeLedger(ledger);
  const from = Math.min(...runs.map((r) => r.end - r.seconds));
  const to = Math.max(...runs.map((r) => r.end));
  const on = runs.reduce((sum, r) => sum + r.seconds, 0);
  return { duty: on / (slots * (to - from)), perMinute: (60 * runs.length) / (to - from) };
}

function makeRepo(dir: string, seconds: number): void {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "program.md"), program(seconds));
  writeFileSync(join(dir, "value.txt"), "100\n");
  execFileSync("git", ["init", "-q"], { cwd: dir });
  const as = ["-c", "user.name=bench", "-c", "user.email=b@example.invalid"];
  execFileSync("sh", ["-c", `git add . && git ${as.join(" ")} commit -qm lab`], { cwd: dir });
}

function median(xs: readonly number[]): number {
  return [...xs].sort((a, b) => a - b)[xs.length >> 1] ?? Number.NaN;
}

const ARMS: Readonly<Record<string, Setting>> = {
  "serial loop": { slots: 1, lookahead: 0, seconds: BUDGET, think: 0.3 * BUDGET },
  "one proposal ahead": { slots: 1, lookahead: 1, seconds: BUDGET, think: 0.3 * BUDGET },
  "one slot, empty runs": { slots: 1, lookahead: 1, seconds: BUDGET / 2, think: 0 },
  "four slots, empty runs": { slots: 4, lookahead: 2, seconds: BUDGET / 2, think: 0 },
};

const root = mkdtempSync(join(os.tmpdir(), "nightyard-duty-"));
const found: Record<string, Busy[]> = {};
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, setting] of Object.entries(ARMS)) {
    const busy = await session(join(root, `${name.replaceAll(/\W+/g, "-")}-${round}`), setting);
    found[name] = [...(found[name] ?? []), busy];
  }
}
rmSync(root, { recursive: true, force: true });
console.log(`${ROUNDS} × ${EXPERIMENTS} experiments per slot, budget ${BUDGET} s, sandbox: ${sandbox.kind}`);
console.log("                            duty     runs per minute");
for (const [name, all] of Object.entries(found)) {
  const duty = `${(100 * median(all.map((b) => b.duty))).toFixed(1)} %`;
  console.log(
    `${name.padEnd(24)} ${duty.padStart(8)} ${median(all.map((b) => b.perMinute))
      .toFixed(2)
      .padStart(12)}`,
  );
}
const rate = (name: string) => median((found[name] ?? []).map((b) => b.perMinute));
console.log(`four slots / one slot: ${(rate("four slots, empty runs") / rate("one slot, empty runs")).toFixed(2)} ×`);
process.exit(0);
