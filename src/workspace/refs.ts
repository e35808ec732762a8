/**
 * The names that git keeps for a session: every proposal under `refs/nightyard/<session>/<n>`, so that nothing is ever
 * collected, and the branch `autoresearch/<session>`, which only follows what the ledger says.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Commit } from "../experiment.ts";
import { GitError, git, tryGit } from "../util/git.ts";
import { monotonicMs } from "../util/processes.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import type { Workspace } from "../workspace.ts";

/** The branch of kept commits. */
export function branchOf(tag: string): string {
  return `autoresearch/${tag}`;
}

/** Where a proposal is kept for good; `turn` > 0 is a repair of the same experiment. */
export function proposalRef(tag: string, experiment: number, turn: number): string {
  return `refs/nightyard/${tag}/${experiment}${turn === 0 ? "" : `-repair-${turn}`}`;
}

/**
 * Makes a commit reachable for good, before the ledger speaks of it. Another commit of that name (a harness was killed
 * between keeping it and speaking of it) is kept too, as `<ref>-aside-<commit>`.
 */
export async function keepProposal(ws: Workspace, ref: string, commit: Commit): Promise<void> {
  try {
    await updateRef(ws, ref, commit, "");
  } catch (error) {
    const found = await readRef(ws, ref);
    if (found === commit) return;
    if (found === undefined) throw error;
    await keepProposal(ws, `${ref}-aside-${found.slice(0, 12)}`, found);
    await updateRef(ws, ref, commit, found);
  }
}

/** How long a lock on a ref of ours is waited for: git holds one for milliseconds. */
const LOCK_PATIENCE_MS = 3000;

/**
 * Sets a ref that stood on `from` ("": that was not there). A git that was killed with its harness leaves a lock file
 * that nobody will remove: after a while it is, because only the one harness that has the lab's lock sets these refs.
 */
async function updateRef(ws: Workspace, ref: string, to: Commit, from: string): Promise<void> {
  const lock = join(ws.gitDir, `${ref}.lock`);
  for (const deadline = monotonicMs() + LOCK_PATIENCE_MS; ; ) {
    try {
      await git(["update-ref", ref, to, from], { cwd: ws.root });
      return;
    } catch (error) {
      const stderr = error instanceof GitError ? error.result.stderr : "";
      if (!/Unable to create .*\.lock': File exists/.test(stderr)) throw error;
      if (monotonicMs() > deadline) await rm(lock, { force: true });
      if (monotonicMs() > deadline + LOCK_PATIENCE_MS) throw lockedBy(stderr);
    }
    await sleep(100);
  }
}

function lockedBy(stderr: string): UserError {
  const file = /Unable to create '(.*)': File exists/.exec(stderr)?.[1] ?? "";
  return new UserError(`${file}: git finds this lock, and nobody gives it back`, {
    fix: `rm '${file}'   # when no git runs in this repository`,
    exitCode: EXIT.failed,
  });
}

/** The commit a ref names; undefined when there is no such ref. */
export async function readRef(ws: Workspace, ref: string): Promise<Commit | undefined> {
  const found = await tryGit(["rev-parse", "--verify", "--quiet", `${ref}^{commit}`], { cwd: ws.root });
  return found.code === 0 ? (found.stdout.trim() as Commit) : undefined;
}

export type BranchMove =
  | { readonly kind: "moved" | "unchanged" }
  /** Somebody else had moved it: their commit was saved under `savedAs` first. */
  | { readonly kind: "restored"; readonly savedAs: string; readonly found: Commit }
  /** It is checked out somewhere: moving it would change that checkout, so it stays behind. */
  | { readonly kind: "checkedOut"; readonly where: string };

/**
 * Moves the branch to where the ledger says. `known` are the commits at which the ledger has had it: anything else
 * found there is a person's work and is saved under `refs/nightyard/<tag>/aside-<commit>` before the branch moves.
 */
export async function moveBranch(
  ws: Workspace,
  tag: string,
  to: Commit,
  known: ReadonlySet<string>,
): Promise<BranchMove> {
  const ref = `refs/heads/${branchOf(tag)}`;
  const found = await readRef(ws, ref);
  if (found === to) return { kind: "unchanged" };
  const where = await checkedOutAt(ws, ref);
  if (where !== undefined) return { kind: "checkedOut", where };
  if (found !== undefined && !known.has(found)) {
    const savedAs = `refs/nightyard/${tag}/aside-${found.slice(0, 12)}`;
    await keepProposal(ws, savedAs, found);
    await updateRef(ws, ref, to, found);
    return { kind: "restored", savedAs, found };
  }
  await updateRef(ws, ref, to, found ?? "");
  return { kind: "moved" };
}

/** Tags for which there is a branch, whether or not the ledger knows them. */
export async function branchTags(ws: Workspace): Promise<readonly string[]> {
  const prefix = `refs/heads/${branchOf("")}`;
  const out = await git(["for-each-ref", "--format=%(refname)", prefix], { cwd: ws.root });
  return out
    .split("\n")
    .filter((ref) => ref.startsWith(prefix))
    .map((ref) => ref.slice(prefix.length));
}

/** The worktree in which a branch is checked out, the person's own among them; undefined when in none. */
export async function checkedOutAt(ws: Workspace, ref: string): Promise<string | undefined> {
  const out = await git(["worktree", "list", "--porcelain", "-z"], { cwd: ws.root });
  for (const block of out.split("\0\0")) {
    const fields = block.split("\0");
    if (fields.includes(`branch ${ref}`)) return fields.find((f) => f.startsWith("worktree "))?.slice(9);
  }
  return undefined;
}
