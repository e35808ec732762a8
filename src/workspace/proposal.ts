/**
 * Turns what an agent left in its worktree into a commit. The harness commits, never the agent: blobs are written byte
 * for byte (no filters, no attributes), on top of the parent's tree, by git's plumbing; no hook runs.
 */
import { constants } from "node:fs";
import { copyFile, open, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { changeFacts, flagsOf, hunksOf, printsOf } from "../change-facts.ts";
import type { Commit, Proposal } from "../experiment.ts";
import { git, tryGit } from "../util/git.ts";
import { oneLine, plainText } from "../util/text.ts";
import type { Workspace } from "../workspace.ts";
import type { Change } from "./changes.ts";
import type { Checkout } from "./checkouts.ts";

/** Copies a fresh worktree's index to a place of ours; to be called before the agent's turn. Returns its path. */
export async function saveIndex(ws: Workspace, checkout: Checkout): Promise<string> {
  const gitFile = await readFile(join(checkout.dir, ".git"), "utf8");
  const admin = resolve(checkout.dir, gitFile.replace(/^gitdir: /, "").trim());
  if (!admin.startsWith(ws.gitDir)) throw new Error(`worktree ${checkout.dir} belongs to another repository`);
  const saved = `${checkout.dir}.index`;
  await copyFile(join(admin, "index"), saved);
  return saved;
}

/** Makes a saved index that of another commit, with the times of the worktree's files, so that only bytes count. */
export async function resetIndex(ws: Workspace, checkout: Checkout, saved: string, commit: Commit): Promise<void> {
  const options = { cwd: checkout.dir, env: { GIT_INDEX_FILE: saved } };
  await git(["read-tree", commit], { ...options, cwd: ws.root });
  const where = [`--git-dir=${ws.gitDir}`, `--work-tree=${checkout.dir}`];
  // Exits with 1 when some file differs, which is what a proposal does.
  await tryGit([...where, "update-index", "-q", "--really-refresh"], options);
}

export interface CommitRequest {
  readonly parent: Commit;
  readonly changes: readonly Change[];
  readonly hypothesis: string;
  readonly description: string;
  /** "nov24/12": names the experiment in the commit's trailer. */
  readonly experiment: string;
  readonly agent: string;
}

/** Commits the changed files of a worktree. The commit is not yet reachable: `keepProposal` makes it so. */
export async function commitChanges(
  ws: Workspace,
  checkout: Checkout,
  indexFile: string,
  request: CommitRequest,
): Promise<Proposal> {
  const entries: string[] = [];
  for (const change of request.changes) entries.push(await indexEntry(ws, checkout, change));
  const index = { cwd: ws.root, env: { GIT_INDEX_FILE: indexFile } };
  await git(["update-index", "-z", "--index-info"], { ...index, input: entries.join("") });
  return proposalOf(ws, request, (await git(["write-tree"], index)).trim());
}

/** What a commit says beside its files. */
export type CommitWords = Omit<CommitRequest, "changes">;

/** Commits a tree on a parent and reads what it changes. The commit is not yet reachable. */
export async function proposalOf(ws: Workspace, request: CommitWords, tree: string): Promise<Proposal> {
  const show = ["diff-tree", "-r", "--numstat", "-p", "--no-ext-diff", "--no-textconv", request.parent, tree];
  const [commit, diff] = await Promise.all([
    git(["commit-tree", tree, "-p", request.parent, "-F", "-"], commitOptions(ws, request)),
    tryGit(show, { cwd: ws.root }),
  ]);
  // Too long to be read as a whole: a large file was removed. Its lines are counted, and it is no simplification.
  const counts = ["diff-tree", "-r", "--numstat", request.parent, tree];
  const whole = diff.code === 0 ? diff.stdout : await git(counts, { cwd: ws.root });
  const { stats, patch } = splitDiff(whole);
  const facts = changeFacts(patch);
  return {
    commit: commit.trim() as Commit,
    parent: request.parent,
    tree,
    hypothesis: oneLine(request.hypothesis, 200),
    description: plainText(request.description, 2000),
    // What removes code is judged as a simplification, whatever the agent calls it.
    intent: facts.codeRemoved > facts.codeAdded ? "simplify" : "improve",
    flags: flagsOf(facts),
    hunks: hunksOf(patch),
    prints: printsOf(patch),
    ...parseNumstat(stats),
  };
}

function commitOptions(ws: Workspace, request: CommitWords) {
  const title = oneLine(request.hypothesis, 72) || "a proposal without a hypothesis";
  const body = plainText(request.description, 2000);
  const input = `${title}\n\n${body === "" ? "" : `${body}\n\n`}Nightyard-Experiment: ${request.experiment}\n`;
  const agent = oneLine(request.agent, 60) || "agent";
  const env = {
    GIT_AUTHOR_NAME: agent,
    GIT_AUTHOR_EMAIL: "agent@nightyard.invalid",
    GIT_COMMITTER_NAME: "Nightyard",
    GIT_COMMITTER_EMAIL: "harness@nightyard.invalid",
  };
  return { cwd: ws.root, input, env };
}

async function indexEntry(ws: Workspace, checkout: Checkout, change: Change): Promise<string> {
  if (change.kind === "deleted") return `0 ${"0".repeat(40)}\t${change.path}\0`;
  // Opened without following links, so that a file swapped for a link after the check is an error, not a read.
  const file = await open(join(checkout.dir, change.path), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const mode = ((await file.stat()).mode & 0o111) === 0 ? "100644" : "100755";
    const bytes = await file.readFile();
    const blob = await git(["hash-object", "-w", "--no-filters", "--stdin"], { cwd: ws.root, input: bytes });
    return `${mode} ${blob.trim()}\t${change.path}\0`;
  } finally {
    await file.close();
  }
}

/** git prints the counts, an empty line, and the patch. */
function splitDiff(diff: string): { readonly stats: string; readonly patch: string } {
  const at = diff.indexOf("\n\n");
  return at < 0 ? { stats: diff, patch: "" } : { stats: diff.slice(0, at), patch: diff.slice(at + 2) };
}

function parseNumstat(numstat: string): Pick<Proposal, "files" | "linesAdded" | "linesRemoved"> {
  const rows = numstat
    .split("\n")
    .filter((row) => row !== "")
    .map((row) => row.split("\t"));
  const sum = (column: number) => rows.reduce((total, row) => total + (Number(row[column]) || 0), 0);
  return { files: rows.map((row) => row[2] ?? ""), linesAdded: sum(0), linesRemoved: sum(1) };
}
