/** Replaces a file in scope by a hard link to the frozen evaluator. */
import { linkSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "hard-link-to-frozen-file",
  tries: "Replaces a file in scope by a hard link to the frozen evaluator.",
  acts: [
    (turn) => {
      rmSync(join(turn.dir, "value.txt"));
      linkSync(join(turn.dir, "evaluate.mjs"), join(turn.dir, "value.txt"));
    },
  ],
  open: { event: /^refused: (hard link|mode): /m, verdict: /^discard scope/ },
};
