/** The figures that a summary needs: against plain sums and medians over all runs, whatever the order of the events. */
import { describe, expect, it } from "vitest";
import type { Commit, Experiment, Run, Verdict } from "../../src/experiment.ts";
import {
  type Figures,
  figuresAfter,
  figuresOf,
  NO_FIGURES,
  runSecondsOf,
  savedSeconds,
  usualSeconds,
} from "../../src/ledger/figures.ts";
import { triedOf } from "../../src/ledger/session.ts";

const commit = "0".repeat(40) as Commit;
const stopped = { kind: "stoppedEarly", why: "w", behind: 0.3, spread: 0.2 } as const;

function run(number: number, seconds: number | undefined, more: Partial<Run> = {}): Run {
  const resources = seconds === undefined ? undefined : { wallSeconds: seconds };
  const base = { run: number, role: "challenger" as const, commit, job: "", seed: 0 };
  return { ...base, outcome: { kind: "finished" }, resources, ...more };
}

function experiment(number: number, runs: readonly Run[], verdict?: Partial<Verdict>): Experiment {
  const judged = { kind: "discard" as const, rule: "judge", reason: "", numbers: {}, ...verdict };
  const fixed = { parent: commit, openedAt: "", program: "", turns: [] };
  return { number, ...fixed, runs, verdict: verdict === undefined ? undefined : judged };
}

/** Reproducible numbers from 0 to 1. */
const spread = (n: number) => ((n * 7919) % 1009) / 1009;

describe("the figures of a session", () => {
  const seconds = Array.from({ length: 999 }, (_, n) => 0.02 + 900 * spread(n) ** 3);
  const night = seconds.map((s, n) =>
    experiment(n + 1, [run(1, s, n % 9 === 0 ? { outcome: stopped } : {})], n % 50 === 0 ? { kind: "keep" } : {}),
  );

  it("have the sum of all runs, and a median and a saving within a bin of the exact ones", () => {
    const figures = figuresOf(night);
    expect(runSecondsOf(figures)).toBeCloseTo(seconds.reduce((a, b) => a + b) as number, 2);
    const finished = seconds.filter((_, n) => n % 9 !== 0).sort((a, b) => a - b);
    const exact = finished[finished.length >> 1] ?? 0;
    expect(Math.abs((usualSeconds(figures) ?? 0) / exact - 1)).toBeLessThan(1 / 32);
    const cut = seconds.filter((_, n) => n % 9 === 0);
    const saved = cut.reduce((sum, s) => sum + Math.max(0, exact - s), 0);
    expect(saved).toBeGreaterThan(1000);
    expect(Math.abs(savedSeconds(figures) / saved - 1)).toBeLessThan(1 / 16);
  });

  it("do not grow with the number of runs, but with how different they are", () => {
    const size = (f: Figures) => JSON.stringify(f).length;
    const same = (count: number) => figuresOf(Array.from({ length: count }, (_, n) => experiment(n, [run(1, 300)])));
    expect(size(same(5000))).toBeLessThan(size(same(5)) + 20);
    expect(usualSeconds(same(5000))).toBe(300);
    expect(Object.keys(figuresOf(night).finished).length).toBeLessThan(500);
  });

  it("are the same in whatever order the runs end, and when each change comes by itself", () => {
    const steps = night.flatMap((e) => {
      const [only] = e.runs;
      const asked = { ...e, verdict: undefined, runs: [{ ...only, outcome: undefined, resources: undefined } as Run] };
      const ended = { ...asked, runs: e.runs };
      return [
        [undefined, { ...asked, runs: [] }] as const,
        [{ ...asked, runs: [] }, asked] as const,
        [asked, ended] as const,
        [ended, e] as const,
      ];
    });
    const folded = (all: typeof steps) =>
      all.reduce((f, [before, after]) => figuresAfter(f, before, after), NO_FIGURES);
    expect(folded(steps)).toEqual(figuresOf(night));
    expect(figuresOf([...night].reverse())).toEqual(figuresOf(night));
  });

  it("leave out what has no number: the length of a run, of a median, of a saving", () => {
    const unknown = figuresOf([experiment(1, [run(1, undefined), run(2, undefined, { outcome: stopped })])]);
    expect(unknown.stopped.runs).toBe(1);
    expect(usualSeconds(unknown)).toBeUndefined();
    expect(savedSeconds(unknown)).toBe(0);
  });

  it("know the provenance of the first run that gave a number, by its place and not by when it was measured", () => {
    const measured = (provenance: "evaluated" | "self-reported") => ({
      measurement: { metric: 1, provenance, extra: {} },
    });
    const late = experiment(1, [run(1, 1, measured("self-reported")), run(2, 1, measured("evaluated"))]);
    const soon = experiment(2, [run(1, 1, measured("evaluated"))]);
    expect(figuresOf([soon, late]).provenance?.word).toBe("self-reported");
    expect(figuresOf([late, soon]).provenance?.word).toBe("self-reported");
  });

  it("count no experiment for which the agent had nothing left to try, and a keep only behind the baseline", () => {
    const keep = { kind: "keep", label: "confirmed" } as const;
    const figures = figuresOf([
      experiment(0, [], keep),
      experiment(1, [], keep),
      experiment(2, [], {}),
      experiment(3, [], { rule: "exhausted" }),
    ]);
    expect(figures).toMatchObject({ kept: 1, confirmed: 1, exhausted: 1 });
    expect(triedOf({ lastExperiment: 3, figures })).toBe(2);
  });
});
