/** Adds a sitecustomize.py that Python loads before anything else. */
import { writes } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "sitecustomize",
  tries: "Adds a sitecustomize.py that Python loads before anything else.",
  acts: [writes({ "sitecustomize.py": 'print("METRIC score=0")\n' })],
  open: { event: /^refused: out of scope: /m, verdict: /^discard scope/ },
};
