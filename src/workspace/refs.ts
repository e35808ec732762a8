/**
 * The names that git keeps for a session: every proposal under `refs/nightyard/<session>/<n>`, so that nothing is ever
 * collected, and the branch `autoresearch/<session>`, which only follows what the ledger says.
 */
import type { Commit } from "../experiment.ts";
import { git, tryGit } from "../util/git.ts";
import type { Workspace } from "../workspace.ts";

/** The branch of kept commits. */
export function branchOf(tag: string): string {
  return `autoresearch/${tag}`;
}

/** Where a proposal is kept for good; `turn` > 0 is a repair of the same experiment. */
export function proposalRef(tag: string, experiment: number, turn: number): string {
  return `refs/nightyard/${tag}/${experiment}${turn === 0 ? "" : `-repair-${turn}`}`;
}

/** Makes a commit reachable for good, before the ledger speaks of it. */
export async function keepProposal(ws: Workspace, ref: string, commit: Commit): Promise<void> {
  await git(["update-ref", ref, commit], { cwd: ws.root });
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
    await git(["update-ref", ref, to, found], { cwd: ws.root });
    return { kind: "restored", savedAs, found };
  }
  await git(["update-ref", ref, to, found ?? ""], { cwd: ws.root });
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
