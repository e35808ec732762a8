/**
 * The commits of the branches, their names, and the one moment at which the branches come into being.
 *
 * Commits are a function of what they hold (their dates are those of the verdicts), so the same changes give the same
 * commits however often they are made. All branches are set in one transaction of git's.
 */
import type { Commit } from "../experiment.ts";
import type { Kept } from "../remeasure/kept.ts";
import { git } from "../util/git.ts";
import { oneLine, plainText } from "../util/text.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import { checkedOutAt, keepProposal, readRef } from "../workspace/refs.ts";
import type { Workspace } from "../workspace.ts";
import type { Group } from "./groups.ts";

/** One commit for each change of the group, from `start` on; answers the last one. Reachable by nothing yet. */
export async function commitGroup(ws: Workspace, tag: string, start: Commit, group: Group): Promise<Commit> {
  let parent = start;
  for (const [index, change] of group.changes.entries()) {
    parent = await commitChange(ws, { tag, parent, tree: group.trees[index] ?? "", change });
  }
  return parent;
}

async function commitChange(
  ws: Workspace,
  { tag, parent, tree, change }: { tag: string; parent: Commit; tree: string; change: Kept },
): Promise<Commit> {
  const title = oneLine(change.hypothesis, 72) || "a proposal without a hypothesis";
  const body = plainText(change.description, 2000);
  const trailer = `Nightyard-Experiment: ${tag}/${change.experiment}`;
  const env = {
    GIT_AUTHOR_NAME: oneLine(change.agent, 60) || "agent",
    GIT_AUTHOR_EMAIL: "agent@nightyard.invalid",
    GIT_AUTHOR_DATE: change.at,
    GIT_COMMITTER_NAME: "Nightyard",
    GIT_COMMITTER_EMAIL: "harness@nightyard.invalid",
    GIT_COMMITTER_DATE: change.at,
  };
  const input = `${title}\n\n${body === "" ? "" : `${body}\n\n`}${trailer}\n`;
  return (await git(["commit-tree", tree, "-p", parent, "-F", "-"], { cwd: ws.root, input, env })).trim() as Commit;
}

/** "nightyard/nov24/1-wider-mlp": the hypothesis as far as it fits into a name. */
export function branchName(tag: string, number: number, hypothesis: string): string {
  const words = hypothesis
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-");
  const slug = words.replace(/^-+/, "").slice(0, 40).replace(/-+$/, "");
  return `nightyard/${tag}/${number}-${slug || "change"}`;
}

export interface Branch {
  readonly branch: string;
  readonly commit: Commit;
}

/**
 * Refuses branches that are there with other commits, unless they may be replaced, and those that are checked out.
 * To be asked before any run is paid for.
 */
export async function refuseTaken(ws: Workspace, branches: readonly Branch[], force: boolean): Promise<void> {
  for (const { branch, commit } of branches) {
    const ref = `refs/heads/${branch}`;
    const found = await readRef(ws, ref);
    if (found === undefined || found === commit) continue;
    const where = await checkedOutAt(ws, ref);
    if (where !== undefined) {
      throw new UserError(`${branch} is checked out in ${where}; moving it would change that checkout`, {
        fix: `git -C '${where}' switch --detach`,
      });
    }
    if (force) continue;
    throw new UserError(`${branch} is there already, on ${found.slice(0, 7)}; it would be on ${commit.slice(0, 7)}`, {
      fix: "nightyard finalize --force   # the old one stays reachable below refs/nightyard",
      exitCode: EXIT.failed,
    });
  }
}

/** Makes the branches, all or none; one that stood elsewhere is kept below `refs/nightyard/<tag>/replaced/` first. */
export async function makeBranches(
  ws: Workspace,
  tag: string,
  branches: readonly Branch[],
): Promise<readonly string[]> {
  const kept: string[] = [];
  const lines: string[] = [];
  for (const { branch, commit } of branches) {
    const ref = `refs/heads/${branch}`;
    const found = await readRef(ws, ref);
    if (found === commit) continue;
    if (found !== undefined) {
      const aside = `refs/nightyard/${tag}/replaced/${branch.split("/").at(-1)}-${found.slice(0, 12)}`;
      await keepProposal(ws, aside, found);
      kept.push(aside);
    }
    lines.push(`update ${ref} ${commit} ${found ?? "0".repeat(commit.length)}\n`);
  }
  if (lines.length > 0) await git(["update-ref", "--stdin"], { cwd: ws.root, input: lines.join("") });
  return kept;
}
