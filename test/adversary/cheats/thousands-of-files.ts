/** Proposes three thousand new files. */
import { writes } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "thousands-of-files",
  tries: "Proposes three thousand new files.",
  acts: [writes(Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`free/${i}.txt`, "x\n"])))],
  open: { event: /^refused: size: /m, verdict: /^discard scope/ },
};
