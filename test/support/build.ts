/**
 * Compiles the sources once before any test: the command and its supervisors are tested as they ship. Type errors are
 * printed and left to `npm run check`; what was compiled in spite of them is what the tests meet.
 *
 * Sources that were compiled before are not compiled again, and a new `dist/` takes the old one's place in one step, so
 * that another test run in the same folder never meets a half-written one.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const DIST = join(ROOT, "dist");
/** The prints of the sources that `dist/` was made from; a build by hand leaves none. */
const STAMP = join(DIST, ".sources");

export function setup(): void {
  const print = printOfSources();
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === print) return;
  const fresh = join(ROOT, `dist.${process.pid}`);
  spawnSync("npx", ["tsc", "-p", "tsconfig.build.json", "--outDir", fresh], { cwd: ROOT, stdio: "inherit" });
  if (!existsSync(join(fresh, "src/main.js"))) throw new Error("tsc made nothing");
  writeFileSync(join(fresh, ".sources"), print);
  putInPlace(fresh);
}

function putInPlace(fresh: string): void {
  const old = join(ROOT, `dist.${process.pid}.old`);
  if (existsSync(DIST)) renameSync(DIST, old);
  renameSync(fresh, DIST);
  rmSync(old, { recursive: true, force: true });
}

function printOfSources(): string {
  const hash = createHash("sha256");
  const files = ["src", "tensor"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((name) => join(ROOT, folder, name)),
  );
  const sources = files.filter((path) => /\.tsx?$/.test(path)).sort();
  for (const path of [...sources, join(ROOT, "tsconfig.json"), join(ROOT, "tsconfig.build.json")]) {
    hash.update(path).update(readFileSync(path));
  }
  return hash.digest("hex");
}
