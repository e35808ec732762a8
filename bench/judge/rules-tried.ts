/**
 * The answers tried to "keep at full speed, settle later" (docs/decisions/0003-judge.md), each with the parameters that
 * were measured. Order: what there is, settling by runs, settling by belief, early stopping with another threshold.
 */
import { PRESETS } from "../../src/judge.ts";
import type { Policy } from "./measure.ts";
import { type BeliefOptions, believing } from "./policies/belief.ts";
import { stopAtHalf } from "./policies/early-stop.ts";
import { judged, rulesWith } from "./policies/judge.ts";
import { judgeSettled } from "./policies/judge-settled.ts";
import { keepAny } from "./policies/rivals.ts";
import { settleByHeartbeat, settleEach, settleLate, settleStack } from "./policies/settle.ts";

const FAST = rulesWith(PRESETS.fast);
const STRICT = rulesWith(PRESETS.strict);

/** Between default and strict; found on seeds 50000–50499, so that the seeds of the tables are fresh to it. */
const CAREFUL_RULES = rulesWith({ zSure: 2.8, zKeep: 1.2, zDrop: 0.3, zLast: 1, maxRuns: 4 });
const STRICTER = rulesWith({ ...PRESETS.strict, zKeep: 1.8 });

/** On probation: kept on one run, the newest change taken back for nothing when later runs stop supporting it. */
const PROBATION: BeliefOptions = {
  keepAt: 0.7,
  dropBelow: 0.5,
  maxRuns: 1,
  freeEvidence: true,
  takeBackBelow: 0.7,
  onlyNewest: true,
  remeasure: false,
  centre: 0.5,
  wander: 0.05,
  settleEvery: 0,
  settleAt: 0.9,
  settleRuns: 4,
  idle: 0,
};

function probation(over: Partial<BeliefOptions> = {}): (night: Parameters<Policy["run"]>[0]) => void {
  return believing({ ...PROBATION, ...over });
}

const EXPLORING = { keepAt: 0.6, takeBackBelow: 0.5 };
const CAREFUL = { keepAt: 0.8, takeBackBelow: 0.7, maxRuns: 2, dropBelow: 0.65 };
const ANYWHERE = { onlyNewest: false, remeasure: true };

export const RULES_TRIED: readonly Policy[] = [
  { name: "keep any improvement", run: keepAny() },
  { name: "judge, fast", run: judged({ rules: FAST }) },
  { name: "judge, default", run: judged({ rules: rulesWith() }) },
  { name: "judge, strict", run: judged({ rules: STRICT }) },
  { name: "judge, between default and strict", run: judged({ rules: CAREFUL_RULES }) },
  { name: "judge, strict with zKeep 1.8", run: judged({ rules: STRICTER }) },
  { name: "keep any, stack A/B every 3 keeps, 2+2 runs", run: settleStack({ every: 3, runs: 2 }) },
  { name: "keep any, stack A/B every 5 keeps, 3+3 runs", run: settleStack({ every: 5, runs: 3 }) },
  { name: "keep any, leave-one-out every 3 keeps, 2 runs", run: settleEach({ every: 3, runs: 2, margin: 0 }) },
  { name: "keep any, leave-one-out every 5, 2 runs, 0.5 s", run: settleEach({ every: 5, runs: 2, margin: 0.5 }) },
  { name: "keep any, leave-one-out once at 75 %, 2 runs", run: settleLate({ share: 0.75, runs: 2 }) },
  { name: "keep any, re-run at the next slot, roll back", run: settleByHeartbeat({ after: 0, runs: 1 }) },
  { name: "keep any, re-run after 5 slots, roll back", run: settleByHeartbeat({ after: 5, runs: 1 }) },
  { name: "judge fast, its likely left out at 80 %", run: judgeSettled({ rules: FAST }, 0.8, 2) },
  { name: "judge default, its likely left out at 80 %", run: judgeSettled({ rules: rulesWith() }, 0.8, 2) },
  {
    name: "belief, one run, keep at P 0.8, no free evidence",
    run: probation({ keepAt: 0.8, takeBackBelow: 0, freeEvidence: false }),
  },
  { name: "belief, one run, keep at P 0.8", run: probation({ keepAt: 0.8, takeBackBelow: 0 }) },
  {
    name: "belief, up to 3 runs, keep at P 0.9",
    run: probation({ keepAt: 0.9, takeBackBelow: 0, maxRuns: 3, dropBelow: 0.65 }),
  },
  { name: "belief, take back anywhere, unmeasured", run: probation({ ...ANYWHERE, remeasure: false, centre: 0 }) },
  { name: "belief, take back anywhere, measured anew", run: probation(ANYWHERE) },
  {
    name: "belief, left out every 6 keeps below P 0.85",
    run: probation({ ...ANYWHERE, takeBackBelow: 0.6, settleEvery: 6, settleAt: 0.85 }),
  },
  { name: "probation, exploring (keep 0.6, back 0.5)", run: probation(EXPLORING) },
  { name: "probation (keep 0.7, back 0.7)", run: probation() },
  { name: "probation, careful (0.8, 0.7, 2 runs)", run: probation(CAREFUL) },
  {
    name: "probation (0.8, 0.8), champion run in 10 % idle",
    run: probation({ idle: 0.1, keepAt: 0.8, takeBackBelow: 0.8 }),
  },
  {
    name: "probation (0.8, 0.8), champion run in 25 % idle",
    run: probation({ idle: 0.25, keepAt: 0.8, takeBackBelow: 0.8 }),
  },
  { name: "keep any + stop r=.90, z 1.645", run: keepAny(stopAtHalf(0.9)) },
  { name: "keep any + stop r=.90, z 1", run: keepAny(stopAtHalf(0.9, 1)) },
  { name: "default + stop r=.90, z 1.645", run: judged({ rules: rulesWith(), stop: stopAtHalf(0.9) }) },
  { name: "default + stop r=.90, z 1", run: judged({ rules: rulesWith(), stop: stopAtHalf(0.9, 1) }) },
  { name: "default + stop r=.90, z 0.5", run: judged({ rules: rulesWith(), stop: stopAtHalf(0.9, 0.5) }) },
  { name: "default + stop r=.90, z 0", run: judged({ rules: rulesWith(), stop: stopAtHalf(0.9, 0) }) },
  { name: "between + stop r=.90, z 0.5", run: judged({ rules: CAREFUL_RULES, stop: stopAtHalf(0.9, 0.5) }) },
  { name: "between + stop r=.90, z 0", run: judged({ rules: CAREFUL_RULES, stop: stopAtHalf(0.9, 0) }) },
  { name: "strict + stop r=.90, z 1", run: judged({ rules: STRICT, stop: stopAtHalf(0.9, 1) }) },
  { name: "strict + stop r=.90, z 0", run: judged({ rules: STRICT, stop: stopAtHalf(0.9, 0) }) },
  { name: "probation + stop r=.90, z 1", run: probation({ stop: stopAtHalf(0.9, 1) }) },
  { name: "probation, careful + stop r=.90, z 1", run: probation({ ...CAREFUL, stop: stopAtHalf(0.9, 1) }) },
  { name: "probation, careful + stop r=.90, z 0.5", run: probation({ ...CAREFUL, stop: stopAtHalf(0.9, 0.5) }) },
];
