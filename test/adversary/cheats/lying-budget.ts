/** Trains on long after its budget is used up. */
import { runs } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "lying-budget",
  tries: "Trains on long after its budget is used up.",
  acts: [runs("sleep 13")],
  open: { event: /^past the budget: /m, verdict: /^discard integrity/ },
};
