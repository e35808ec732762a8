/**
 * Brings a proposal that was made on an earlier champion onto the present one: a three-way merge of trees, without a
 * worktree, without an index, without touching any branch.
 */
import type { Commit, Proposal } from "../experiment.ts";
import { git, tryGit } from "../util/git.ts";
import type { Workspace } from "../workspace.ts";
import { proposalOf } from "./proposal.ts";

export type Rebased =
  | { readonly kind: "clean"; readonly proposal: Proposal }
  /** The champion has all of it already. */
  | { readonly kind: "empty" }
  /** Files that both changed on the same lines. */
  | { readonly kind: "conflict"; readonly files: readonly string[] };

const USAGE = 129;

/** The proposal on the new parent, not yet reachable: `keepProposal` makes it so. */
export async function rebase(
  ws: Workspace,
  proposal: Proposal,
  onto: Commit,
  by: { readonly experiment: string; readonly agent: string },
): Promise<Rebased> {
  // The proposal's parent was champion, so it is an ancestor of the present one: git finds the base by itself.
  const words = ["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", onto, proposal.commit];
  const merged = await tryGit(words, { cwd: ws.root });
  const [tree = "", ...files] = merged.stdout.split("\0").filter((part) => part !== "");
  // Before git 2.38 there is no merge without a worktree; the agent then makes its change again.
  if (merged.code === USAGE) return { kind: "conflict", files: proposal.files };
  if (merged.code === 1) return { kind: "conflict", files };
  if (merged.code !== 0) throw new Error(`git merge-tree failed: ${merged.stderr}`);
  if (tree === (await git(["rev-parse", `${onto}^{tree}`], { cwd: ws.root })).trim()) return { kind: "empty" };
  const { hypothesis, description } = proposal;
  return { kind: "clean", proposal: await proposalOf(ws, { ...by, parent: onto, hypothesis, description }, tree) };
}
