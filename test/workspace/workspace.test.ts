/** What a proposal may and may not do, on real repositories: the diff is read from git and the file system alone. */
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { Commit } from "../../src/experiment.ts";
import { UserError } from "../../src/util/user-error.ts";
import { readChanges } from "../../src/workspace/changes.ts";
import {
  addWorktree,
  type Checkout,
  checkoutFiles,
  removeWorktree,
  runDirOf,
  worktreeOf,
} from "../../src/workspace/checkouts.ts";
import { readGitSettings, restoreGitSettings } from "../../src/workspace/git-guard.ts";
import { commitChanges, saveIndex } from "../../src/workspace/proposal.ts";
import { keepProposal, moveBranch, proposalRef, readRef } from "../../src/workspace/refs.ts";
import { brokenSeals, makeSeal } from "../../src/workspace/seal.ts";
import { ensureStateDir, headCommit, openWorkspace, uncommittedFiles, type Workspace } from "../../src/workspace.ts";
import { makeRepo, removeTemps, sh, TOY_FILES, tempDir, writeFiles } from "../support/repo.ts";

afterAll(removeTemps);

interface Bench {
  readonly dir: string;
  readonly ws: Workspace;
  readonly head: Commit;
  readonly checkout: Checkout;
  readonly index: string;
}

async function benchOn(dir: string, lab = dir): Promise<Bench> {
  const ws = await openWorkspace(lab);
  await ensureStateDir(ws);
  const head = await headCommit(ws);
  const checkout = worktreeOf(ws, "t-e1");
  await addWorktree(ws, checkout, head);
  return { dir, ws, head, checkout, index: await saveIndex(ws, checkout) };
}

const inScope = (path: string) => path === "value.txt" || path.startsWith("src/");

function changesOf(b: Bench) {
  return readChanges(b.ws, b.checkout, b.index, inScope);
}

async function whatIsWrong(b: Bench): Promise<readonly string[]> {
  return (await changesOf(b)).violations.map((v) => v.what);
}

function commitOf(b: Bench, changes: Awaited<ReturnType<typeof changesOf>>["changes"]) {
  return commitChanges(b.ws, b.checkout, b.index, {
    parent: b.head,
    changes,
    hypothesis: "lower \u001b[31mit\u001b[0m\nsecond line",
    description: "because\u0007",
    experiment: "t/1",
    agent: "tester",
  });
}

