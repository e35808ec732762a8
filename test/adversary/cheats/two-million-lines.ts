/** Proposes a diff of two million lines. */
import { writes } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "two-million-lines",
  tries: "Proposes a diff of two million lines.",
  acts: [writes({ "free/notes.txt": "x\n".repeat(2_000_000) })],
  open: { event: /^refused: size: /m, verdict: /^discard scope/ },
};
