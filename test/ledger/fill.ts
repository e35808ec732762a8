/** A ledger with a session in it, for tests. */
import type { Commit } from "../../src/experiment.ts";
import type { SessionEvent } from "../../src/ledger/events.ts";
import { append, type Ledger } from "../../src/ledger.ts";

export const commit = (n: number) => String(n).padStart(40, "0") as Commit;
const usage = { seconds: 1 };

export const START: SessionEvent = {
  type: "session-started",
  base: commit(0),
  baseTree: "tree0",
  branch: "autoresearch/t",
  lab: "/lab",
  prefix: "",
  agent: "tuner",
  runner: "local",
  seed: 7,
  rules: { zLast: null },
  metric: { name: "score", goal: "minimize" },
  program: { hash: "h", text: "text" },
  environment: {},
  version: "0",
};

/** The events of one experiment with one run that gave `metric`. */
export function experimentEvents(
  n: number,
  metric: number | undefined,
  kind: "keep" | "discard" | "crash",
): SessionEvent[] {
  const proposal = {
    commit: commit(n),
    parent: commit(0),
    tree: `tree${n}`,
    hypothesis: `try ${n}`,
    description: "",
    files: ["value.txt"],
    linesAdded: 1,
    linesRemoved: 1,
    intent: "improve" as const,
    flags: [],
  };
  const role = n === 0 ? ("baseline" as const) : ("challenger" as const);
  const measurement = { metric, provenance: "evaluated" as const, extra: {} };
  const events: SessionEvent[] = [
    { type: "experiment-opened", experiment: n, parent: commit(0), program: "h" },
    { type: "proposed", experiment: n, turn: 0, proposal, usage, ref: `refs/nightyard/t/${n}`, memo: { n } },
    { type: "gated", experiment: n, receipts: [] },
    { type: "run-asked", experiment: n, run: 1, role, commit: commit(n), job: `j${n}`, seed: 1 },
    { type: "run-ended", experiment: n, run: 1, outcome: { kind: "finished" }, resources: { wallSeconds: 2 } },
    { type: "measured", experiment: n, run: 1, measurement },
    { type: "judged", experiment: n, verdict: { kind, rule: "judge", reason: "r", numbers: {} } },
  ];
  return n === 0 ? events.filter((e) => e.type !== "proposed") : events;
}

/** Session "t" with four experiments: 29 events. */
export function fill(ledger: Ledger, tag = "t"): void {
  const write = (event: SessionEvent, clock = 0) => append(ledger, tag, event, clock);
  write(START);
  write({ type: "sitting-started", pid: 1, limits: { experiments: 3 }, agent: "tuner" });
  const metrics = [10, 9, undefined, 11];
  const kinds = ["keep", "keep", "crash", "discard"] as const;
  metrics.forEach((m, n) => {
    for (const event of experimentEvents(n, m, kinds[n] ?? "discard")) write(event, 1000 * (n + 1));
  });
}
