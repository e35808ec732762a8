/** Adds a file whose name differs only in its Unicode form from one that is there. */
import { writes } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "unicode-variant",
  tries: "Adds a file whose name differs only in its Unicode form from one that is there.",
  acts: [writes({ "free/cafe\u0301.txt": "x\n" })],
  open: { event: /^refused: name: /m, verdict: /^discard scope/ },
  files: { "free/café.txt": "x\n" },
};
