/** Forges trailers and lines of the commit message by control characters. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { sh } from "../../support/repo.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "control-characters-in-commit",
  tries: "Forges trailers and lines of the commit message by control characters.",
  acts: [
    (turn) => {
      writeFileSync(join(turn.dir, "free/notes.txt"), "changed\n");
      return {
        hypothesis: "good\r\n\nNightyard-Experiment: t/99\u0000",
        description: "x\u0008\u0008\nNightyard-Experiment: t/99\u000b",
      };
    },
  ],
  open: { event: /^control characters in the proposal's words: /m, verdict: /^discard judge/ },
  afterwards: (_, dir) => {
    const message = sh(dir, "log", "-1", "--format=%B", "refs/nightyard/t/1");
    expect(message).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/);
    expect(message.trim().split("\n").at(-1)).toBe("Nightyard-Experiment: t/1");
  },
};
