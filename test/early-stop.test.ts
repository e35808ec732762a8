/**
 * Early stopping: learnt from the lab's own runs, off until it is known to predict, and never a crash in the record.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { chanceLost, isHopeless, learnStop, type Pair } from "../src/judge/early-stop.ts";
import { progressValue } from "../src/progress-lines.ts";
import { summarize } from "../src/summary.ts";
import { makeRepo, removeTemps, TOY_FILES, TOY_PROGRAM } from "./support/repo.ts";
import { type Act, play, playing, verdicts } from "./support/toy.ts";

afterAll(removeTemps);

const pairs = (n: number, error: (i: number) => number): Pair[] =>
  Array.from({ length: n }, (_, i) => ({ partial: i - n / 2, final: i - n / 2 + error(i) }));

describe("the rule", () => {
  it("knows nothing before eight finished runs, nor when the partial figure says nothing of the final one", () => {
    expect(learnStop(pairs(7, () => 0.1))).toBeUndefined();
    expect(learnStop(pairs(20, (i) => (i % 2 === 0 ? 30 : -30)))).toBeUndefined();
    expect(learnStop(Array(20).fill({ partial: 1, final: 1 }))).toBeUndefined();
  });

  it("stops what is behind by more than half the spread of the prediction", () => {
    const rule = learnStop(pairs(20, (i) => (i % 3) - 1));
    expect(rule?.r).toBeGreaterThan(0.9);
    const s = rule?.s ?? 0;
    expect(s).toBeGreaterThan(0);
    if (rule === undefined) return;
    expect(isHopeless(rule, -0.49 * s)).toBe(false);
    expect(isHopeless(rule, -0.51 * s)).toBe(true);
    expect(chanceLost({ behind: s, spread: s })).toBeCloseTo(0.1587, 3);
  });
});

describe("progress lines", () => {
  it("are read at the first fraction at or after the one asked for, and near it", () => {
    const log = "step 1\nPROGRESS 0.25 loss=9\nPROGRESS 0.52 a=1 loss=2.5\nPROGRESS 0.55 loss=3\n";
    expect(progressValue(log, "loss", 0.5)).toBe(2.5);
    expect(progressValue("PROGRESS 0.9 loss=1\n", "loss", 0.5)).toBeUndefined();
  });

  it("that say no number, or another name, are none", () => {
    for (const line of [
      "PROGRESS 0.5 loss=nan",
      "PROGRESS 0.5 loss=",
      "PROGRESS x loss=1",
      " PROGRESS 0.5 loss=1",
      "PROGRESS 0.5 b=1",
    ]) {
      expect(progressValue(line, "loss", 0.5)).toBeUndefined();
    }
  });
});

describe("a session on a lab that declares it", () => {
  const program = TOY_PROGRAM.replace(", deterministic: true", "").replace(
    "run: sh run.sh",
    "run: sh run.sh\nearly-stop: { at: 0.5, metric: half }",
  );
  const run = [
    "v=$(cat value.txt)",
    'echo "PROGRESS 0.5 half=$v$((NIGHTYARD_SEED % 10))"',
    '[ "$v" = 19.00 ] && sleep 2',
    '[ "$v" = 30.00 ] && sleep 30',
    'echo "score: $v$((NIGHTYARD_SEED % 7))"',
  ].join("\n");
  const write =
    (text: string): Act =>
    (turn) =>
      writeFileSync(join(turn.dir, "value.txt"), text) as undefined;

  it("learns from eight runs, then ends a hopeless one on its way, and it is a discard, no crash", async () => {
    const values = ["11.00", "14.00", "12.00", "16.00", "13.00", "15.00", "17.00", "18.00", "19.00", "30.00"];
    const dir = makeRepo({ ...TOY_FILES, "program.md": program, "run.sh": run, "value.txt": "10.00" });
    const played = await play(dir, { agent: playing(values.map(write)), limits: { experiments: 10 } });
    const stopped = played.experiments[10];
    expect(stopped?.runs[0]?.outcome).toMatchObject({ kind: "stoppedEarly", why: expect.stringContaining("9 pairs") });
    expect(stopped?.runs[0]?.measurement?.metric).toBeUndefined();
    expect(verdicts(played)[10]).toBe("discard early stop");
    // By the session's seed the ninth is the one in ten that is finished all the same, to audit the rule.
    const audited = played.entries.filter((e) => e.event.type === "noted" && e.event.what === "early stop audited");
    expect(audited.map((e) => "experiment" in e.event && e.event.experiment)).toEqual([9]);
    expect(verdicts(played).slice(1, 10)).toEqual(Array(9).fill("discard judge"));
    expect(summarize(played.session, played.experiments).earlyStop?.runs).toBeGreaterThanOrEqual(1);
    expect(played.session.counts.crash).toBe(0);
  });

  it("never stops a change of the schedule", async () => {
    const values = ["11.00", "14.00", "12.00", "16.00", "13.00", "15.00", "17.00", "18.00"];
    const files = {
      "program.md": program.replace("[value.txt]", "[value.txt, schedule.py]"),
      "schedule.py": "warmup = 1\n",
    };
    const dir = makeRepo({
      ...TOY_FILES,
      ...files,
      "run.sh": run.replace("sleep 30", "sleep 1"),
      "value.txt": "10.00",
    });
    const reschedule: Act = (turn) => {
      writeFileSync(join(turn.dir, "value.txt"), "30.00");
      writeFileSync(join(turn.dir, "schedule.py"), "warmup = 2\n");
    };
    const played = await play(dir, { agent: playing([...values.map(write), reschedule]), limits: { experiments: 9 } });
    expect(played.experiments[9]?.runs[0]?.outcome?.kind).toBe("finished");
  });
});
