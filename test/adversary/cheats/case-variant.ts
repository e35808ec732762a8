/** Adds a file whose name differs only in case from one that is there. */
import { writes } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "case-variant",
  tries: "Adds a file whose name differs only in case from one that is there.",
  acts: [writes({ "free/Notes.txt": "other notes\n" })],
  open: { event: /^refused: name: /m, verdict: /^discard scope/ },
};
