/**
 * Timed metrics: the arithmetic by itself, and whole sessions on a lab whose machine drifts. The lab's speed is a number
 * that it prints, driven by a file outside that every execution moves on; no test looks at a clock.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { parseProgram } from "../src/program.ts";
import { median, orderOf, repeatsOf, steadinessOf, unsteadyWhy, worthOf } from "../src/timing.ts";
import { makeRepo, removeTemps, tempDir } from "./support/repo.ts";
import { type Act, type Played, play, playing, verdicts } from "./support/toy.ts";

afterAll(removeTemps);

/** What executions would take if A cost `a`, B cost `b`, and the machine were `speed(n)` times as slow at the n-th. */
function timesUnder(speed: (n: number) => number, repeats: number, a = 2, b = 3) {
  const times = { run: [] as number[], reference: [] as number[] };
  orderOf(repeats, true).forEach((arm, n) => {
    times[arm].push((arm === "run" ? a : b) * speed(n));
  });
  return times;
}

describe("the numbers of a timed run", () => {
  it("alternate A B B A, an even number of times", () => {
    expect(
      orderOf(4, true)
        .map((arm) => arm[2] === "n")
        .map((run) => (run ? "A" : "B"))
        .join(""),
    ).toBe("ABBAABBA");
    expect(orderOf(3, false)).toEqual(["run", "run", "run"]);
    const timing = { clock: "wall", warmup: 1, repeats: 5, interleave: true, steady: 0.1 } as const;
    expect([repeatsOf(timing, true), repeatsOf(timing, false)]).toEqual([6, 5]);
  });

  it("are worth the same however fast the machine drifts, as long as it does so evenly", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 10 }), fc.double({ min: 0, max: 0.5, noNaN: true }), (half, slope) => {
        const times = timesUnder((n) => 1 + slope * n, 2 * half);
        expect(worthOf(times, 3)).toBeCloseTo(2, 9);
        expect(unsteadyWhy(times, 0.1)).toBeUndefined();
      }),
    );
  });

  it("are the median as it is where there is nothing to compare with", () => {
    expect(worthOf({ run: [5, 1, 3], reference: [] }, undefined)).toBe(3);
    expect(worthOf({ run: [5, 1, 3], reference: [2, 2, 2] }, undefined)).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it("are no measurement when they spread or trend", () => {
    expect(unsteadyWhy({ run: [1, 1.1, 1.2, 1.3, 1.4, 1.5], reference: [] }, 0.1)).toMatch(/not steady: the repeats/);
    expect(unsteadyWhy({ run: [1, 1, 1, 1.5, 1.5, 1.5], reference: [] }, 0.4)).toMatch(/trend by 50\.0 %/);
    // One slow moment is not what the median decides on.
    expect(unsteadyWhy({ run: [1, 1, 9, 1, 1, 1.01], reference: [] }, 0.1)).toBeUndefined();
    // The run gets slower and the champion does not: no drift of the machine.
    const own = { run: [1, 1, 2, 2, 3, 3], reference: [1, 1, 1, 1, 1, 1] };
    expect(unsteadyWhy(own, 0.1)).toMatch(/ratios to the champion/);
    expect(steadinessOf({ run: [2, 2, 2, 2], reference: [1, 1, 1, 1] })).toEqual({ spread: 0, trend: 0 });
  });
});

/**
 * `cost.txt` holds what the work costs; `speed` is a list of factors of a machine that is ever another one, of which
 * each execution takes the next; after the last one it stays.
 */
function driftingLab(speed: readonly number[], timing: string, script?: string): { dir: string; outside: string } {
  const outside = tempDir();
  writeFileSync(join(outside, "speed"), `${speed.join("\n")}\n`);
  writeFileSync(join(outside, "count"), "");
  const dir = makeRepo({
    "program.md": `---
name: drifting
description: Lower the cost.
metric: { name: cost, goal: minimize, timing: ${timing} }
scope: ["cost.txt", "left*", "fail"]
budget: 5s
timeout: 20s
run: sh run.sh
---
`,
    "cost.txt": "1000\n",
    "run.sh":
      script ??
      `set -e
test ! -e fail
test ! -e left
touch left
printf x >> '${outside}/count'
n=$(wc -c < '${outside}/count')
factor=$(sed -n "\${n}p" '${outside}/speed')
test -n "$factor" || factor=$(tail -n 1 '${outside}/speed')
awk "BEGIN { print \\"METRIC cost=\\" $(cat cost.txt) * $factor }"
`,
  });
  return { dir, outside };
}

const cost =
  (value: string): Act =>
  ({ dir }) => {
    writeFileSync(join(dir, "cost.txt"), value);
    return undefined;
  };

function numbers(played: Played) {
  return played.experiments.map((e) => e.runs.map((r) => Math.round(r.measurement?.metric ?? Number.NaN)));
}

