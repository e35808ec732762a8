/**
 * A disk that is full: the real command on a small file system of its own, with so little room left that another write
 * is the first that fails each time: the lock, the ledger, the journal, git's objects, a worktree, a run's folder, the
 * supervisor's records, the log, the results.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { inspect } from "../../src/ledger/restore.ts";
import { component } from "../support/component.ts";
import { makeRepo, removeTemps, sh, TOY_FILES, tempDir } from "../support/repo.ts";
import { stateOf } from "./check.ts";

afterAll(removeTemps);

const BIN = fileURLToPath(new URL("../../bin/nightyard.js", import.meta.url));

function canMount(): boolean {
  const dir = tempDir();
  if (process.getuid?.() !== 0 || spawnSync("mount", ["-t", "tmpfs", "tmpfs", dir]).status !== 0) return false;
  return spawnSync("umount", ["-l", dir]).status === 0;
}

/** Leaves so many KiB free, and takes them from a session that has begun with room enough. */
function leave(dir: string, freeKib: number): void {
  const { bavail, bsize } = statfsSync(dir);
  const bytes = bavail * bsize - freeKib * 1024;
  if (bytes > 0) writeFileSync(join(dir, "filler"), Buffer.alloc(bytes));
}

function nightyard(dir: string, script: string, experiments: number) {
  const options = ["--agent", `scripted:${script}`, "--experiments", String(experiments), "--tag", "d"];
  const args = [BIN, "run", ".", ...options, "--confirm-runs", "0", "--no-sandbox"];
  const r = spawnSync(process.execPath, args, { cwd: dir, encoding: "utf8", timeout: 120_000 });
  return { code: r.status, err: r.stderr };
}

/** KiB left at the start of each sitting. */
const ROOM = [0, 12, 40, 88, 160, 240, 320, 480, 640];

describe.skipIf(!component(canMount(), "mounting a small file system", "run the tests as root on Linux"))(
  "a session on a disk that is full",
  () => {
    it("ends with a word on it and code 1, wherever it meets that, and goes on when there is room", () => {
      const dir = tempDir();
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", dir]);
      try {
        makeRepo(TOY_FILES, dir);
        const script = join(tempDir(), "steps.json");
        const values = ROOM.map((_, i) => String(9 - i / 100));
        const steps = values.map((text) => ({ edits: [{ write: "value.txt", text }], hypothesis: `try ${text}` }));
        writeFileSync(script, JSON.stringify(steps));
        expect(nightyard(dir, script, 0)).toMatchObject({ code: 0 });
        const met = new Set<string>();
        ROOM.forEach((room, i) => {
          leave(dir, room);
          const full = nightyard(dir, script, i + 1);
          const at = `with ${room} KiB left: ${full.err}`;
          expect([0, 1], at).toContain(full.code);
          expect(full.err, at).not.toMatch(/\n\s+at |fault of nightyard/);
          if (full.code === 1)
            expect(full.err, at).toMatch(/error: no space is left on the disk [\s\S]*\nFix: make room/);
          met.add(full.code === 0 ? "enough" : (/disk \((.{0,70})/.exec(full.err)?.[1] ?? ""));
          rmSync(join(dir, "filler"), { force: true });
          expect(nightyard(dir, script, i + 1), at).toMatchObject({ code: 0 });
          expect(inspect(join(dir, ".nightyard")).faults, at).toEqual([]);
        });
        console.log(`a full disk was met at: ${[...met].join(" | ")}`);
        expect(met.size).toBeGreaterThan(2);
        const { session, experiments } = stateOf(dir, "d");
        expect(experiments.map((e) => `${e.number} ${e.verdict?.kind}`)).toEqual(
          ["0", ...values].map((_, n) => `${n} keep`),
        );
        expect(sh(dir, "rev-parse", "autoresearch/d").trim()).toBe(session?.champion.commit);
        sh(dir, "fsck", "--strict");
      } finally {
        execFileSync("umount", ["-l", dir]);
      }
    }, 300_000);
  },
);
