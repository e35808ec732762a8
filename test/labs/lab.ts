/**
 * What the tests of shipped labs share: a copy of a lab to try things in, its scripts as they are run, and a short real
 * session of the command on a copy that is a repository of its own.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { BIN } from "../support/after.ts";
import { sh, tempDir } from "../support/repo.ts";

export const ROOT = resolve(import.meta.dirname, "../..");
const TSX = pathToFileURL(join(ROOT, "node_modules/tsx/dist/loader.mjs")).href;

/** Without what a run by hand in the clone may have left. */
function isShipped(path: string): boolean {
  return !/[\\/](\.nightyard|dist|measured\.json|submission\.json)$/.test(path);
}

/** A copy of a shipped lab in a temporary folder, which finds this clone's packages. */
export function copyLab(name: string): string {
  const dir = join(tempDir(), name);
  const from = join(ROOT, "labs", name);
  cpSync(from, dir, { recursive: true, filter: isShipped });
  mkdirSync(join(dir, "node_modules"));
  symlinkSync(join(ROOT, "node_modules/esbuild"), join(dir, "node_modules/esbuild"));
  return dir;
}

/** Runs a script of the lab as its program does; `why` is what it printed to either stream. */
export function script(dir: string, file: string, env: Readonly<Record<string, string>> = {}) {
  const [name = "", ...args] = file.split(" ");
  const done = spawnSync(process.execPath, ["--import", TSX, name, ...args], {
    cwd: dir,
    encoding: "utf8",
    timeout: 100_000,
    env: { ...process.env, ...env },
  });
  return { status: done.status, text: done.stdout + done.stderr };
}

/** Replaces a text in a file of the lab; fails when it is not there, so that a test cannot test nothing. */
export function replace(dir: string, file: string, from: string, to: string): void {
  const text = readFileSync(join(dir, file), "utf8");
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  writeFileSync(
    join(dir, file),
    text.replace(from, () => to),
  );
}

/** A session of the tuner with `experiments` experiments on a copy; `budget` takes the place of the program's. */
export function shortSession(name: string, experiments: number, budget?: string) {
  const dir = join(tempDir(), name);
  cpSync(join(ROOT, "labs", name), dir, { recursive: true, filter: isShipped });
  const program = readFileSync(join(dir, "program.md"), "utf8");
  if (budget !== undefined)
    writeFileSync(join(dir, "program.md"), program.replace(/^budget: .*$/m, `budget: ${budget}`));
  sh(dir, "init", "--quiet", "--initial-branch=main");
  sh(dir, "add", ".");
  sh(dir, "commit", "--quiet", "-m", "the lab");
  const args = ["run", ".", "--experiments", `${experiments}`, "--confirm-runs", "0", "--seed", "1", "--tag", "t"];
  const ran = spawnSync(process.execPath, [BIN, ...args, "--sandbox", "auto", "--json"], {
    cwd: dir,
    encoding: "utf8",
    timeout: 280_000,
  });
  const tsv = readFileSync(join(dir, ".nightyard/sessions/t/results.tsv"), "utf8").trim().split("\n").slice(1);
  const rows = tsv.map((line) => line.split("\t"));
  return { status: ran.status, out: ran.stdout, err: ran.stderr, rows };
}
