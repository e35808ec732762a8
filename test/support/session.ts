/**
 * Sessions made up for tests of what only reads: the state as the fold would give it, without git and without runs.
 */
import { NO_EVIDENCE } from "../../src/evidence.ts";
import type { Commit, Experiment, Verdict } from "../../src/experiment.ts";
import type { Entry, SessionEvent } from "../../src/ledger/events.ts";
import { begin, type Session } from "../../src/ledger/session.ts";

export const commitNumber = (n: number) => n.toString(16).padStart(40, "0") as Commit;

/** ISO time so many seconds after the session's start. */
export const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();

const started = {
  type: "session-started" as const,
  base: commitNumber(0),
  baseTree: "tree",
  branch: "autoresearch/t",
  lab: "/home/somebody/my-lab",
  prefix: "",
  agent: "agent",
  runner: "local",
  seed: 1,
  rules: {},
  metric: { name: "score", goal: "minimize" as const },
  program: { hash: "0".repeat(64), text: "" },
  environment: { cpu: "a processor", cores: "8" },
  version: "0.1.0",
};

export function madeUp(part: Partial<Session> = {}): Session {
  const session = begin({ seq: 1, at: at(0), clock: 0, session: "t", event: started }, started);
  return { ...session, evidence: NO_EVIDENCE, ...part };
}

export interface Made {
  readonly number: number;
  readonly metric?: number | undefined;
  readonly kind?: Verdict["kind"];
  readonly rule?: string;
  readonly label?: Verdict["label"];
  readonly hypothesis?: string;
  readonly flags?: readonly string[];
  readonly files?: readonly string[];
  readonly lines?: readonly [number, number];
  readonly seconds?: number;
  readonly numbers?: Readonly<Record<string, number>>;
  readonly memo?: unknown;
}

export function experiment(made: Made): Experiment {
  const { number, metric, kind = "discard", hypothesis = `idea ${made.number}`, seconds = 60 } = made;
  const commit = commitNumber(number);
  const [linesAdded, linesRemoved] = made.lines ?? [1, 1];
  const files = made.files ?? ["train.py"];
  const words = { hypothesis, description: "", files, linesAdded, linesRemoved, flags: made.flags ?? [] };
  const proposal = { commit, parent: commitNumber(0), tree: String(number), intent: "improve" as const, ...words };
  const measurement = { metric, provenance: "evaluated" as const, extra: {} };
  const outcome = metric === undefined ? ({ kind: "crashed", exitCode: 1 } as const) : ({ kind: "finished" } as const);
  const resources = { wallSeconds: seconds, peakMemoryMb: 100 + number };
  const role = number === 0 ? ("baseline" as const) : ("challenger" as const);
  const run = { run: 1, role, commit, job: "j", seed: number, outcome, resources, measurement };
  const rule = made.rule ?? (kind === "crash" ? "crash" : number === 0 ? "baseline" : "judge");
  return {
    number,
    parent: commitNumber(0),
    openedAt: at(number * 60),
    closedAt: at(number * 60 + 59),
    program: "h",
    turns: number === 0 ? [] : [{ turn: 1, kind: "proposed", usage: { seconds: 5 }, agent: "agent" }],
    proposal: number === 0 ? undefined : proposal,
    memo: made.memo,
    receipts: [],
    runs: [run],
    verdict: { kind, rule, reason: rule, label: made.label, numbers: made.numbers ?? {} },
  };
}

/** Entries of one sitting; each event comes with its second. */
export function entriesOf(events: readonly (readonly [number, SessionEvent])[]): readonly Entry[] {
  return [[0, started] as const, ...events].map(([seconds, event], i) => {
    return { seq: i + 1, at: at(seconds), clock: seconds * 1000, session: "t", event };
  });
}
