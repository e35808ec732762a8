/**
 * A person's own change as a commit, and the same change on top of the champion: by git's plumbing and an index of our
 * own, so that the person's index, checkout, stash and branches stay as they are.
 *
 * Not covered: ignored files, which are no part of a change.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Commit } from "../experiment.ts";
import { git, tryGit } from "../util/git.ts";
import { oneLine, plainText } from "../util/text.ts";
import type { Workspace } from "../workspace.ts";
import type { Checkout } from "./checkouts.ts";

/** Where a change that was handed in is kept until git has it as a proposal, and after. */
export function ownChangeRef(id: string): string {
  return `refs/nightyard/person/${id}`;
}

/** Paths that differ between HEAD and the working tree, relative to the lab; untracked ones too. */
export async function changedPaths(ws: Workspace): Promise<readonly string[]> {
  const [tracked, fresh] = await Promise.all([
    git(["diff", "--name-only", "-z", "--no-renames", "--relative", "HEAD", "--", "."], { cwd: ws.labDir }),
    git(["ls-files", "--others", "--exclude-standard", "-z", "--", "."], { cwd: ws.labDir }),
  ]);
  return [...new Set(`${tracked}${fresh}`.split("\0").filter((path) => path !== ""))].sort();
}

/** Paths that differ between two commits, relative to the lab where they lie in it. */
export async function pathsBetween(ws: Workspace, from: Commit, to: Commit): Promise<readonly string[]> {
  const out = await git(["diff-tree", "-r", "--name-only", "-z", "--no-renames", from, to], { cwd: ws.root });
  const paths = out.split("\0").filter((path) => path !== "");
  return paths.map((path) => (path.startsWith(ws.prefix) ? path.slice(ws.prefix.length) : `/${path}`));
}

/** The commit that a name means; undefined when it means none. */
export async function commitNamed(ws: Workspace, name: string): Promise<Commit | undefined> {
  if (name.startsWith("-")) return undefined;
  const found = await tryGit(["rev-parse", "--verify", "--quiet", `${name}^{commit}`], { cwd: ws.labDir });
  return found.code === 0 ? (found.stdout.trim() as Commit) : undefined;
}

/** Where two commits parted; undefined when they have no common history. */
export async function mergeBase(ws: Workspace, a: Commit, b: Commit): Promise<Commit | undefined> {
  const found = await tryGit(["merge-base", a, b], { cwd: ws.root });
  const [first = ""] = found.stdout.trim().split("\n");
  return found.code === 0 && first !== "" ? (first as Commit) : undefined;
}

/** Commits these files as they are in the working tree, on top of `head`; undefined when that changes nothing. */
export async function commitWorkingTree(
  ws: Workspace,
  head: Commit,
  paths: readonly string[],
  words: { readonly hypothesis: string; readonly description: string },
): Promise<Commit | undefined> {
  const dir = await mkdtemp(join(tmpdir(), "nightyard-index-"));
  try {
    const index = { GIT_INDEX_FILE: join(dir, "index") };
    await git(["read-tree", head], { cwd: ws.root, env: index });
    const input = paths.map((path) => `${path}\0`).join("");
    await git(["update-index", "--add", "--remove", "-z", "--stdin"], { cwd: ws.labDir, env: index, input });
    const tree = (await git(["write-tree"], { cwd: ws.root, env: index })).trim();
    const before = (await git(["rev-parse", `${head}^{tree}`], { cwd: ws.root })).trim();
    if (tree === before) return undefined;
    const text = `${oneLine(words.hypothesis, 72)}\n\n${plainText(words.description, 2000)}\n`;
    const env = {
      GIT_AUTHOR_NAME: "person",
      GIT_AUTHOR_EMAIL: "person@nightyard.invalid",
      GIT_COMMITTER_NAME: "Nightyard",
      GIT_COMMITTER_EMAIL: "harness@nightyard.invalid",
    };
    const made = await git(["commit-tree", tree, "-p", head, "-F", "-"], { cwd: ws.root, env, input: text });
    return made.trim() as Commit;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/**
 * Puts what a commit changes against `base` into a worktree that stands on the champion, by a three-way merge. Answers
 * why it cannot be done, or undefined. `index`: a copy of the champion's index, which stays as it is.
 */
export async function putOnto(
  ws: Workspace,
  checkout: Checkout,
  index: string,
  change: { readonly champion: Commit; readonly commit: Commit; readonly base?: Commit | undefined },
): Promise<string | undefined> {
  const { champion, commit } = change;
  if ((await commitNamed(ws, commit)) === undefined) return `the commit ${commit.slice(0, 12)} is not there any more`;
  const base = change.base ?? (await mergeBase(ws, champion, commit));
  if (base === undefined) return `${commit.slice(0, 12)} and the champion have no common history`;
  const merged = await mergeTrees(ws, base, champion, commit);
  const [tree = "", ...conflicts] = merged.stdout.split("\0").filter((part) => part !== "");
  if (merged.code === 1) return `it does not fit onto the champion: ${conflicts.slice(0, 10).join(", ")}`;
  if (merged.code !== 0) return `git (2.38 or newer is needed) could not merge it: ${oneLine(merged.stderr, 300)}`;
  const own = `${index}.own`;
  try {
    const options = { cwd: checkout.dir, env: { GIT_INDEX_FILE: own } };
    const where = [`--git-dir=${ws.gitDir}`, `--work-tree=${checkout.dir}`];
    await git(["read-tree", champion], { ...options, cwd: ws.root });
    await tryGit([...where, "update-index", "-q", "--really-refresh"], options);
    const moved = await tryGit([...where, "read-tree", "-m", "-u", champion, tree.trim()], options);
    return moved.code === 0 ? undefined : `git could not write its files: ${oneLine(moved.stderr, 300)}`;
  } finally {
    await rm(own, { force: true });
  }
}

/**
 * A three-way merge that writes only objects. git 2.39 cannot be told the base, so two commits are made that have it as
 * their parent; nothing refers to them.
 */
async function mergeTrees(ws: Workspace, base: Commit, ours: Commit, theirs: Commit) {
  const env = {
    GIT_AUTHOR_NAME: "Nightyard",
    GIT_AUTHOR_EMAIL: "harness@nightyard.invalid",
    GIT_COMMITTER_NAME: "Nightyard",
    GIT_COMMITTER_EMAIL: "harness@nightyard.invalid",
  };
  const onBase = async (commit: Commit) => {
    const args = ["commit-tree", `${commit}^{tree}`, "-p", base, "-m", "a side of a merge"];
    return (await git(args, { cwd: ws.root, env })).trim();
  };
  const sides = [await onBase(ours), await onBase(theirs)];
  return tryGit(["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", ...sides], { cwd: ws.root });
}