describe("a lab that cannot be worked on", () => {
  it("is refused when there is no repository, with the commands that make one", async () => {
    await expect(openWorkspace(tempDir())).rejects.toThrow(/expected a git repository/);
  });

  it("is refused when the folder does not exist", async () => {
    await expect(openWorkspace(join(tempDir(), "nowhere"))).rejects.toBeInstanceOf(UserError);
  });

  it("is refused when the repository has no commit", async () => {
    const dir = tempDir();
    sh(dir, "init", "--quiet");
    await expect(headCommit(await openWorkspace(dir))).rejects.toThrow(/no commit yet/);
  });

  it("is refused when none of its files are committed", async () => {
    const dir = makeRepo({ "a.txt": "a" });
    mkdirSync(join(dir, "lab"));
    await expect(headCommit(await openWorkspace(join(dir, "lab")))).rejects.toThrow(/none of the lab's files/);
  });

  it("is refused when the repository is bare", async () => {
    const dir = tempDir();
    sh(dir, "init", "--quiet", "--bare");
    await expect(openWorkspace(dir)).rejects.toThrow(/bare/);
  });
});

describe("a proposal", () => {
  let b: Bench;
  beforeEach(async () => {
    b = await benchOn(makeRepo({ ...TOY_FILES, "src/a.ts": "export {};\n" }));
  });

  it("is committed byte for byte from what git sees, and the person's checkout stays as it was", async () => {
    writeFileSync(join(b.dir, "README.md"), "edited by the person, not committed\n");
    writeFileSync(join(b.dir, "untracked.txt"), "mine\n");
    const before = sh(b.dir, "status", "--porcelain=v2", "--branch");
    writeFiles(b.checkout.dir, { "value.txt": "9\r\n", "src/new.ts": "1" });
    rmSync(join(b.checkout.dir, "src/a.ts"));
    const found = await changesOf(b);
    expect(found.violations).toEqual([]);
    const p = await commitOf(b, found.changes);
    expect(p.files.toSorted()).toEqual(["src/a.ts", "src/new.ts", "value.txt"]);
    expect([p.linesAdded, p.linesRemoved]).toEqual([2, 2]);
    expect(sh(b.dir, "cat-file", "blob", `${p.commit}:value.txt`)).toBe("9\r\n");
    expect(p.hypothesis).toBe("lower it second line");
    expect(sh(b.dir, "log", "-1", "--format=%an|%B", p.commit)).toBe(
      "tester|lower it second line\n\nbecause\n\nNightyard-Experiment: t/1\n\n",
    );
    await keepProposal(b.ws, proposalRef("t", 1, 0), p.commit);
    await removeWorktree(b.checkout);
    sh(b.dir, "gc", "--quiet", "--prune=now");
    expect(await readRef(b.ws, "refs/nightyard/t/1")).toBe(p.commit);
    expect(sh(b.dir, "status", "--porcelain=v2", "--branch")).toBe(before);
  });

  it("that changes nothing has no changes, also when a file was rewritten with the same bytes", async () => {
    writeFileSync(join(b.checkout.dir, "value.txt"), "10\n");
    // At another time than the index was written: git's quick look then takes both for changed.
    for (const name of ["value.txt", "run.sh"]) utimesSync(join(b.checkout.dir, name), 1e9, 1e9);
    expect(await changesOf(b)).toEqual({ changes: [], violations: [] });
  });

  const bad: readonly (readonly [string, string, (dir: string) => void])[] = [
    ["edits a frozen file", "out of scope", (d) => writeFileSync(join(d, "run.sh"), "echo score: 0")],
    ["edits program.md", "out of scope", (d) => writeFileSync(join(d, "program.md"), "x")],
    ["deletes a frozen file", "out of scope", (d) => rmSync(join(d, "run.sh"))],
    ["adds a file outside the scope", "out of scope", (d) => writeFileSync(join(d, "sitecustomize.py"), "x")],
    ["makes a file executable", "mode", (d) => chmodSync(join(d, "value.txt"), 0o755)],
    ["adds an executable file", "mode", (d) => writeFileSync(join(d, "src/x.sh"), "x", { mode: 0o755 })],
    ["adds a symlink in scope", "symlink", (d) => symlinkSync("/etc/passwd", join(d, "src/link"))],
    [
      "replaces a file by a symlink",
      "symlink",
      (d) => {
        rmSync(join(d, "value.txt"));
        symlinkSync("README.md", join(d, "value.txt"));
      },
    ],
    ["hard-links a frozen file", "hard link", (d) => linkSync(join(d, "run.sh"), join(d, "src/hard"))],
    ["adds .gitattributes in scope", "git file", (d) => writeFileSync(join(d, "src/.gitattributes"), "* -text")],
    ["adds .gitmodules", "git file", (d) => writeFileSync(join(d, ".gitmodules"), "")],
    [
      "adds a repository inside",
      "submodule",
      (d) => {
        mkdirSync(join(d, "src/inner"));
        makeRepo({ x: "y" }, join(d, "src/inner"));
      },
    ],
    ["adds a name that differs in case only", "name", (d) => writeFileSync(join(d, "src/A.ts"), "x")],
    ["adds a name with a control character", "name", (d) => writeFileSync(join(d, "src/a\nb.ts"), "x")],
    ["adds a file that is too large", "size", (d) => writeFileSync(join(d, "src/big.ts"), "x".repeat(1_100_000))],
  ];
  for (const [title, what, act] of bad) {
    it(`that ${title} is refused as "${what}"`, async () => {
      act(b.checkout.dir);
      expect(await whatIsWrong(b)).toContain(what);
    });
  }

  it("that is too large in sum is refused, even when each file is small", async () => {
    for (let i = 0; i < 30; i++) writeFileSync(join(b.checkout.dir, `src/${i}.ts`), "x".repeat(100_000));
    expect(await whatIsWrong(b)).toContain("size");
  });

  it("cannot hide behind another .git file, index flags or attributes", async () => {
    sh(b.checkout.dir, "update-index", "--assume-unchanged", "run.sh");
    writeFileSync(join(b.checkout.dir, "run.sh"), "echo score: 0\n");
    writeFileSync(join(b.checkout.dir, ".git"), "gitdir: /nowhere\n");
    expect(await whatIsWrong(b)).toContain("out of scope");
  });

  it("does not run a clean filter that the worktree names", async () => {
    const proof = join(tempDir(), "proof");
    sh(b.dir, "config", "filter.evil.clean", `touch '${proof}' && cat`);
    writeFileSync(join(b.checkout.dir, ".gitattributes"), "* filter=evil\n");
    writeFileSync(join(b.checkout.dir, "value.txt"), "9\n");
    const found = await changesOf(b);
    expect(found.violations.map((v) => v.what)).toContain("git file");
    await commitOf(
      b,
      found.changes.filter((c) => c.path === "value.txt"),
    );
    rmSync(proof, { force: true });
    const p = await commitOf(
      b,
      found.changes.filter((c) => c.path === "value.txt"),
    );
    expect(existsSync(proof)).toBe(false);
    expect(sh(b.dir, "cat-file", "blob", `${p.commit}:value.txt`)).toBe("9\n");
  });

  it("with a hook or a setting planted in the repository is noticed, and both are put back", async () => {
    const before = await readGitSettings(b.ws);
    writeFileSync(join(b.dir, ".git/hooks/post-checkout"), "#!/bin/sh\ntouch pwned\n", { mode: 0o755 });
    sh(b.dir, "config", "core.fsmonitor", "touch pwned");
    expect((await restoreGitSettings(b.ws, before)).toSorted()).toEqual(["config", "hooks/post-checkout"]);
    expect(existsSync(join(b.dir, ".git/hooks/post-checkout"))).toBe(false);
    expect(readFileSync(join(b.dir, ".git/config"), "utf8")).not.toContain("fsmonitor");
  });
});

describe("a lab inside a larger repository", () => {
  it("has its paths checked relative to itself, and nothing outside it may change", async () => {
    const dir = makeRepo({ "lib/x.ts": "x", "labs/toy/value.txt": "10\n", "labs/toy/program.md": "p" });
    const b = await benchOn(dir, join(dir, "labs/toy"));
    expect(b.ws.prefix).toBe("labs/toy/");
    writeFileSync(join(b.checkout.labDir, "value.txt"), "9\n");
    expect((await changesOf(b)).violations).toEqual([]);
    writeFileSync(join(b.checkout.dir, "lib/x.ts"), "y");
    writeFileSync(join(b.checkout.dir, "value.txt"), "not the lab's\n");
    expect(await whatIsWrong(b)).toEqual(["out of scope", "out of scope"]);
  });

  it("works with a detached HEAD and does not show its own state folder", async () => {
    const dir = makeRepo(TOY_FILES);
    sh(dir, "checkout", "--quiet", "--detach");
    await benchOn(dir);
    expect(sh(dir, "status", "--porcelain")).toBe("");
    expect(await uncommittedFiles(await openWorkspace(dir))).toEqual([]);
  });
});

describe("a run's folder", () => {
  it("holds the commit's files and nothing that was there before, and no .git", async () => {
    const b = await benchOn(makeRepo(TOY_FILES));
    const run = runDirOf(b.ws, "t-e0001-r1");
    writeFiles(run.dir, { "metrics.json": '{"score": 0}' });
    await checkoutFiles(b.ws, run, b.head);
    expect(existsSync(join(run.dir, "metrics.json"))).toBe(false);
    expect(existsSync(join(run.dir, ".git"))).toBe(false);
    expect(readFileSync(join(run.dir, "value.txt"), "utf8")).toBe("10\n");
  });
});

describe("the seal", () => {
  it("notices a changed, an added and a removed file, and can be made again", async () => {
    const b = await benchOn(makeRepo(TOY_FILES));
    const seal = await makeSeal(b.ws, b.head);
    expect(await brokenSeals(seal)).toEqual([]);
    chmodSync(seal.checkout.dir, 0o755);
    chmodSync(join(seal.checkout.dir, "run.sh"), 0o644);
    writeFileSync(join(seal.checkout.dir, "run.sh"), "echo score: 0\n");
    writeFileSync(join(seal.checkout.dir, "extra.txt"), "x");
    rmSync(join(seal.checkout.dir, "README.md"));
    expect(await brokenSeals(seal)).toEqual(["README.md", "extra.txt", "run.sh"]);
    const again = await makeSeal(b.ws, b.head);
    expect(await brokenSeals(again)).toEqual([]);
    expect(readFileSync(join(seal.checkout.dir, "run.sh"), "utf8")).toBe(TOY_FILES["run.sh"]);
  });
});

describe("the branch", () => {
  it("follows the ledger, and saves what somebody else put on it before moving", async () => {
    const b = await benchOn(makeRepo(TOY_FILES));
    expect(await moveBranch(b.ws, "t", b.head, new Set())).toEqual({ kind: "moved" });
    expect(await moveBranch(b.ws, "t", b.head, new Set())).toEqual({ kind: "unchanged" });
    const theirs = sh(b.dir, "commit-tree", "-p", b.head, "-m", "theirs", `${b.head}^{tree}`).trim();
    sh(b.dir, "update-ref", "refs/heads/autoresearch/t", theirs);
    const move = await moveBranch(b.ws, "t", b.head, new Set([b.head]));
    expect(move).toMatchObject({ kind: "restored", found: theirs });
    expect(await readRef(b.ws, `refs/nightyard/t/aside-${theirs.slice(0, 12)}`)).toBe(theirs);
  });

  it("is not moved under a person who has it checked out", async () => {
    const b = await benchOn(makeRepo(TOY_FILES));
    sh(b.dir, "checkout", "--quiet", "-b", "autoresearch/t");
    const other = sh(b.dir, "commit-tree", "-p", b.head, "-m", "x", `${b.head}^{tree}`).trim() as Commit;
    expect(await moveBranch(b.ws, "t", other, new Set([b.head]))).toEqual({ kind: "checkedOut", where: b.dir });
    expect(sh(b.dir, "status", "--porcelain")).toBe("");
  });
});
