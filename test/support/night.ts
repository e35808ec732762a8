/** Sessions and experiments made by hand, for tests of what is computed from a ledger. */
import type { Commit, Experiment, Hunk, Verdict } from "../../src/experiment.ts";
import { begin, type Session } from "../../src/ledger/session.ts";
import { type Program, parseProgram } from "../../src/program.ts";
import { TOY_PROGRAM } from "./repo.ts";

export const commitOf = (n: number) => n.toString(16).padStart(40, "0") as Commit;

/** A session right after its start, with what is given changed. */
export function madeSession(change: Partial<Session> = {}): Session {
  const event = {
    type: "session-started" as const,
    base: commitOf(0),
    baseTree: "tree0",
    branch: "autoresearch/t",
    lab: "/lab",
    prefix: "",
    agent: "playing",
    runner: "local",
    seed: 1,
    rules: { goal: "minimize" },
    metric: { name: "score", goal: "minimize" as const },
    program: { hash: "p", text: "" },
    environment: {},
    version: "1",
  };
  const at = "2026-01-01T00:00:00.000Z";
  return { ...begin({ seq: 1, at, clock: 0, session: "t", event }, event), ...change };
}

export function madeProgram(body = "Change the number."): Program {
  const parsed = parseProgram(TOY_PROGRAM.replace(/---\nChange.*/s, `---\n${body}\n`), "/lab/program.md", []);
  if (!parsed.ok) throw new Error("the toy program has mistakes");
  return parsed.program;
}

export interface Made {
  readonly verdict?: Verdict["kind"];
  readonly rule?: string;
  readonly metric?: number | undefined;
  readonly z?: number;
  readonly reason?: string;
  readonly hypothesis?: string;
  readonly parent?: number;
  readonly hunks?: readonly Hunk[];
  readonly files?: readonly string[];
  readonly flags?: readonly string[];
  readonly memo?: unknown;
  readonly agent?: string;
  readonly extra?: Readonly<Record<string, number>>;
}

/** A judged experiment with one run. */
export function made(number: number, m: Made = {}): Experiment {
  const { verdict = "discard", rule = "judge", reason = "not better", hypothesis = `idea ${number}` } = m;
  const numbers = m.z === undefined ? {} : { z: m.z };
  const measured = m.metric === undefined ? { why: "no number" } : { metric: m.metric };
  const measurement = { provenance: "evaluated" as const, extra: m.extra ?? {}, ...measured };
  return {
    number,
    parent: commitOf(m.parent ?? 0),
    openedAt: "2026-01-01T00:00:00.000Z",
    closedAt: "2026-01-01T00:01:00.000Z",
    program: "p",
    turns: number === 0 ? [] : [{ turn: 0, kind: "proposed", usage: { seconds: 1 }, agent: m.agent ?? "playing" }],
    memo: m.memo,
    proposal: {
      commit: commitOf(1000 + number),
      parent: commitOf(m.parent ?? 0),
      tree: `tree${number}`,
      hypothesis,
      description: "",
      files: m.files ?? ["train.ts"],
      linesAdded: 1,
      linesRemoved: 1,
      intent: "improve",
      flags: m.flags ?? [],
      hunks: m.hunks,
    },
    receipts: [],
    runs: [
      {
        run: 1,
        role: number === 0 ? "baseline" : "challenger",
        commit: commitOf(1000 + number),
        job: `t-e${number}-r1`,
        seed: 1,
        outcome: { kind: "finished" },
        resources: { wallSeconds: 10 },
        measurement,
      },
    ],
    verdict: { kind: verdict, rule, reason, numbers },
  };
}
