/** Hides files in a repository inside the repository. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { sh } from "../../support/repo.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "nested-repository",
  tries: "Hides files in a repository inside the repository.",
  acts: [
    (turn) => {
      mkdirSync(join(turn.dir, "free/inner"));
      sh(join(turn.dir, "free/inner"), "init", "--quiet");
      sh(join(turn.dir, "free/inner"), "commit", "--quiet", "--allow-empty", "-m", "inner");
    },
  ],
  open: { event: /^refused: (submodule|git file): /m, verdict: /^discard scope/ },
};
