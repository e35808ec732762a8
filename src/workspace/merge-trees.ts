/**
 * A three-way merge of trees by git's objects alone: no worktree, no index, no ref, no HEAD is touched. It applies a
 * change anywhere (base: before it, theirs: after it), and takes one back (base: after it, theirs: before it).
 *
 * git 2.38 merges without a worktree but finds the base only in history (`--merge-base` came with 2.40), so three
 * commits are written that have it. They are named by nobody and git collects them one day. Not covered: git < 2.38.
 */
import { git, tryGit } from "../util/git.ts";
import { UserError } from "../util/user-error.ts";
import type { Workspace } from "../workspace.ts";

export type MergedTrees =
  | { readonly kind: "clean"; readonly tree: string }
  | { readonly kind: "conflict"; readonly files: readonly string[] };

export interface ThreeTrees {
  readonly base: string;
  readonly ours: string;
  readonly theirs: string;
}

/** Always the same commit for the same content. */
const NOBODY = {
  GIT_AUTHOR_NAME: "Nightyard",
  GIT_AUTHOR_EMAIL: "harness@nightyard.invalid",
  GIT_AUTHOR_DATE: "2000-01-01T00:00:00Z",
  GIT_COMMITTER_NAME: "Nightyard",
  GIT_COMMITTER_EMAIL: "harness@nightyard.invalid",
  GIT_COMMITTER_DATE: "2000-01-01T00:00:00Z",
};
const USAGE = 129;

/** Merges trees (ids of trees, not of commits); throws UserError when git is too old for it. */
export async function mergeTrees(ws: Workspace, { base, ours, theirs }: ThreeTrees): Promise<MergedTrees> {
  if (base === theirs || ours === theirs) return { kind: "clean", tree: ours };
  if (base === ours) return { kind: "clean", tree: theirs };
  const root = await commitOf(ws, base);
  const [left, right] = [await commitOf(ws, ours, root), await commitOf(ws, theirs, root)];
  const words = ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", left, right];
  const merged = await tryGit(words, { cwd: ws.root });
  const [tree = "", ...files] = merged.stdout.split("\0").filter((part) => part !== "");
  if (merged.code === 0) return { kind: "clean", tree };
  if (merged.code === 1) return { kind: "conflict", files };
  if (merged.code === USAGE) {
    throw new UserError("git is too old to merge without a worktree; expected 2.38 or later", { fix: "git --version" });
  }
  throw new Error(`git merge-tree failed: ${merged.stderr}`);
}

async function commitOf(ws: Workspace, tree: string, parent?: string): Promise<string> {
  const words = ["commit-tree", tree, ...(parent === undefined ? [] : ["-p", parent]), "-m", "a tree to merge"];
  return (await git(words, { cwd: ws.root, env: NOBODY })).trim();
}

/** The tree of a commit. */
export async function treeOf(ws: Workspace, commit: string): Promise<string> {
  return (await git(["rev-parse", "--verify", `${commit}^{tree}`], { cwd: ws.root })).trim();
}

/** Paths in which two trees differ. */
export async function differingPaths(ws: Workspace, a: string, b: string): Promise<readonly string[]> {
  if (a === b) return [];
  const out = await git(["diff-tree", "-r", "-z", "--name-only", a, b], { cwd: ws.root });
  return out.split("\0").filter((path) => path !== "");
}

/** Lines added and removed between two trees, by file: the same text for the same change made elsewhere. */
export async function lineCounts(ws: Workspace, a: string, b: string): Promise<string> {
  return a === b ? "" : git(["diff-tree", "-r", "-z", "--numstat", a, b], { cwd: ws.root });
}
