/** Attacks in time: what a run leaves behind when it has ended, and a run that does not end when it should. */
import { type Attack, doneLine, held, letThrough, notCarriedOut, reasonOf, recorded, type Target } from "./attack.ts";
import { inject, needsEntry } from "./score.ts";

/** Longer than `past the budget` allows (steps/suspicions.ts): a third of the budget and ten seconds, then some. */
function overtime(target: Target): number {
  const { budgetSeconds } = target.program;
  return Math.ceil(Math.max(target.seconds, budgetSeconds) + Math.max(12, budgetSeconds * 0.4));
}

export const LEFTOVER: readonly Attack[] = [
  {
    name: "daemon",
    family: "leftover",
    tries: "leaves a process behind, in a session of its own, that outlives the run",
    cost: "short",
    unfit: needsEntry,
    play: (turn, target) => {
      const loop = `: ${target.token}-daemon; i=0; while [ $i -lt 20 ]; do sleep 1; i=$((i+1)); done`;
      const start = `setsid sh -c '${loop}' </dev/null >/dev/null 2>&1 &`;
      return inject(turn, target, "instead", `(${start}); sleep 0.3; ${doneLine(target)}`);
    },
    judge: (e) => {
      if (e.alive) return letThrough("it was still there after the run was measured");
      return notCarriedOut(e) ?? held("it was ended with the run");
    },
    mend: () => "this is a fault of nightyard: please report it (SECURITY.md)",
  },
  {
    name: "past-budget",
    family: "leftover",
    tries: "goes on long after its budget is used up",
    cost: "long",
    unfit: (target) => {
      const needed = overtime(target) + target.seconds;
      if (needed > target.program.timeoutSeconds) return "the timeout of program.md ends such a run first";
      return needsEntry(target);
    },
    play: (turn, target) => inject(turn, target, "before", `sleep ${overtime(target)}`),
    judge: ({ experiment, events }) => {
      const score = recorded(experiment);
      if (score === undefined) return held(events[0] ?? reasonOf(experiment));
      return letThrough(`${experiment.runs[0]?.resources?.wallSeconds.toFixed(0)} s were taken, and the score counts`);
    },
    mend: () => "set `timeout:` in program.md closer to `budget:`",
  },
];
