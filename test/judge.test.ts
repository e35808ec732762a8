/** The judge against every vector of the reference: numbers to a relative 1e-6, actions, labels and reasons exactly. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  due,
  type Evidence,
  NO_EVIDENCE,
  noiseOf,
  referenceScores,
  withBaseline,
  withChallenger,
  withDrop,
  withKeep,
  withReference,
} from "../src/evidence.ts";
import { finalGain } from "../src/judge/final.ts";
import { normalCdf, tCritical, wallace } from "../src/judge/statistics.ts";
import { DEFAULT_RULES, type Decision, decide, type Intent, orient, pooledNoise, type Rules } from "../src/judge.ts";

interface Vector {
  readonly id: string;
  readonly fn: string;
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: the vectors are a foreign file with one shape per function
  readonly input: any;
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly expected: any;
}

const file = JSON.parse(readFileSync(new URL("./judge/vectors.json", import.meta.url), "utf8"));
const vectors: readonly Vector[] = file.vectors;

function rulesOf(cfg: Record<string, unknown>): Rules {
  const { direction, ...rest } = cfg;
  const clean = Object.fromEntries(Object.entries(rest).map(([k, v]) => [k, v === null ? undefined : v]));
  return { ...DEFAULT_RULES, ...clean, goal: direction === "higher" ? "maximize" : "minimize" } as Rules;
}

function close(actual: number | undefined, expected: number | null, what: string) {
  if (expected === null) return expect(actual, what).toBeUndefined();
  const tolerance = Math.max(Math.abs(expected) * 1e-6, 1e-12);
  expect(Math.abs((actual ?? Number.NaN) - expected), `${what}: ${actual} for ${expected}`).toBeLessThanOrEqual(
    tolerance,
  );
}

const crash = (x: unknown) => (typeof x === "number" ? x : undefined);

function checkDecision(d: Decision, expected: Vector["expected"]) {
  expect(d.action).toBe(expected.action);
  expect(d.reason).toBe(expected.reason);
  expect(d.label).toBe(expected.label);
  for (const key of ["d", "se", "z", "p"] as const) close(d[key], expected[key], key);
}

/** The reference's Judge as it would be driven by the loop, one challenger at a time. */
function playSession(vector: Vector) {
  const rules = rulesOf(vector.input.cfg);
  let evidence: Evidence = NO_EVIDENCE;
  let open: (number | undefined)[] | undefined;
  let intent: Intent = "improve";
  const kept: (string | undefined)[] = [];
  const numbers = () => [(open ?? []).filter((x): x is number => x !== undefined)];
  const results = vector.input.steps.map((step: { todo: string; kind?: Intent; metric: unknown }) => {
    const score = orient(crash(step.metric), rules);
    if (step.todo === "baseline") {
      expect(due(evidence, rules)).toBe("baseline");
      evidence = withBaseline(evidence, score);
      return "ok";
    }
    if (step.todo === "incumbent") {
      expect(due(evidence, rules)).toBe("champion");
      const r = withReference(evidence, "champion", score, { rules, open: [] });
      evidence = r.evidence;
      return r.word;
    }
    if (step.todo === "propose") {
      expect(due(evidence, rules)).toBe("proposal");
      open = [];
      intent = step.kind ?? "improve";
    }
    if (step.todo === "reference") {
      const which = intent === "simplify" ? "anchor" : "champion";
      evidence = withReference(evidence, which, score, { rules, open: numbers() }).evidence;
    } else {
      open?.push(score);
      evidence = withChallenger(evidence);
    }
    const noise = noiseOf(evidence, numbers(), rules);
    const d = decide({ challenger: open ?? [], reference: referenceScores(evidence, intent), noise, intent }, rules);
    const group = { experiment: 1, scores: numbers()[0] ?? [] };
    if (d.action === "keep") {
      evidence = withKeep(evidence, group, intent);
      kept.push(d.label);
      open = undefined;
    } else if (d.action === "discard") {
      evidence = withDrop(evidence, group);
      open = undefined;
    }
    return { action: d.action, z: d.z };
  });
  return { results, kept, evidence, noise: noiseOf(evidence, numbers(), rules), next: due(evidence, rules) };
}

