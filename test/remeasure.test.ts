/** The order of fresh runs and the word on them: numbers in, numbers out. */
import { describe, expect, it } from "vitest";
import { DEFAULT_RULES } from "../src/judge.ts";
import { nextRun } from "../src/remeasure/order.ts";
import { gainWords, paymentOf, payWords } from "../src/remeasure/payment.ts";
import type { Arm, Remeasured } from "../src/remeasure.ts";
import { madeProgram } from "./support/night.ts";
import { commitNumber } from "./support/session.ts";

const arm = (name: string, block = 0, runs = 3): Arm => {
  return { name, commit: commitNumber(1), program: madeProgram(), runs, block, experiment: 0 };
};

const run = (name: string, n: number, metric: number | undefined = 1, kind: "finished" | "cancelled" = "finished") => {
  const made = {
    set: "s",
    run: n,
    commit: commitNumber(1),
    job: `${name}${n}`,
    seed: 1,
    resources: { wallSeconds: 1 },
  };
  const measurement = { metric, provenance: "evaluated" as const, extra: {} };
  const of = { arm: name, outcome: { kind }, measurement: kind === "cancelled" ? undefined : measurement };
  return { type: "remeasured", ...made, ...of } as Remeasured;
};

/** Names of the arms in the order in which they are run, each giving what `outcome` says. */
function orderOf(arms: readonly Arm[], outcome: (arm: string, n: number) => number | undefined = () => 1): string {
  const done: Remeasured[] = [];
  for (let i = 0; i < 100; i++) {
    const next = nextRun(arms, done);
    if (next === undefined) return done.map((r) => r.arm).join("");
    const name = arms[next.arm]?.name ?? "";
    done.push({
      ...run(name, next.run),
      measurement: { ...run(name, 1).measurement, metric: outcome(name, next.run) } as never,
    });
  }
  return "it does not end";
}

describe("the next run", () => {
  it("goes forwards and backwards in turn, one block after the other", () => {
    expect(orderOf([arm("A"), arm("B"), arm("C")])).toBe("ABCCBAABC");
    expect(orderOf([arm("A", 0, 2), arm("B", 0, 2), arm("C", 1, 2), arm("D", 1, 2)])).toBe("ABBACDDC");
    expect(nextRun([], [])).toBeUndefined();
  });

  it("gives up an arm that never gives a number, and tries one that fails now and then again", () => {
    expect(orderOf([arm("A"), arm("B")], (name) => (name === "B" ? undefined : 1))).toBe("ABBAA");
    expect(orderOf([arm("A"), arm("B")], (name, n) => (name === "B" && n === 2 ? undefined : 1))).toBe("ABBAABB");
  });

  it("makes a run that was cancelled again under another name, but not for ever", () => {
    expect(nextRun([arm("A")], [run("A", 1, 1, "cancelled")])).toEqual({ arm: 0, run: 2 });
    const lost = Array.from({ length: 11 }, (_, i) => run("A", i + 1, 1, "cancelled"));
    expect(nextRun([arm("A")], lost)).toBeUndefined();
  });
});

describe("whether a change pays", () => {
  const rules = DEFAULT_RULES;
  const noise = [[-1, 1, -1, 1, -1, 1, -1, 1, -1, 1]];
  const pay = (before: number[], after: number[], more = {}) =>
    paymentOf({ before, after, groups: noise, ...more }, rules);

  it("pays when the interval is on the better side, and costs or does nothing when it is not", () => {
    expect(pay([10, 11, 9], [4, 5, 3]).word).toBe("pays");
    expect(pay([4, 5, 3], [10, 11, 9]).word).toBe("no longer pays");
    expect(pay([10, 11, 9], [10, 11, 9]).word).toBe("cannot tell");
  });

  it("no longer pays when not even half of what it was kept for can be there", () => {
    expect(pay([10, 11, 9], [10, 11, 9], { claim: 8 }).word).toBe("no longer pays");
    expect(pay([10, 11, 9], [10, 11, 9], { claim: 1 }).word).toBe("cannot tell");
    expect(pay([10, 11, 9], [7, 8, 6], { claim: 20 }).word).toBe("pays");
  });

  it("counts the runs that it would take, if the gain is what it looks like", () => {
    const p = pay([10, 11, 9, 10], [9.5, 10.5, 8.5, 9.5]);
    // sigma is about 0.99: 2 · (1.96 · 0.99 / 0.5)² is about 30 runs of each, 4 are made.
    expect(p.more).toBeGreaterThan(15);
    expect(p.more).toBeLessThan(35);
    expect(payWords(p)).toBe(`cannot tell: about ${p.more} more runs of each`);
    expect(payWords(pay([10, 11, 9], [10, 11, 9]))).toBe("cannot tell: more than 1000 more runs of each");
    expect(payWords(paymentOf({ before: [1], after: [2], groups: [] }, rules))).toBe("cannot tell");
  });

  it("asks of a simplification only that it is not worse, and of a number that it is there", () => {
    expect(pay([10, 11, 9], [10.1, 11, 9], { simpler: true }).word).toBe("pays");
    expect(pay([4, 5, 3], [10, 11, 9], { simpler: true }).word).toBe("no longer pays");
    expect(gainWords("score", pay([1], []))).toBe("its runs gave no number");
    expect(pay([], [1]).word).toBe("cannot tell");
  });

  it("compares equal deterministic numbers exactly, and knows a smallest effect", () => {
    const exact = { ...rules, deterministic: true };
    const of = (before: number, after: number, r = exact) =>
      paymentOf({ before: [before], after: [after], groups: [] }, r).word;
    expect([of(3, 3), of(3, 2), of(2, 3)]).toEqual(["no longer pays", "pays", "no longer pays"]);
    expect(of(3, 2.95, { ...exact, minEffect: 0.1 })).toBe("no longer pays");
    expect(of(2, 3, { ...exact, goal: "maximize" })).toBe("pays");
  });
});
