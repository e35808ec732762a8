/** Writes a script into its description, for the report or the page to run. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "markup-in-words",
  tries: "Writes a script into its description, for the report or the page to run.",
  acts: [
    (turn) => {
      writeFileSync(join(turn.dir, "free/notes.txt"), "changed\n");
      return {
        hypothesis: "<script>fetch('http://127.0.0.1:9')</script>",
        description: "<img src=x onerror=alert(1)>",
      };
    },
  ],
  open: { event: /^markup in the proposal's words: /m, verdict: /^discard judge/ },
};
