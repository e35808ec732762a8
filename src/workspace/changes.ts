/**
 * What an agent really did to its worktree, as git and the file system tell it, and what of it is not allowed.
 *
 * git is asked with the repository's own folder and an index that was copied before the agent's turn, so nothing that
 * the agent writes into its worktree (a `.git` file, index flags, attributes) decides what is seen. Ignored files are
 * not looked at: they never reach a commit, and runs take place in a fresh checkout.
 */
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { git } from "../util/git.ts";
import type { Workspace } from "../workspace.ts";
import type { Checkout } from "./checkouts.ts";
import { hasBytesOf } from "./rewritten.ts";

/** One changed path, relative to the repository's top. */
export interface Change {
  readonly path: string;
  readonly kind: "added" | "modified" | "deleted";
}

/** Something a proposal may not do; `what` is the name under which it is recorded. */
export interface Violation {
  readonly what:
    | "out of scope"
    | "mode"
    | "symlink"
    | "submodule"
    | "git file"
    | "hard link"
    | "special file"
    | "name"
    | "size";
  readonly path: string;
}

export interface Changes {
  readonly changes: readonly Change[];
  readonly violations: readonly Violation[];
}

/** Largest file and largest sum of changed files that a proposal may have; 2 MiB of text is about 50,000 lines. */
export const MAX_FILE_BYTES = 1024 * 1024;
export const MAX_PROPOSAL_BYTES = 2 * 1024 * 1024;
/** Most files that a proposal may touch, deleted ones too, and the longest path: what an event of the ledger holds. */
export const MAX_PROPOSAL_FILES = 500;
const MAX_PATH_BYTES = 900;

/**
 * Reads the changes of a worktree against the index kept for it. `allowed` says which lab-relative paths may change.
 */
export async function readChanges(
  ws: Workspace,
  checkout: Checkout,
  indexFile: string,
  allowed: (labPath: string) => boolean,
): Promise<Changes> {
  const options = { cwd: checkout.dir, env: { GIT_INDEX_FILE: indexFile } };
  const where = [`--git-dir=${ws.gitDir}`, `--work-tree=${checkout.dir}`];
  const [raw, others] = await Promise.all([
    git([...where, "diff-files", "--raw", "-z", "--no-abbrev", "--no-renames", "--ignore-submodules=none"], options),
    git([...where, "ls-files", "--others", "--exclude-standard", "-z"], options),
  ]);
  const found = [...(await reallyChanged(checkout.dir, parseRaw(raw))), ...parseOthers(others)];
  // Only a new name can be a twin of one that is there.
  const tracked = found.some((c) => c.kind === "added") ? await git([...where, "ls-files", "-z"], options) : "";
  const folded = new Set(tracked.split("\0").map(fold));
  const violations: Violation[] = [];
  let bytes = 0;
  for (const change of found) {
    const seen = await inspect(checkout.dir, change);
    bytes += seen.bytes;
    const clash = change.kind === "added" && folded.has(fold(change.path));
    const what = seen.violation ?? nameViolation(change.path, clash) ?? scopeViolation(ws, change.path, allowed);
    if (what !== undefined) violations.push({ what, path: printable(change.path) });
  }
  if (found.length > MAX_PROPOSAL_FILES) violations.push({ what: "size", path: `${found.length} files` });
  if (bytes > MAX_PROPOSAL_BYTES) violations.push({ what: "size", path: `${bytes} bytes in ${found.length} files` });
  return { changes: found, violations };
}

interface RawChange extends Change {
  readonly oldMode?: string | undefined;
  readonly newMode?: string | undefined;
  /** The blob that it was. */
  readonly oldId?: string | undefined;
}

/** Without the files that were only written again as they were; one after the other, however many were touched. */
async function reallyChanged(dir: string, changes: readonly RawChange[]): Promise<readonly RawChange[]> {
  const left: RawChange[] = [];
  for (const change of changes) {
    const { path, kind, oldMode = "", newMode, oldId = "" } = change;
    const isFile = kind === "modified" && oldMode === newMode && oldMode.startsWith("100");
    if (!isFile || !(await hasBytesOf(join(dir, path), oldId))) left.push(change);
  }
  return left;
}

function parseRaw(raw: string): RawChange[] {
  const parts = raw.split("\0");
  const changes: RawChange[] = [];
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const [oldMode = "", newMode = "", oldId = "", , status = ""] = (parts[i] ?? "").slice(1).split(" ");
    const kind = status.startsWith("D") ? "deleted" : "modified";
    changes.push({ path: parts[i + 1] ?? "", kind, oldMode, newMode, oldId });
  }
  return changes;
}

function parseOthers(others: string): RawChange[] {
  return others
    .split("\0")
    .filter((path) => path !== "")
    .map((path) => ({ path, kind: "added" }));
}

async function inspect(
  dir: string,
  change: RawChange,
): Promise<{ readonly bytes: number; readonly violation?: Violation["what"] }> {
  if (change.oldMode === "160000" || change.path.endsWith("/")) return { bytes: 0, violation: "submodule" };
  if (change.kind === "deleted") return { bytes: 0 };
  const stat = await lstat(join(dir, change.path));
  if (stat.isSymbolicLink()) return { bytes: 0, violation: "symlink" };
  if (!stat.isFile()) return { bytes: 0, violation: "special file" };
  if (stat.nlink > 1) return { bytes: stat.size, violation: "hard link" };
  const executable = (stat.mode & 0o111) !== 0;
  if (executable !== (change.oldMode === "100755")) return { bytes: stat.size, violation: "mode" };
  if (stat.size > MAX_FILE_BYTES) return { bytes: stat.size, violation: "size" };
  return { bytes: stat.size };
}

const GIT_FILES = new Set([".git", ".gitattributes", ".gitmodules", ".gitignore"]);

function nameViolation(path: string, clash: boolean): Violation["what"] | undefined {
  if (path.split("/").some((part) => GIT_FILES.has(part.toLowerCase()))) return "git file";
  if (clash || Buffer.byteLength(path) > MAX_PATH_BYTES || refusedByGit(path)) return "name";
  if (/[\u0000-\u001f\u007f\\]/.test(path) || path.includes("\ufffd")) return "name";
  return undefined;
}

/** What git takes for `.git` on other systems (HFS+, NTFS), and so does not store on any. */
function refusedByGit(path: string): boolean {
  return path
    .split("/")
    .some((part) =>
      /^(\.git|git~\d+)[ .]*(:.*)?$/i.test(part.replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, "")),
    );
}

function scopeViolation(
  ws: Workspace,
  path: string,
  allowed: (labPath: string) => boolean,
): Violation["what"] | undefined {
  if (!path.startsWith(ws.prefix)) return "out of scope";
  return allowed(path.slice(ws.prefix.length)) ? undefined : "out of scope";
}

/** Two names that are one file where case or Unicode form does not count. */
function fold(path: string): string {
  return path.normalize("NFKC").toLowerCase();
}

function printable(path: string): string {
  return path.replace(/[\u0000-\u001f\u007f]/g, "?").slice(0, 200);
}
