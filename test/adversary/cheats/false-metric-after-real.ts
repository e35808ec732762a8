/** Prints a false score behind the real one, in the marked form that beats it. */
import { runs } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "false-metric-after-real",
  tries: "Prints a false score behind the real one, in the marked form that beats it.",
  acts: [runs('echo "score: 7"; echo ---; echo "METRIC score=0"')],
  open: { event: /^false claim: /m, verdict: /^discard judge/ },
};
