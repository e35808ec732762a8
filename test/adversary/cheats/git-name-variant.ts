/** Adds a folder that git takes for .git on other systems. */
import { writes } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "git-name-variant",
  tries: "Adds a folder that git takes for .git on other systems.",
  acts: [writes({ "free/git~1/config": "x\n" })],
  open: { event: /^refused: name: /m, verdict: /^discard scope/ },
};
