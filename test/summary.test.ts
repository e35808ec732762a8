/** The sentence that people repeat: only a gain whose whole interval is on the better side is one. */
import { describe, expect, it } from "vitest";
import { headline } from "../src/cli/summary-text.ts";
import { NO_EVIDENCE } from "../src/evidence.ts";
import type { Commit, Experiment } from "../src/experiment.ts";
import { DEFAULT_RULES } from "../src/judge.ts";
import { NO_FIGURES } from "../src/ledger/figures.ts";
import type { Session } from "../src/ledger/session.ts";
import { summarize } from "../src/summary.ts";

const commit = (n: number) => String(n).padStart(40, "0") as Commit;

function experiment(number: number, metric: number, kind: "keep" | "discard"): Experiment {
  const measurement = { metric, provenance: "evaluated" as const, extra: {} };
  const role = number === 0 ? ("baseline" as const) : ("challenger" as const);
  const run = { run: 1, role, commit: commit(number), job: "j", seed: 1, measurement };
  const verdict = { kind, rule: "judge", reason: "r", label: "likely" as const, numbers: {} };
  return { number, parent: commit(0), openedAt: "", program: "h", turns: [], runs: [run], verdict };
}

function session(gain: { readonly lo: number; readonly hi: number } | undefined): Session {
  const middle = gain === undefined ? 0 : (gain.lo + gain.hi) / 2;
  const statistics = { se: 0.1, df: 5, z: 1.8 };
  const confirmation = {
    experiment: 1,
    baseline: [10],
    champion: [10 - middle],
    gain: gain === undefined ? undefined : { ...gain, gain: middle, ...statistics },
  };
  return {
    tag: "t",
    startedAt: "",
    base: commit(0),
    baseTree: "",
    branch: "b",
    lab: "",
    prefix: "",
    agent: "a",
    runner: "local",
    seed: 1,
    rules: DEFAULT_RULES,
    metric: { name: "score", goal: "minimize" },
    program: { hash: "h", text: "" },
    environment: {},
    limits: {},
    caps: {},
    unfenced: 0,
    open: [],
    turns: 0,
    unpriced: 0,
    uncounted: 0,
    earlierMs: 0,
    sittingMs: 60_000,
    champion: { experiment: 1, commit: commit(1) },
    champions: [],
    evidence: NO_EVIDENCE,
    counts: { keep: 2, discard: 0, crash: 0, runs: 2, refused: 0, duplicates: 0 },
    figures: NO_FIGURES,
    lastExperiment: 1,
    openRuns: [],
    agentFailures: 0,
    pauses: 0,
    agents: {},
    notes: [],
    taken: [],
    usage: { seconds: 0 },
    integrity: 0,
    confirmation: gain === undefined ? undefined : confirmation,
    confirmedRuns: {},
  };
}

const night = [experiment(0, 10, "keep"), experiment(1, 9, "keep")];

describe("the headline", () => {
  it("says the gain of the fresh runs when the whole interval is on the better side", () => {
    const text = headline(summarize(session({ lo: 0.2, hi: 1.2 }), night));
    expect(text).toContain("score 10 → 9.3 (−7.00 % ± 5.00)");
    expect(text).not.toContain("no proven gain");
  });

  it("says that there is no proven gain when the interval includes zero, whatever was seen while choosing", () => {
    expect(headline(summarize(session({ lo: -0.1, hi: 1.5 }), night))).toContain("no proven gain");
  });

  it("calls a gain that was not confirmed one that was seen while choosing", () => {
    expect(headline(summarize(session(undefined), night))).toContain("10 → 9 as seen while choosing");
  });

  it("says so when nothing better was found, or nothing was measured", () => {
    const none = { ...session(undefined), champion: { experiment: 0, commit: commit(0) } };
    expect(headline(summarize(none, [experiment(0, 10, "keep")]))).toContain("score 10, nothing better was found");
    expect(headline(summarize(none, []))).toContain("score was not measured");
  });
});
