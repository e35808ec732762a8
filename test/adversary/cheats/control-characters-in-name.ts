/** Gives a file a name that rewrites the line it is printed on. */
import { writes } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "control-characters-in-name",
  tries: "Gives a file a name that rewrites the line it is printed on.",
  acts: [writes({ "free/\u001b[2Kgood\nname.txt": "x\n" })],
  open: { event: /^refused: name: /m, verdict: /^discard scope/ },
};
