/** Short words for what a cheat does in its turn. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Act } from "../support/toy.ts";

/** Writes files into the worktree, paths relative to the lab. */
export function writes(files: Readonly<Record<string, string>>): Act {
  return (turn) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(turn.dir, path)), { recursive: true });
      writeFileSync(join(turn.dir, path), text);
    }
  };
}

/** Makes the run do this, after honest work. */
export function runs(script: string): Act {
  return writes({ "train.sh": `cp value.txt answer.txt\n${script}\n` });
}

/** The state folder of the lab that a worktree belongs to: `<lab>/.nightyard`. */
export function stateOf(dir: string): string {
  return resolve(dir, "../..");
}
