/** Makes a file in scope executable. */
import { chmodSync } from "node:fs";
import { join } from "node:path";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "mode-bits",
  tries: "Makes a file in scope executable.",
  acts: [(turn) => chmodSync(join(turn.dir, "value.txt"), 0o755) as undefined],
  open: { event: /^refused: mode: /m, verdict: /^discard scope/ },
};