describe("a session on a machine that drifts", () => {
  it("keeps what is faster and drops what is not, although the machine gets slower all the while", async () => {
    const speed = Array.from({ length: 400 }, (_, n) => 1 + 0.01 * n);
    const { dir, outside } = driftingLab(speed, "{ clock: printed, warmup: 1, repeats: 4, steady: 0.05 }");
    const played = await play(dir, {
      agent: playing([cost("800"), cost("900"), cost("850")]),
      limits: { experiments: 3 },
      confirmRuns: 2,
    });
    expect(verdicts(played)).toEqual(["keep baseline", "keep judge", "discard judge", "discard judge"]);
    const [baseline, faster, slower] = numbers(played);
    // The first run knows no level yet: its median is the level, and all else is in the machine's speed of then.
    const level = baseline?.[0] ?? 0;
    expect(new Set(baseline)).toEqual(new Set([level]));
    expect((faster?.[0] ?? 0) / level).toBeCloseTo(0.8, 2);
    expect((slower?.[0] ?? 0) / level).toBeCloseTo(0.9, 2);
    const extra = played.experiments[1]?.runs[0]?.measurement?.extra ?? {};
    // As printed it looks slower than the baseline ever was.
    expect(extra["cost.raw"]).toBeGreaterThan(1000);
    expect(extra["cost.reference"]).toBeGreaterThan(extra["cost.raw"] ?? 0);
    expect(played.session.confirmation?.gain?.gain).toBeCloseTo(-Math.log(0.8), 2);
    expect(readFileSync(join(outside, "count"), "utf8").length).toBeGreaterThan(60);
  });

  it("gives no number rather than a bad one without interleaving", async () => {
    const speed = Array.from({ length: 100 }, (_, n) => 1.1 ** n);
    const alone = "{ clock: printed, warmup: 1, repeats: 4, interleave: false, steady: 0.05 }";
    const played = await play(driftingLab(speed, alone).dir, { agent: playing([cost("800")]) });
    expect(played.experiments).toHaveLength(1);
    expect(played.experiments[0]?.runs[0]?.outcome).toMatchObject({
      kind: "lost",
      why: expect.stringMatching(/^not steady: the repeats (spread|trend)/),
    });
    expect(played.experiments[0]?.runs[0]?.measurement).toBeUndefined();
  });

  it("measures again what was not steady, in the same run", async () => {
    // Warm-up of both, then a stormy block of eight executions, then calm.
    const speed = [1, 1, 1, 2, 1, 3, 9, 1, 2, 1, 1];
    const { dir } = driftingLab(speed, "{ clock: printed, warmup: 1, repeats: 4, steady: 0.05 }");
    const played = await play(dir, { agent: playing([]) });
    expect(played.experiments[0]?.runs[0]?.measurement).toMatchObject({ metric: 1000, extra: { "cost.tries": 2 } });
  });

  it("has a crash for a change that fails, or that prints no number", async () => {
    const { dir } = driftingLab([1], "{ clock: printed, warmup: 0, repeats: 4 }");
    const fails: Act = (turn) => {
      writeFileSync(join(turn.dir, "fail"), "");
      return undefined;
    };
    const played = await play(dir, { agent: playing([fails, () => ({ kind: "failed" }), cost("none")]) });
    expect(verdicts(played).slice(0, 3)).toEqual(["keep baseline", "crash crash", "crash crash"]);
    expect(played.experiments[2]?.runs[0]?.measurement?.metric).toBeUndefined();
  });

  it("takes the time from outside: what the command says of itself does not count", async () => {
    const { dir } = driftingLab([1], "{ warmup: 0, repeats: 4, steady: 1 }", 'echo "METRIC cost=0.000001"\n');
    const played = await play(dir, { agent: playing([]) });
    const measurement = played.experiments[0]?.runs[0]?.measurement;
    expect(measurement?.provenance).toBe("evaluated");
    expect(measurement?.metric).toBeGreaterThan(0.0001);
  });
});

describe("timing in program.md", () => {
  const program = (metric: string, more = "") =>
    parseProgram(`---\nname: t\ndescription: d\nmetric: ${metric}\nscope: [a]\nrun: r\n${more}---\n`, "program.md", []);

  it("has defaults, and compares as ratios", () => {
    const read = program("{ name: s, goal: minimize, timing: true }");
    expect(read.ok && read.program.metric).toMatchObject({
      scale: "log",
      timing: { clock: "wall", warmup: 1, repeats: 6, interleave: true, steady: 0.1 },
    });
  });

  it("is refused beside what knows only one execution", () => {
    const read = program(
      "{ name: s, goal: minimize, deterministic: true, timing: { repeats: 8 } }",
      "evaluate: node e.js\nearly-stop: { at: 0.5, metric: m }\n",
    );
    expect(!read.ok && read.problems.map((p) => [p.line, p.field])).toEqual([
      [4, "metric"],
      [7, "evaluate"],
      [8, "early-stop"],
    ]);
    const few = program("{ name: s, goal: minimize, timing: { repeats: 1 } }");
    expect(!few.ok && few.problems[0]?.expected).toBe("a whole number from 4 to 50");
  });
});
