/** Other hands in the middle of a session: git gc, deleted folders, a moved branch, a second harness. */
import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { inspect } from "../../src/ledger/restore.ts";
import { makeRepo, removeTemps, sh, TOY_FILES, tempDir } from "../support/repo.ts";
import { type Act, type Played, play, playing, verdicts } from "../support/toy.ts";

afterAll(removeTemps);

/** Writes a value after doing something to the lab. */
const write =
  (text: string, hands: (dir: string) => void = () => undefined): Act =>
  (turn) => {
    hands(turn.dir);
    writeFileSync(join(turn.dir, "value.txt"), text);
  };

const branchOf = (dir: string) => sh(dir, "rev-parse", "autoresearch/t").trim();

function eventsNamed(played: Played, what: string): readonly unknown[] {
  return played.entries.filter((e) => "what" in e.event && e.event.what === what);
}

describe("git in the middle of a session:", () => {
  it("git gc --prune=now, in a turn and at every event, takes nothing away", async () => {
    const dir = makeRepo(TOY_FILES);
    const gc = () => void sh(dir, "gc", "--quiet", "--prune=now");
    const acts = [write("9", gc), write("12", gc), write("8", gc)];
    const played = await play(dir, { agent: playing(acts), limits: { experiments: 3 }, onEvent: gc });
    expect(verdicts(played)).toEqual(["keep baseline", "keep judge", "discard judge", "keep judge"]);
    for (const n of [1, 2, 3]) sh(dir, "show", `refs/nightyard/t/${n}:value.txt`);
    expect(branchOf(dir)).toBe(played.session.champion.commit);
    sh(dir, "fsck", "--strict");
  });

  it("a branch that was deleted is there again at the next keep", async () => {
    const dir = makeRepo(TOY_FILES);
    const drop = () => void sh(dir, "branch", "-D", "autoresearch/t");
    const played = await play(dir, { agent: playing([write("9"), write("8", drop)]), limits: { experiments: 2 } });
    expect(branchOf(dir)).toBe(played.session.champion.commit);
    expect(verdicts(played)).toEqual(["keep baseline", "keep judge", "keep judge"]);
  });

  it("a branch that was rebased keeps the person's commits under a ref of their own", async () => {
    const dir = makeRepo(TOY_FILES);
    let mine = "";
    const rebase = () => {
      const other = join(tempDir(), "elsewhere");
      sh(dir, "worktree", "add", "--quiet", other, "autoresearch/t");
      writeFileSync(join(other, "README.md"), "mine\n");
      sh(other, "commit", "--quiet", "--amend", "-am", "a person's own");
      mine = sh(other, "rev-parse", "HEAD").trim();
      sh(dir, "worktree", "remove", other);
    };
    const played = await play(dir, { agent: playing([write("9"), write("8", rebase)]), limits: { experiments: 2 } });
    expect(branchOf(dir)).toBe(played.session.champion.commit);
    expect(sh(dir, "rev-parse", `refs/nightyard/t/aside-${mine.slice(0, 12)}`).trim()).toBe(mine);
    expect(eventsNamed(played, "branch moved by somebody else").length).toBe(1);
    expect(sh(dir, "log", "--format=%s", "autoresearch/t").trim().split("\n")).toEqual(["act 2", "act 1", "the lab"]);
  });

  it("a branch that was reset to an earlier champion moves on with the ledger", async () => {
    const dir = makeRepo(TOY_FILES);
    const reset = () => void sh(dir, "update-ref", "refs/heads/autoresearch/t", "main");
    const played = await play(dir, { agent: playing([write("9"), write("8", reset)]), limits: { experiments: 2 } });
    expect(branchOf(dir)).toBe(played.session.champion.commit);
  });

  it("a lock file that a killed git left on one of our refs is waited for, then removed", async () => {
    const dir = makeRepo(TOY_FILES);
    const lock = join(dir, ".git/refs/nightyard/t/2.lock");
    const leave = () => writeFileSync(lock, "");
    const played = await play(dir, { agent: playing([write("9"), write("8", leave)]), limits: { experiments: 2 } });
    expect(verdicts(played)).toEqual(["keep baseline", "keep judge", "keep judge"]);
  });
});

describe("a folder deleted by hand", () => {
  it("in the middle of a turn costs that experiment and no more", async () => {
    const dir = makeRepo(TOY_FILES);
    const gone: Act = (turn) => {
      rmSync(turn.dir, { recursive: true });
      return {};
    };
    const all: Act = (turn) => {
      rmSync(dirname(turn.dir), { recursive: true });
      return {};
    };
    const played = await play(dir, { agent: playing([gone, all, write("8")]), limits: { experiments: 3 } });
    expect(verdicts(played)).toEqual(["keep baseline", "discard agent", "discard agent", "keep judge"]);
    expect(played.experiments[1]?.verdict?.reason).toMatch(/worktree/);
  });

  it("in the middle of a run is that run's crash, and the next one is measured", async () => {
    const gone = 'if [ "$(cat value.txt)" = 5 ]; then rm -rf "$PWD"; cat value.txt || exit 1; fi\n';
    const dir = makeRepo({ ...TOY_FILES, "run.sh": `${gone}${TOY_FILES["run.sh"]}` });
    const acts = [write("5"), () => ({ kind: "noChange" as const }), write("8")];
    const played = await play(dir, { agent: playing(acts), limits: { experiments: 2 } });
    expect(verdicts(played)).toEqual(["keep baseline", "crash crash", "keep judge"]);
  });
});

describe("a second harness", () => {
  it("is refused with the first one's name, and the first goes on unharmed", async () => {
    const dir = makeRepo(TOY_FILES);
    const bin = fileURLToPath(new URL("../../bin/nightyard.js", import.meta.url));
    const seen: string[] = [];
    const second = () => {
      for (const args of [
        ["run", ".", "--tag", "t"],
        ["run", ".", "--tag", "u"],
        ["ledger", "restore"],
      ]) {
        const sandbox = args[0] === "run" ? ["--no-sandbox"] : [];
        const r = spawnSync(process.execPath, [bin, ...args, ...sandbox], { cwd: dir, encoding: "utf8" });
        seen.push(`${r.status} ${r.stderr.includes(`process ${process.pid} (session t`)}`);
      }
    };
    const played = await play(dir, { agent: playing([write("9", second), write("8")]), limits: { experiments: 2 } });
    expect(seen).toEqual(["1 true", "1 true", "1 true"]);
    expect(verdicts(played)).toEqual(["keep baseline", "keep judge", "keep judge"]);
    expect(inspect(join(dir, ".nightyard")).faults).toEqual([]);
  });
});