function checkSession(vector: Vector) {
  const played = playSession(vector);
  played.results.forEach((r: string | { action: string; z?: number }, i: number) => {
    const want = vector.expected.results[i];
    if (typeof r === "string") {
      expect(r).toBe(want);
      return;
    }
    expect(r.action, `step ${i}`).toBe(want.action);
    close(r.z, want.z, `z of step ${i}`);
  });
  expect(played.kept).toEqual(vector.expected.kept);
  const champion = played.evidence.groups[played.evidence.champion ?? -1]?.scores ?? [];
  expect(champion.length).toBe(vector.expected.incumbentRuns.length);
  champion.forEach((x, i) => {
    close(x, vector.expected.incumbentRuns[i], `champion's run ${i}`);
  });
  close(played.noise.sigma, vector.expected.sigma, "sigma");
  expect(played.noise.df).toBe(vector.expected.df);
  const words: Readonly<Record<string, string>> = { incumbent: "champion", propose: "proposal", baseline: "baseline" };
  expect(played.next).toBe(words[vector.expected.next]);
}

const CHECKS: Readonly<Record<string, (v: Vector) => void>> = {
  orient: (v) => close(orient(crash(v.input.x), rulesOf(v.input.cfg)), v.expected.score, "score"),
  pooled: (v) => {
    const noise = pooledNoise(v.input.groups, rulesOf(v.input.cfg));
    if (v.expected.sigma === null) expect(noise.sigma).toBeNaN();
    else close(noise.sigma, v.expected.sigma, "sigma");
    expect(noise.df).toBe(v.expected.df);
  },
  wallace: (v) => close(wallace(v.input.t, v.input.df), v.expected.z, "z"),
  tcrit: (v) => close(tCritical(v.input.df, v.input.z), v.expected.t, "t"),
  decide: (v) => {
    const { challenger, reference, sigma, df, kind, cfg } = v.input;
    const contest = { challenger: challenger.map(crash), reference, noise: { sigma, df }, intent: kind };
    checkDecision(decide(contest, rulesOf(cfg)), v.expected);
  },
  final_report: (v) => {
    const { baseline, best, groups, cfg } = v.input;
    const gain = finalGain({ baseline, champion: best, groups }, rulesOf(cfg));
    for (const key of ["gain", "se", "df", "lo", "hi", "z"] as const) close(gain?.[key], v.expected[key], key);
    if (v.expected.pct !== undefined) close(gain?.percent, v.expected.pct, "percent");
  },
  session: checkSession,
};

describe("the reference vectors", () => {
  it("are all there", () => expect(vectors.length).toBe(60));
  for (const vector of vectors) {
    it(`${vector.id} ${vector.fn}: ${vector.name}`, () => {
      const check = CHECKS[vector.fn];
      expect(check, `no check for ${vector.fn}`).toBeDefined();
      check?.(vector);
    });
  }
});

describe("the judge", () => {
  it("never keeps what has no number, whatever else is good", () => {
    const contest = {
      challenger: [undefined],
      reference: [-1, -1],
      noise: { sigma: 0, df: 9 },
      intent: "improve" as const,
    };
    expect(decide(contest, DEFAULT_RULES)).toEqual({ action: "discard", reason: "crash" });
    expect(decide({ ...contest, challenger: [] }, DEFAULT_RULES).action).toBe("discard");
  });

  it("knows both tails of the normal distribution", () => {
    expect(normalCdf(0)).toBeCloseTo(0.5, 7);
    expect(normalCdf(-6) / 9.865876450376946e-10).toBeCloseTo(1, 5);
    expect(normalCdf(99)).toBe(1);
  });
});
