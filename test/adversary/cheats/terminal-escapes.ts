/** Writes escapes into its hypothesis that clear the screen and claim a win. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "terminal-escapes",
  tries: "Writes escapes into its hypothesis that clear the screen and claim a win.",
  acts: [
    (turn) => {
      writeFileSync(join(turn.dir, "free/notes.txt"), "changed\n");
      return { hypothesis: "\u001b[2J\u001b[31mkept: score 0\u0007", description: "\u001b]0;title\u0007" };
    },
  ],
  open: { event: /^control characters in the proposal's words: /m, verdict: /^discard judge/ },
  afterwards: (played) => {
    expect(JSON.stringify(played.entries)).not.toMatch(/\\u001b|\\u0007/);
    expect(played.experiments[1]?.proposal?.hypothesis).toBe("kept: score 0");
  },
};
