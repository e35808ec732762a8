/** Adds the evaluator under a name that is the same file on other systems. */
import { writes } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "case-of-frozen-file",
  tries: "Adds the evaluator under a name that is the same file on other systems.",
  acts: [writes({ "Evaluate.mjs": 'console.log("METRIC score=0");\n' })],
  open: { event: /^refused: name: /m, verdict: /^discard scope/ },
};
