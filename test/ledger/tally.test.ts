/** What each agent yielded and cost, as the ledger folds it; notes and pauses. */
import { afterAll, describe, expect, it } from "vitest";
import { FADE } from "../../src/agent/standing.ts";
import type { SessionEvent } from "../../src/ledger/events.ts";
import { append, experimentOf, type Ledger, openLedger, rebuild, sessionOf } from "../../src/ledger.ts";
import { removeTemps, tempDir } from "../support/repo.ts";
import { commit, fill } from "./fill.ts";

afterAll(removeTemps);

function opened(): Ledger {
  const ledger = openLedger(tempDir());
  fill(ledger);
  return ledger;
}

const add = (ledger: Ledger, event: SessionEvent) => append(ledger, "t", event, 1000).session;

function turnOf(
  experiment: number,
  agent: string,
  more: { dollars?: number; submission?: string } = {},
): SessionEvent[] {
  const { dollars, submission } = more;
  const proposal = {
    commit: commit(50 + experiment),
    parent: commit(1),
    tree: `tree${experiment}`,
    hypothesis: "h",
    description: "",
    files: ["a"],
    linesAdded: 1,
    linesRemoved: 0,
    intent: "improve" as const,
    flags: [],
    hunks: [{ file: "a", line: 3, count: 1 }],
    prints: ["0123456789ab"],
  };
  const usage = { seconds: 4, ...(dollars === undefined ? {} : { dollars }) };
  return [
    { type: "experiment-opened", experiment, parent: commit(1), program: "p" },
    { type: "proposed", experiment, turn: 0, proposal, usage, ref: "r", agent, submission },
    {
      type: "run-asked",
      experiment,
      run: 1,
      role: "challenger",
      commit: proposal.commit,
      job: `j${experiment}`,
      seed: 1,
    },
    { type: "run-ended", experiment, run: 1, outcome: { kind: "finished" }, resources: { wallSeconds: 10 } },
    { type: "measured", experiment, run: 1, measurement: { provenance: "evaluated", extra: {}, metric: 8 } },
  ];
}

const keep = (experiment: number, d: number): SessionEvent => ({
  type: "judged",
  experiment,
  verdict: { kind: "keep", rule: "judge", reason: "better", numbers: { d } },
});

describe("the tally of an agent", () => {
  it("has its turns, runs, keeps and gains, and fades with every verdict", () => {
    const ledger = opened();
    for (const event of [...turnOf(4, "claude", { dollars: 0.5 }), keep(4, 2)]) add(ledger, event);
    const first = sessionOf(ledger, "t")?.agents.claude;
    expect(first).toMatchObject({ experiments: 1, kept: 1, gain: 2, failures: 0 });
    expect(first?.seconds).toBeCloseTo(14 * FADE);
    expect(first?.dollars).toBeCloseTo(0.5 * FADE);
    for (const event of [...turnOf(5, "tuner"), keep(5, 1)]) add(ledger, event);
    const after = sessionOf(ledger, "t")?.agents;
    expect(after?.claude?.gain).toBeCloseTo(2 * FADE);
    expect(after?.tuner).toMatchObject({ experiments: 1, kept: 1, gain: 1, priced: 0 });
    expect(experimentOf(ledger, "t", 4)?.turns[0]?.agent).toBe("claude");
    const before = JSON.stringify(sessionOf(ledger, "t"));
    rebuild(ledger);
    expect(JSON.stringify(sessionOf(ledger, "t"))).toBe(before);
  });

  it("does not count the harness's own runs, nor what a person handed in, which is remembered as taken", () => {
    const ledger = opened();
    for (const event of [...turnOf(4, "claude"), keep(4, 2)]) add(ledger, event);
    const before = sessionOf(ledger, "t")?.agents.claude?.seconds;
    const canary = { experiment: 4, run: 2, role: "canary" as const, commit: commit(54), job: "c", seed: 1 };
    add(ledger, { type: "run-asked", ...canary });
    add(ledger, {
      type: "run-ended",
      experiment: 4,
      run: 2,
      outcome: { kind: "finished" },
      resources: { wallSeconds: 99 },
    });
    expect(sessionOf(ledger, "t")?.agents.claude?.seconds).toBe(before);
    for (const event of turnOf(5, "person", { submission: "id-1" })) add(ledger, event);
    expect(Object.keys(sessionOf(ledger, "t")?.agents ?? {})).toEqual(["claude"]);
    expect(sessionOf(ledger, "t")?.taken).toEqual(["id-1"]);
  });

  it("knows a rate limit until the next turn, and what is used up until the next sitting", () => {
    const ledger = opened();
    const until = "2099-01-01T00:00:00.000Z";
    const turn = { type: "turn-ended" as const, experiment: 4, why: "w", usage: { seconds: 1 }, agent: "claude" };
    add(ledger, { type: "experiment-opened", experiment: 4, parent: commit(1), program: "p" });
    const limited = add(ledger, { ...turn, turn: 0, kind: "rateLimited", until, elsewhere: true });
    expect(limited.agents.claude).toMatchObject({ restsUntil: until, failures: 0 });
    const failed = add(ledger, { ...turn, turn: 1, kind: "failed" });
    expect(failed.agents.claude).toMatchObject({ failures: 1 });
    expect(failed.agents.claude?.restsUntil).toBeUndefined();
    expect(add(ledger, { ...turn, turn: 2, kind: "exhausted" }).agents.claude?.exhausted).toBe(true);
    const again = add(ledger, { type: "sitting-started", pid: 1, limits: {}, agent: "x" });
    expect(again.agents.claude).toMatchObject({ failures: 0 });
    expect(again.agents.claude?.exhausted).toBeUndefined();
  });
});

describe("notes and pauses", () => {
  it("are folded, the latest twenty notes and the number of pauses", () => {
    const ledger = opened();
    for (let i = 0; i < 25; i++) add(ledger, { type: "note", id: `n${i}`, text: `note ${i}` });
    const paused = add(ledger, { type: "paused", until: "2099-01-01T00:00:00.000Z", detail: "d" });
    expect(paused.notes.map((n) => n.text)).toEqual(Array.from({ length: 20 }, (_, i) => `note ${i + 5}`));
    expect(paused.taken.length).toBe(25);
    expect(paused).toMatchObject({ pauses: 1, pausedUntil: "2099-01-01T00:00:00.000Z" });
    const again = add(ledger, { type: "sitting-started", pid: 1, limits: {}, agent: "x" });
    expect([again.pauses, again.pausedUntil, again.notes.length]).toEqual([0, undefined, 20]);
  });
});
