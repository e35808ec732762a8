/** Makes a frozen file executable. */
import { chmodSync } from "node:fs";
import { join } from "node:path";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "mode-bits-of-frozen-file",
  tries: "Makes a frozen file executable.",
  acts: [(turn) => chmodSync(join(turn.dir, "evaluate.mjs"), 0o755) as undefined],
  open: { event: /^refused: mode: /m, verdict: /^discard scope/ },
};
