/** Kept changes become clean branches: real git, real runs, the command as it ships. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, describe, expect, it, vi } from "vitest";
import type { Commit } from "../src/experiment.ts";
import { branchName } from "../src/finalize/branches.ts";
import { requestText } from "../src/finalize/text.ts";
import { finalize, planFinalize } from "../src/finalize.ts";
import { readProcess } from "../src/util/processes.ts";
import { BIN, night, nightyard, of, program, put, rest, SUM_FILES } from "./support/after.ts";
import { makeRepo, removeTemps, sh, tempDir } from "./support/repo.ts";
import { finalizeJson } from "./support/shapes.ts";
import { type Act, play, playing } from "./support/toy.ts";

// Real runs and processes, beside whatever else the machine does.
vi.setConfig({ testTimeout: 180_000 });
afterAll(removeTemps);

const tree = (dir: string, rev: string) => sh(dir, "rev-parse", `${rev}^{tree}`).trim();
const branches = (dir: string) => sh(dir, "for-each-ref", "--format=%(refname:short)", "refs/heads/nightyard").trim();

async function lab(acts: readonly Act[], files = SUM_FILES): Promise<string> {
  const dir = makeRepo(files);
  const played = await play(dir, { agent: playing(acts), confirmRuns: 0 });
  if (played.error !== undefined) throw played.error;
  return dir;
}

const plan = async (dir: string, onto?: string) => {
  const { ws, session, experiments } = await night(dir);
  const commit = onto === undefined ? undefined : (sh(dir, "rev-parse", onto).trim() as Commit);
  return planFinalize(ws, session, experiments, commit);
};

const grouped = (p: Awaited<ReturnType<typeof plan>>) => p.branches.map((b) => b.changes.map((c) => c.experiment));

/** All that a person has, byte for byte: refs, index, HEAD, stash, configuration, and every file of the checkout. */
function fingerprintOf(dir: string): Record<string, string> {
  const hash = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
  const files = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((f) => f.isFile() && !f.parentPath.includes(".git"))
    .map((f) => join(f.parentPath, f.name))
    .filter((path) => !/ledger\.db-(shm|wal)$/.test(path));
  return {
    refs: sh(dir, "for-each-ref"),
    reflogs: readdirSync(join(dir, ".git/logs"), { recursive: true }).sort().join(),
    index: hash(join(dir, ".git/index")),
    head: readFileSync(join(dir, ".git/HEAD"), "utf8"),
    config: hash(join(dir, ".git/config")),
    stash: sh(dir, "stash", "list", "--format=%H %gd"),
    worktrees: sh(dir, "worktree", "list", "--porcelain"),
    ...Object.fromEntries(files.map((path) => [path, hash(path)])),
  };
}

const MIXED: readonly Act[] = [
  put("Lower a: <img src=x> @me `sh`", { "a.txt": "9\n" }),
  put("first of b", { "b.txt": "0\n2\n3\n4\n5\n6\n" }),
  put("last of b", { "b.txt": "0\n2\n3\n4\n5\n4\n" }),
  put("Lower a again", { "a.txt": "7\n" }),
];

