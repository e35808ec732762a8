/**
 * The end of a simulated night: fresh interleaved runs of the first baseline and the champion, judged by the product's
 * own `finalGain`; does its 95 % interval cover the truth? The runs come after the night's slots, not out of them.
 */
import { NO_EVIDENCE } from "../../src/evidence.ts";
import { finalGain } from "../../src/judge/final.ts";
import { DEFAULT_RULES, type Rules } from "../../src/judge.ts";
import { nightOf } from "./measure.ts";
import type { Night } from "./night.ts";
import { judged, type Sitting } from "./policies/judge.ts";
import type { Scenario } from "./scenarios.ts";

export interface Coverage {
  /** Share of nights whose interval covers the true gain. */
  readonly covered: number;
  /** Mean reported minus true gain, and mean half width of the interval (1e-3 bpb). */
  readonly bias: number;
  readonly halfWidth: number;
}

/** `runs` fresh runs of each, over the seeds 0 … nights−1. */
export function coverage(rules: Rules, scenario: Scenario, nights: number, runs = 4): Coverage {
  let covered = 0;
  let bias = 0;
  let width = 0;
  for (let seed = 0; seed < nights; seed++) {
    let evidence = NO_EVIDENCE;
    const observe = (sitting: Sitting) => {
      evidence = sitting.evidence;
    };
    const night = nightOf({ name: "judge", run: judged({ rules }, observe) }, scenario, seed);
    const { baseline, champion } = freshRuns(night, runs);
    const groups = evidence.groups.map((g) => g.scores);
    const report = finalGain({ baseline, champion, groups, settled: evidence.settled }, DEFAULT_RULES);
    if (report === undefined) throw new Error("fresh runs of both sides always give a report");
    const truth = -night.value;
    if (report.lo <= truth && truth <= report.hi) covered += 1;
    bias += report.gain - truth;
    width += (report.hi - report.lo) / 2;
  }
  return { covered: covered / nights, bias: bias / nights, halfWidth: width / nights };
}

/** A B B A A B B A …, metrics. */
function freshRuns(night: Night, runs: number): { readonly baseline: number[]; readonly champion: number[] } {
  const baseline: number[] = [];
  const champion: number[] = [];
  for (let k = 0; k < 2 * runs; k++) {
    const isBaseline = k % 4 === 0 || k % 4 === 3;
    const y = (isBaseline ? 0 : night.value) + night.machineAt(night.slot + k) + night.noise();
    (isBaseline ? baseline : champion).push(y);
  }
  return { baseline, champion };
}
