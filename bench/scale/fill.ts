/**
 * A ledger of many experiments, through the ledger's own append: each has an opening, a proposal of a usual size, gates,
 * one run that was asked for, ended and measured, and a verdict. One in a hundred is kept, one in thirty crashed, one in
 * forty was stopped on its way.
 */
import type { Commit } from "../../src/experiment.ts";
import type { SessionEvent } from "../../src/ledger/events.ts";
import { appendPast, type Ledger, openLedger } from "../../src/ledger.ts";

export const TAG = "scale";
const BATCH = 1000;

const hex = (n: number, length: number) => ((n * 2654435761) % 4294967296).toString(16).padStart(length, "0");
const commit = (n: number) => hex(n, 40) as Commit;

const START: SessionEvent = {
  type: "session-started",
  base: commit(0),
  baseTree: "tree",
  branch: `autoresearch/${TAG}`,
  lab: "/lab",
  prefix: "",
  agent: "tuner",
  runner: "local",
  seed: 7,
  rules: { goal: "minimize" },
  metric: { name: "val_bpb", goal: "minimize" },
  program: { hash: "0".repeat(64), text: "What to try, what to avoid.\n".repeat(100) },
  environment: { cpu: "a processor", cores: "8" },
  version: "0.1.0",
};

const KEPT_EVERY = 100;

/** The seven events of experiment `n`; the baseline has no proposal. */
export function eventsOf(n: number): readonly SessionEvent[] {
  const parent = commit(Math.max(0, Math.floor((n - 1) / KEPT_EVERY) * KEPT_EVERY));
  const crashed = n % 30 === 7;
  const stopped = n % 40 === 9;
  const metric = crashed ? undefined : 1 - 1e-6 * n + ((n * 7919) % 1000) / 1e5;
  const kind = n % KEPT_EVERY === 0 ? "keep" : crashed ? "crash" : "discard";
  const outcome = crashed
    ? ({ kind: "crashed", exitCode: 1 } as const)
    : stopped
      ? ({ kind: "stoppedEarly", why: "behind", behind: 0.02, spread: 0.01 } as const)
      : ({ kind: "finished" } as const);
  const run = { experiment: n, run: 1 };
  const extra = { peak_memory_mb: 900 + (n % 50), tokens_per_second: 30_000 + (n % 1000), steps: 1200, loss: 2.3 };
  const role = n === 0 ? ("baseline" as const) : ("challenger" as const);
  const numbers = { d: -0.001, se: 0.002, z: -0.5, p: 0.31, sigma: 0.003, df: 12 };
  const label = n % 300 === 0 ? "confirmed" : "likely";
  const verdict = { kind, rule: n === 0 ? "baseline" : "judge", reason: "screen", numbers } as const;
  const events: SessionEvent[] = [
    { type: "experiment-opened", experiment: n, parent, from: 0, program: "0".repeat(64) },
    ...(n === 0 ? [] : [proposed(n, parent)]),
    { type: "gated", experiment: n, receipts: [] },
    { type: "run-asked", ...run, role, commit: commit(n), job: `${TAG}-e${n}-r1`, seed: n },
    {
      type: "run-ended",
      ...run,
      outcome,
      resources: { wallSeconds: 300 + (n % 7), cpuSeconds: 250, outputBytes: 9000 },
    },
    { type: "measured", ...run, measurement: { metric, provenance: "evaluated", extra } },
    { type: "judged", experiment: n, verdict: kind === "keep" ? { ...verdict, label } : verdict },
  ];
  return events;
}

function proposed(n: number, parent: Commit): SessionEvent {
  const proposal = {
    commit: commit(n),
    parent,
    tree: hex(n + 1, 40),
    hypothesis: `set LEARNING_RATE from ${(n % 97) / 1000} to ${(n % 89) / 1000}: nearer to the best that was seen`,
    description: "The last three wins had a smaller step; this one goes on in that direction. ".repeat(3),
    files: ["train.ts"],
    linesAdded: 3,
    linesRemoved: 3,
    intent: "improve" as const,
    flags: [],
    hunks: [1, 2, 3].map((i) => ({ file: "train.ts", line: 10 * i, count: 1 })),
    prints: [1, 2, 3].map((i) => hex(n + i, 12)),
  };
  const usage = { seconds: 4, inputTokens: 9000, outputTokens: 700, dollars: 0.04 };
  const memo = { LEARNING_RATE: n / 1000 };
  return {
    type: "proposed",
    experiment: n,
    turn: 0,
    proposal,
    usage,
    memo,
    ref: `refs/nightyard/${TAG}/${n}`,
    agent: "tuner",
  };
}

/** A ledger with the baseline and `count` experiments. The caller closes it. */
export function fillLedger(stateDir: string, count: number): Ledger {
  const ledger = openLedger(stateDir);
  let events: SessionEvent[] = [START, { type: "sitting-started", pid: 1, limits: {}, agent: "tuner" }];
  for (let n = 0; n <= count; n++) {
    events.push(...eventsOf(n));
    if (n % BATCH !== 0 && n !== count) continue;
    appendPast(
      ledger,
      TAG,
      events.map((event) => ({ event, clock: 1000 * n })),
    );
    events = [];
  }
  return ledger;
}
