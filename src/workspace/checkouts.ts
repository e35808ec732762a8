/**
 * Folders with the files of a commit: a git worktree for an agent's turn, a plain checkout for each run.
 *
 * A run gets files only, without `.git`, in a folder that did not exist before: nothing that a turn or an earlier run
 * left behind can be read as fresh. All of them lie below `.nightyard`, so that Node finds the person's `node_modules`
 * by its usual walk upward.
 */
import { mkdir, readdir, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Commit } from "../experiment.ts";
import { git, tryGit } from "../util/git.ts";
import { exists, type Workspace } from "../workspace.ts";

export interface Checkout {
  /** The folder with the repository's files; absolute. */
  readonly dir: string;
  /** The lab's folder inside it; absolute. */
  readonly labDir: string;
}

/** Where the agent works on experiment n of a session. */
export function worktreeOf(ws: Workspace, name: string): Checkout {
  return checkoutAt(ws, join(ws.stateDir, "worktrees", name));
}

/** Where one run takes place. */
export function runDirOf(ws: Workspace, name: string): Checkout {
  return checkoutAt(ws, join(ws.stateDir, "runs", name));
}

function checkoutAt(ws: Workspace, dir: string): Checkout {
  return { dir, labDir: join(dir, ws.prefix) };
}

/** Makes a fresh detached worktree on `commit`; one left there by a killed harness is replaced. */
export async function addWorktree(ws: Workspace, checkout: Checkout, commit: Commit): Promise<void> {
  await removeWorktree(checkout);
  await mkdir(dirname(checkout.dir), { recursive: true });
  // Twice forced: a worktree whose folder is gone may still be on git's list.
  await git(["worktree", "add", "--quiet", "-f", "-f", "--detach", checkout.dir, commit], { cwd: ws.root });
}

/** Removes a worktree's folder; git forgets it at the next `pruneWorktrees`. */
export async function removeWorktree(checkout: Checkout): Promise<void> {
  await rm(checkout.dir, { recursive: true, force: true });
  await rm(`${checkout.dir}.index`, { force: true });
}

/** Lets git forget worktrees whose folders are gone: once per sitting, because each call costs a process. */
export async function pruneWorktrees(ws: Workspace): Promise<void> {
  await tryGit(["worktree", "prune"], { cwd: ws.root });
}

/** Writes the files of `commit` into a new folder without `.git`; what was there before is removed. */
export async function checkoutFiles(ws: Workspace, checkout: Checkout, commit: Commit): Promise<void> {
  await rm(checkout.dir, { recursive: true, force: true });
  await mkdir(checkout.dir, { recursive: true });
  const index = `${checkout.dir}.index`;
  try {
    const args = [`--git-dir=${ws.gitDir}`, `--work-tree=${checkout.dir}`];
    await git([...args, "checkout", "--quiet", "--force", commit, "--", "."], {
      cwd: checkout.dir,
      env: { GIT_INDEX_FILE: index },
    });
  } finally {
    await rm(index, { force: true });
  }
}

/**
 * Removes folders of runs and of their jobs that nobody will ask for again: a harness that was killed between writing a
 * measurement down and clearing away leaves them, with whatever the run had saved. `open` are the jobs still wanted.
 */
export async function sweepRuns(ws: Workspace, open: ReadonlySet<string>): Promise<void> {
  for (const folder of ["runs", "jobs"]) {
    const names = await readdir(join(ws.stateDir, folder)).catch(() => []);
    for (const name of names) {
      if (open.has(name.replace(/\.(?:tmp|timing)$/, ""))) continue;
      await rm(join(ws.stateDir, folder, name), { recursive: true, force: true });
    }
  }
}

/** Removes a run's folder. */
export async function removeRunDir(checkout: Checkout): Promise<void> {
  await rm(checkout.dir, { recursive: true, force: true });
}

/** Links ignored folders of the person's checkout (node_modules, .venv) into a checkout where nothing is there. */
export async function linkIgnored(ws: Workspace, checkout: Checkout, links: readonly string[]): Promise<void> {
  for (const path of links) {
    const target = join(ws.labDir, path);
    const at = join(checkout.labDir, path);
    if (!(await exists(target)) || (await exists(at))) continue;
    await mkdir(dirname(at), { recursive: true });
    await symlink(target, at);
  }
}
