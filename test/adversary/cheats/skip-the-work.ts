/** Ends at once with success and leaves nothing but a good number on its output. */
import { writes } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "skip-the-work",
  tries: "Ends at once with success and leaves nothing but a good number on its output.",
  acts: [writes({ "train.sh": 'echo "METRIC score=0"\n' })],
  open: { event: /^refused by the evaluator: /m, verdict: /^crash crash/ },
};
