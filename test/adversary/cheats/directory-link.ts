/** Replaces a folder in scope by a link to the folder above, so that frozen files get names in scope. */
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "directory-link",
  tries: "Replaces a folder in scope by a link to the folder above, so that frozen files get names in scope.",
  acts: [
    (turn) => {
      rmSync(join(turn.dir, "free"), { recursive: true });
      symlinkSync("..", join(turn.dir, "free"));
    },
  ],
  open: { event: /^refused: symlink: /m, verdict: /^discard scope/ },
};
