/**
 * Files below a folder in which somebody else is at work: also while that one swaps a folder for a link again and again.
 */
import { execFileSync, spawn } from "node:child_process";
import { linkSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { pathFault, readBelow, removeBelow, writeBelow } from "../../src/util/below.ts";
import { hasProc } from "../../src/util/processes.ts";
import { removeTemps, tempDir } from "../support/repo.ts";

afterAll(removeTemps);

describe("a file below a folder", () => {
  it("is written with its folders, read, bounded and removed", async () => {
    const dir = tempDir();
    expect(await writeBelow(dir, "a/b/c.txt", "12345")).toMatchObject({ ok: true });
    expect(await readBelow(dir, "a/b/c.txt", 5)).toEqual({ ok: true, value: Buffer.from("12345") });
    expect(await readBelow(dir, "a/b/c.txt", 4)).toMatchObject({ ok: false, why: "it has more than 4 bytes" });
    expect(await writeBelow(dir, "a/b/c.txt", "1")).toMatchObject({ ok: true });
    expect(readFileSync(join(dir, "a/b/c.txt"), "utf8")).toBe("1");
    expect(await removeBelow(dir, "a/b/c.txt")).toMatchObject({ ok: true });
    expect(await readBelow(dir, "a/b/c.txt", 4)).toMatchObject({ ok: false, missing: true });
    expect(await readBelow(dir, "no/such", 4)).toMatchObject({ ok: false, missing: true });
  });

  it("keeps its mode when it is written again", async () => {
    const dir = tempDir();
    writeFileSync(join(dir, "run.sh"), "old", { mode: 0o755 });
    await writeBelow(dir, "run.sh", "new");
    expect(statSync(join(dir, "run.sh")).mode & 0o777).toBe(0o755);
  });

  it("is no link, no folder, no pipe, and has no second name when it is written", async () => {
    const [dir, elsewhere] = [tempDir(), tempDir()];
    writeFileSync(join(elsewhere, "victim"), "mine");
    symlinkSync(join(elsewhere, "victim"), join(dir, "link"));
    symlinkSync(join(elsewhere, "unborn"), join(dir, "dangling"));
    symlinkSync(elsewhere, join(dir, "folder-link"));
    linkSync(join(elsewhere, "victim"), join(dir, "twin"));
    mkdirSync(join(dir, "folder"));
    execFileSync("mkfifo", [join(dir, "pipe")]);
    for (const path of ["link", "dangling", "folder-link/victim", "folder-link/new", "twin", "folder", "pipe"]) {
      expect(await writeBelow(dir, path, "yours"), path).toMatchObject({ ok: false });
    }
    for (const path of ["link", "folder-link/victim", "folder", "pipe"]) {
      expect(await readBelow(dir, path, 100), path).toMatchObject({ ok: false });
      expect(await removeBelow(dir, path), path).toMatchObject({ ok: false });
    }
    expect(readdirSync(elsewhere)).toEqual(["victim"]);
    expect(readFileSync(join(elsewhere, "victim"), "utf8")).toBe("mine");
  });

  it.each([
    "",
    "/etc/x",
    "../x",
    "a/../../x",
    "a//b",
    "./a",
    "a\\b",
    "a\nb",
    "C:/x",
    ".git/x",
    "a/.GIT/x",
    "x".repeat(501),
  ])("cannot be named %j", async (path) => {
    expect(pathFault(path)).toMatch(/expected|below \.git/);
    expect(await writeBelow(tempDir(), path, "x")).toMatchObject({ ok: false });
  });

  it.skipIf(!hasProc)("is never written elsewhere while its folder is swapped for a link", async () => {
    const [dir, elsewhere] = [tempDir(), tempDir()];
    mkdirSync(join(dir, "real"));
    symlinkSync(elsewhere, join(dir, "trap"));
    const script = `cd "$1"; while :; do mv real sub; mv sub real; mv trap sub; mv sub trap; done`;
    const swapper = spawn("sh", ["-c", script, "swapper", dir], { stdio: "ignore" });
    try {
      const made = { ok: 0, refused: 0 };
      for (let i = 0; i < 400; i++) {
        const done = await writeBelow(dir, `sub/f${i}`, "x");
        made[done.ok ? "ok" : "refused"] += 1;
      }
      expect(made.refused).toBeGreaterThan(0);
    } finally {
      swapper.kill("SIGKILL");
    }
    expect(readdirSync(elsewhere)).toEqual([]);
  });
});
