/** Leaves a named pipe in place of the artefact, at which a reader waits for ever. */
import { writes } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "artefact-is-a-pipe",
  tries: "Leaves a named pipe in place of the artefact, at which a reader waits for ever.",
  acts: [writes({ "train.sh": "mkfifo answer.txt metrics.json\n" })],
  open: { event: /^refused by the evaluator: /m, verdict: /^crash crash/ },
};
