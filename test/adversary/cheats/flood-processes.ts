/** Starts more processes than it may. */
import { runs } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "flood-processes",
  tries: "Starts more processes than it may.",
  program: "sandbox: { processes: 30 }\n",
  acts: [runs("for i in $(seq 60); do sleep 5 & done; wait; true")],
  open: {
    event: /^past a limit: /m,
    noEvent: "where there is a cgroup the kernel refuses the fork, and the run crashes by itself",
    verdict: /^crash crash/,
  },
};