describe("finalize", () => {
  it("makes a branch of each independent change, measured, with its text, and leaves the session as it was", async () => {
    const dir = await lab(MIXED);
    const before = await night(dir);
    const p = await plan(dir);
    expect(grouped(p)).toEqual([[1, 4], [2], [3]]);
    expect(p.difference).toEqual([]);
    const result = await finalize({ ...rest(before.ws), plan: p, force: false });
    expect(result.branches.map((b) => b.payment?.word)).toEqual(["pays", "pays", "pays"]);
    expect(result.branches.map((b) => b.payment?.after)).toEqual([33, 35, 34]);
    expect(result.baseline.map((r) => r.measurement?.metric)).toEqual([36]);
    const after = await night(dir);
    expect(after.session).toEqual(before.session);
    expect(after.experiments).toEqual(before.experiments);
    expect(of(after.events, "finalized")[0]?.branches.map((b) => b.experiments)).toEqual([[1, 4], [2], [3]]);
    // The union by git's own merge, in a clone.
    const clone = tempDir();
    sh(clone, "clone", "--quiet", dir, ".");
    for (const b of result.branches) {
      expect(sh(dir, "rev-parse", `${b.branch}~${b.changes.length}`).trim()).toBe(after.session.base);
      sh(clone, "merge", "--quiet", "--no-edit", `origin/${b.branch}`);
    }
    expect(tree(clone, "HEAD")).toBe(tree(dir, after.session.champion.commit));
    expect(readdirSync(join(dir, ".nightyard/runs"))).toEqual([]);
    expect(readdirSync(join(dir, ".nightyard/jobs"))).toEqual([]);
    const [first] = result.branches;
    const text = first === undefined ? "" : requestText(result, first);
    expect(text).toContain("**pays together.** score 36 → 33");
    expect(text).not.toMatch(/<img|@me\b|[^\\]`sh`/);
    expect(text).toContain(`git worktree add --detach 1-lower-a-img-src-x-me-sh ${first?.commit.slice(0, 12)}`);
  });

  it("changes nothing with --dry-run: refs, index, checkout, stash and state stay byte for byte", async () => {
    const dir = await lab(MIXED);
    writeFileSync(join(dir, "a.txt"), "stashed\n");
    sh(dir, "stash");
    writeFileSync(join(dir, "a.txt"), "not committed\n");
    writeFileSync(join(dir, "c.txt"), "staged\n");
    sh(dir, "add", "c.txt");
    const before = fingerprintOf(dir);
    const dry = nightyard(dir, "finalize", "--dry-run");
    expect([dry.code, dry.err]).toEqual([0, ""]);
    expect(dry.out).toContain("would make 3 branches");
    expect(dry.out).toContain("e0001 + e0004");
    expect(dry.out).toContain("all branches together are exactly the champion");
    expect(finalizeJson.parse(JSON.parse(nightyard(dir, "finalize", "--dry-run", "--json").out)).branches?.length).toBe(
      3,
    );
    expect(fingerprintOf(dir)).toEqual(before);
    // And the work itself touches only branches and the state: a dirty checkout does not matter.
    const done = nightyard(dir, "finalize", "--no-sandbox", "--json");
    expect(done.code).toBe(0);
    expect(finalizeJson.parse(JSON.parse(done.out)).branches?.map((b) => b.word)).toEqual(["pays", "pays", "pays"]);
    const after = fingerprintOf(dir);
    for (const part of ["index", "head", "stash", "config", "worktrees", join(dir, "a.txt"), join(dir, "c.txt")]) {
      expect(after[part], part).toBe(before[part]);
    }
    const old = before.refs?.split("\n") ?? [];
    expect(after.refs?.split("\n").filter((line) => !line.includes("refs/heads/nightyard/"))).toEqual(old);
    expect(readdirSync(join(dir, ".nightyard/sessions/t/finalize")).length).toBe(4);
  });

  it("says when a gain is not there any more, and still makes the branch", async () => {
    const luck = join(tempDir(), "luck");
    writeFileSync(luck, "");
    const run = `s=$(cat a.txt c.txt | awk '{s+=$1} END {print s}'); test -f '${luck}' || s=$((s + 5 - $(cat c.txt))); echo "score: $s"\n`;
    const dir = await lab([put("by luck", { "c.txt": "4\n" }), put("for real", { "a.txt": "9\n" })], {
      ...SUM_FILES,
      "run.sh": run,
    });
    rmSync(luck);
    const done = nightyard(dir, "finalize", "--no-sandbox");
    expect(done.code).toBe(3);
    expect(done.out).toContain("no longer pays alone; score 15 → 15");
    expect(done.out).toContain("pays alone; score 15 → 14");
    expect(branches(dir).split("\n")).toEqual(["nightyard/t/1-by-luck", "nightyard/t/2-for-real"]);
  });

  it("makes no branch of what fails a gate alone, and lists what is then missing", async () => {
    const gate = `gates: ["test $(cat c.txt) = 5 || test $(cat a.txt) = 9"]\n`;
    const dir = await lab([put("a", { "a.txt": "9\n" }), put("needs a", { "c.txt": "4\n" })], {
      ...SUM_FILES,
      "program.md": program(gate),
    });
    const done = nightyard(dir, "finalize", "--no-sandbox");
    expect(done.code).toBe(3);
    expect(done.out).toContain("! nightyard/t/2-needs-a");
    expect(done.out).toContain("not made: gate failed: test $(cat c.txt)");
    expect(done.out).toContain("! all branches together differ from the champion in: c.txt");
    expect(branches(dir)).toBe("nightyard/t/1-a");
    expect(of((await night(dir)).events, "finalized")[0]?.difference).toEqual(["c.txt"]);
    expect(readFileSync(join(dir, ".nightyard/sessions/t/finalize/2-needs-a.md"), "utf8")).toContain("failed in");
  });

  it("never overwrites a branch without --force, and then keeps the old one", async () => {
    const dir = await lab([put("a", { "a.txt": "9\n" })]);
    sh(dir, "branch", "nightyard/t/1-a", "main");
    const theirs = sh(dir, "rev-parse", "main").trim();
    const refused = nightyard(dir, "finalize", "--no-sandbox");
    expect([refused.code, refused.out]).toEqual([1, ""]);
    expect(refused.err).toContain("nightyard/t/1-a is there already");
    expect(of((await night(dir)).events, "remeasured")).toEqual([]);
    const forced = nightyard(dir, "finalize", "--no-sandbox", "--force");
    expect(forced.code).toBe(0);
    expect(sh(dir, "rev-parse", `refs/nightyard/t/replaced/1-a-${theirs.slice(0, 12)}`).trim()).toBe(theirs);
    expect(tree(dir, "nightyard/t/1-a")).toBe(tree(dir, "autoresearch/t"));
    // Again: the same commit, so nothing is in the way; and it is measured anew.
    expect(nightyard(dir, "finalize", "--no-sandbox").code).toBe(0);
    expect(of((await night(dir)).events, "finalized").length).toBe(2);
    expect(of((await night(dir)).events, "remeasured").length).toBe(4);
  });

  it("starts from another branch with --onto, and says what does not apply there or is there already", async () => {
    const dir = await lab([
      put("a", { "a.txt": "9\n" }),
      put("b", { "b.txt": "0\n2\n3\n4\n5\n6\n" }),
      put("c", { "c.txt": "4\n" }),
    ]);
    sh(dir, "checkout", "--quiet", "-b", "ahead");
    writeFileSync(join(dir, "a.txt"), "20\n");
    writeFileSync(join(dir, "c.txt"), "4\n");
    writeFileSync(join(dir, "README.md"), "new\n");
    sh(dir, "add", ".");
    sh(dir, "commit", "--quiet", "-m", "ahead");
    const p = await plan(dir, "ahead");
    expect(grouped(p)).toEqual([[2]]);
    expect(p.conflicts.map((c) => [c.change.experiment, c.files])).toEqual([[1, ["a.txt"]]]);
    expect(p.empty.map((c) => c.experiment)).toEqual([3]);
    const done = nightyard(dir, "finalize", "--onto", "ahead", "--no-sandbox");
    expect(done.code).toBe(3);
    expect(done.out).toContain("score 45 → 44");
    expect(sh(dir, "show", "nightyard/t/1-b:README.md")).toBe("new\n");
    expect(nightyard(dir, "finalize", "--onto", "nowhere").code).toBe(2);
    expect(nightyard(dir, "finalize", "--onto", "--all").code).toBe(2);
  });

  it("goes on where Ctrl-C ended it, and leaves no process and no branch behind", async () => {
    const files = { ...SUM_FILES, "program.md": program("env: [SLOW]\n") };
    const slow = `test -z "$SLOW" || { echo $$ >> "$SLOW/pids"; sleep 60; }\n`;
    const dir = await lab(MIXED, { ...files, "run.sh": `${slow}${SUM_FILES["run.sh"]}` });
    const place = tempDir();
    const first = nightyard(dir, "finalize", "--no-sandbox", "--dry-run");
    expect(first.code).toBe(0);
    const child = spawn(process.execPath, [BIN, "finalize", "--no-sandbox"], {
      cwd: dir,
      env: { ...process.env, SLOW: place },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let err = "";
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    while (child.exitCode === null && !existsSync(join(place, "pids"))) await delay(50);
    child.kill("SIGINT");
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect([code, err.includes("Go on with: nightyard finalize --session t")]).toEqual([130, true]);
    const pids = readFileSync(join(place, "pids"), "utf8").trim().split("\n").map(Number);
    expect(pids.filter((pid) => pid > 0).length).toBe(1);
    // What only waits to be collected by its parent has ended.
    expect(pids.map(readProcess).filter((row) => row !== undefined && !row.zombie)).toEqual([]);
    expect(branches(dir)).toBe("");
    expect(of((await night(dir)).events, "remeasured").map((r) => r.outcome.kind)).toEqual(["cancelled"]);
    const { ws } = await night(dir);
    // Half of it in another process that is stopped between two runs, the rest in a third.
    const stop = new AbortController();
    const said: string[] = [];
    const say = (text: string) => {
      said.push(text);
      if (said.filter((s) => s.startsWith("  run")).length === 3) stop.abort(new Error("enough"));
    };
    const half = finalize({ ...rest(ws, [], stop.signal), say, plan: await plan(dir), force: false });
    await expect(half).rejects.toThrow("enough");
    const result = await finalize({ ...rest(ws), plan: await plan(dir), force: false });
    expect(result.branches.map((b) => b.payment?.word)).toEqual(["pays", "pays", "pays"]);
    const runs = of((await night(dir)).events, "remeasured");
    const finished = runs.filter((r) => r.outcome.kind === "finished");
    expect(finished.map((r) => r.arm).sort()).toEqual(["baseline", ...result.branches.map((b) => b.branch)].sort());
    expect(new Set(runs.map((r) => r.job)).size).toBe(runs.length);
    expect(readdirSync(join(dir, ".nightyard/jobs"))).toEqual([]);
  });

  it("groups changes that undo each other, and drops what leaves nothing", async () => {
    const dir = await lab([put("a", { "a.txt": "9\n" }), put("b", { "b.txt": "0\n2\n3\n4\n5\n6\n" })]);
    const { ws, session, experiments } = await night(dir);
    // A keep whose change is the way back: what a simplification can be.
    const [base, one, two] = [session.base, ...session.champions.slice(1)].map((c) => tree(dir, c as string));
    const back = sh(dir, "commit-tree", base as string, "-p", session.champion.commit, "-m", "back").trim();
    const last = experiments[2];
    if (last?.proposal === undefined) throw new Error("nothing was proposed");
    const undo = { ...last.proposal, commit: back as Commit, tree: base ?? "", files: ["a.txt", "b.txt"] };
    const made = [...experiments, { ...last, number: 3, proposal: undo }];
    const undone = { ...session, champions: [...session.champions, back as Commit] };
    const p = await planFinalize(ws, undone, made, undefined);
    expect([one === two, grouped(p), p.empty.map((c) => c.experiment), p.difference]).toEqual([
      false,
      [],
      [1, 2, 3],
      [],
    ]);
  });

  it("names what is wrong: no session, an unknown one, nothing kept", async () => {
    const dir = makeRepo(SUM_FILES);
    expect(nightyard(dir, "finalize").err).toContain("no session was run here yet");
    await play(dir, { agent: playing([put("worse", { "a.txt": "99\n" })]) });
    expect(nightyard(dir, "finalize", "--session", "u").err).toContain('found no session "u"');
    for (const command of ["finalize", "ablate", "promote"]) {
      const none = nightyard(dir, command, "--no-sandbox");
      expect([command, none.code, none.out]).toEqual([command, 0, "session t kept nothing\n"]);
    }
    expect(nightyard(dir, "finalize", "--runs", "0").code).toBe(2);
  });

  it("makes names of any words", () => {
    expect(branchName("t", 1, "../../etc; rm -rf ~ ÄÖ")).toBe("nightyard/t/1-etc-rm-rf-a-o");
    expect(branchName("t", 2, "漢字")).toBe("nightyard/t/2-change");
  });
});
