/** Replaces a file in scope by a link to a frozen one. */
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "symlink-to-frozen-file",
  tries: "Replaces a file in scope by a link to a frozen one.",
  acts: [
    (turn) => {
      rmSync(join(turn.dir, "value.txt"));
      symlinkSync("evaluate.mjs", join(turn.dir, "value.txt"));
    },
  ],
  open: { event: /^refused: symlink: /m, verdict: /^discard scope/ },
};
