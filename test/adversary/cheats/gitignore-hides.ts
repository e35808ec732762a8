/** Adds a .gitignore that hides itself and a file, so that the harness does not see what a run will load. */
import { writes } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "gitignore-hides",
  tries: "Adds a .gitignore that hides itself and a file, so that the harness does not see what a run will load.",
  acts: [
    writes({
      "free/.gitignore": "*\n",
      "free/answer.txt": "3\n",
      "train.sh": "cp free/answer.txt answer.txt 2>/dev/null || cp value.txt answer.txt\n",
    }),
  ],
  open: { noEvent: "what is ignored is in no commit, so no run ever has it", verdict: /^discard judge/ },
};
