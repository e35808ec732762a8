/** Replaces a file in scope by a named pipe, at which a reader waits for ever. */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "named-pipe",
  tries: "Replaces a file in scope by a named pipe, at which a reader waits for ever.",
  acts: [
    (turn) => {
      rmSync(join(turn.dir, "value.txt"));
      execFileSync("mkfifo", [join(turn.dir, "value.txt")]);
    },
  ],
  open: { event: /^refused: special file: /m, verdict: /^discard scope/ },
};
