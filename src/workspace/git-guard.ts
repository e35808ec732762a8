/**
 * The repository's own settings and hooks, remembered before an agent's turn and restored after it: a worktree shares
 * them with the person's checkout, and a hook or a setting planted there would run as the person later.
 *
 * A file whose size, inode and change time are as before is not read again: the change time cannot be set back.
 */
import { lstat, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Workspace } from "../workspace.ts";

interface Remembered {
  readonly stamp: string;
  readonly content: Buffer;
}

/** Watched files by path relative to the git folder. */
export type GitSettings = ReadonlyMap<string, Remembered>;

/** What of the git folder can make git run a program, or take one object for another. */
const WATCHED = ["config", "config.worktree", "hooks", "info", "refs/replace"];

/** The watched files as they are now; `known` spares reading those that did not change. */
export async function readGitSettings(ws: Workspace, known?: GitSettings): Promise<GitSettings> {
  const paths = (await Promise.all(WATCHED.map((name) => filesBelow(ws.gitDir, name)))).flat();
  const entries = await Promise.all(
    paths.map(async (path): Promise<[string, Remembered]> => {
      const stamp = await stampOf(join(ws.gitDir, path));
      const before = known?.get(path);
      const content = before?.stamp === stamp ? before.content : await readFile(join(ws.gitDir, path));
      return [path, { stamp, content }];
    }),
  );
  return new Map(entries);
}

/** Puts back what a turn changed, added or removed; answers those paths, empty when nothing was. */
export async function restoreGitSettings(ws: Workspace, before: GitSettings): Promise<readonly string[]> {
  const now = await readGitSettings(ws, before);
  const touched: string[] = [];
  for (const [path, { content }] of before) {
    if (now.get(path)?.content.equals(content)) continue;
    touched.push(path);
    await rm(join(ws.gitDir, path), { recursive: true, force: true });
    await mkdir(dirname(join(ws.gitDir, path)), { recursive: true });
    await writeFile(join(ws.gitDir, path), content, { mode: path.startsWith("hooks/") ? 0o755 : 0o644 });
  }
  for (const path of now.keys()) {
    if (before.has(path)) continue;
    touched.push(path);
    await rm(join(ws.gitDir, path), { force: true });
  }
  return touched;
}

async function stampOf(file: string): Promise<string> {
  const s = await lstat(file, { bigint: true });
  return `${s.size}:${s.ino}:${s.ctimeNs}`;
}

async function filesBelow(root: string, path: string): Promise<string[]> {
  const entries = await readdir(join(root, path), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    if (error.code === "ENOTDIR") return undefined;
    throw error;
  });
  if (entries === undefined) return [path];
  const lists = await Promise.all(
    entries.map((entry) =>
      entry.isDirectory() ? filesBelow(root, `${path}/${entry.name}`) : [`${path}/${entry.name}`],
    ),
  );
  return lists.flat();
}
