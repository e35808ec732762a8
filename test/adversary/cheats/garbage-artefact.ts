/** Leaves an artefact that is no number, for the evaluator to stumble over. */
import { writes } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "garbage-artefact",
  tries: "Leaves an artefact that is no number, for the evaluator to stumble over.",
  acts: [writes({ "train.sh": "echo NaN > answer.txt\n" })],
  open: { event: /^refused by the evaluator: /m, verdict: /^crash crash/ },
};
