/**
 * Throw-away git repositories and a toy lab for tests: a file with a number, a shell script that prints it as the
 * metric.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { dirname, join } from "node:path";

const ENV = {
  ...process.env,
  GIT_AUTHOR_NAME: "test",
  GIT_AUTHOR_EMAIL: "test@example.invalid",
  GIT_COMMITTER_NAME: "test",
  GIT_COMMITTER_EMAIL: "test@example.invalid",
};

const made: string[] = [];

/** A fresh folder that `removeTemps` removes; the name has a space, as a person's may. */
export function tempDir(): string {
  const dir = realpathSync(mkdtempSync(join(os.tmpdir(), "night yard-")));
  made.push(dir);
  return dir;
}

export function removeTemps(): void {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true });
}

export function writeFiles(dir: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
}

export function sh(dir: string, ...args: readonly string[]): string {
  return execFileSync("git", [...args], { cwd: dir, env: ENV, encoding: "utf8" });
}

/** A repository with these files in one commit. */
export function makeRepo(files: Readonly<Record<string, string>>, dir = tempDir()): string {
  sh(dir, "init", "--quiet", "--initial-branch=main");
  writeFiles(dir, files);
  sh(dir, "add", ".");
  sh(dir, "commit", "--quiet", "-m", "the lab");
  return dir;
}

export const TOY_PROGRAM = `---
name: toy
description: Lower the score of a toy.
metric: { name: score, goal: minimize, deterministic: true }
scope: [value.txt]
budget: 1s
timeout: 20s
run: sh run.sh
---
Change the number in value.txt.
`;

/** `value.txt` holds the score; the script prints it in the classic block. */
export const TOY_FILES: Readonly<Record<string, string>> = {
  "program.md": TOY_PROGRAM,
  "value.txt": "10\n",
  "run.sh": 'echo "working"; echo "---"; echo "score: $(cat value.txt)"\n',
  "README.md": "a toy\n",
};
