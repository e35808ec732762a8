/**
 * The files in scope that may hold constants, read and written with nothing but the literals changed.
 *
 * Promises: never follows a symbolic link, never leaves the lab folder, skips `node_modules`, `.git`, files above
 * 256 KiB, binary files and text that is not UTF-8 (writing it back would change other bytes). The order is the same on
 * every machine. At most 20,000 entries are looked at and 200 files read.
 */
import { constants, type Dirent } from "node:fs";
import { chmod, type FileHandle, lstat, open, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { matchesScope } from "../../program/scope.ts";
import { hasReader } from "./readers.ts";

const MOST_ENTRIES = 20_000;
const MOST_FILES = 200;
export const MOST_BYTES = 256 * 1024;
const SKIPPED = new Set(["node_modules", ".git", ".nightyard", ".venv", "__pycache__"]);
/** Written by tools; their numbers are no settings of an experiment. */
const TOOL_FILES = /(?:^|\/)(?:package(?:-lock)?|tsconfig[^/]*|biome|\.?eslintrc[^/]*|composer)\.jsonc?$|lock\.ya?ml$/;

/** Paths relative to `dir`, sorted. */
export async function filesInScope(
  dir: string,
  scope: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = new Set<string>();
  const budget = { entries: MOST_ENTRIES };
  for (const glob of scope.filter((g) => !g.startsWith("!"))) {
    await visit({ dir, scope, signal, found, budget }, fixedPart(glob));
  }
  return [...found].sort().slice(0, MOST_FILES);
}

/** The folders (or the file) in front of the first wildcard, so that a large tree beside them is not walked. */
function fixedPart(glob: string): readonly string[] {
  const parts = glob.split("/").filter((part) => part !== "" && part !== ".");
  const wild = parts.findIndex((part) => /[*?[\]{}()!+@\\]/.test(part));
  return wild < 0 ? parts : parts.slice(0, wild);
}

interface Visit {
  readonly dir: string;
  readonly scope: readonly string[];
  readonly signal: AbortSignal;
  readonly found: Set<string>;
  readonly budget: { entries: number };
}

/** Starts where a glob's fixed part ends: a file, or a folder to walk. Nothing on the way may be a link. */
async function visit(walk: Visit, parts: readonly string[]): Promise<void> {
  if (parts.some((part) => part === ".." || SKIPPED.has(part))) return;
  let kind: "file" | "folder" | undefined = "folder";
  for (let i = 1; i <= parts.length && kind === "folder"; i++) {
    kind = await kindOf(join(walk.dir, ...parts.slice(0, i)));
    if (kind === "file" && i < parts.length) return;
  }
  if (kind === "file") consider(walk, parts.join("/"));
  if (kind === "folder") await walkFolder(walk, parts.join("/"));
}

async function kindOf(path: string): Promise<"file" | "folder" | undefined> {
  // A glob may name what is not there (yet).
  const stat = await lstat(path).catch(() => undefined);
  return stat?.isFile() ? "file" : stat?.isDirectory() ? "folder" : undefined;
}

async function walkFolder(walk: Visit, from: string): Promise<void> {
  const queue = [from];
  for (let folder = queue.shift(); folder !== undefined; folder = queue.shift()) {
    walk.signal.throwIfAborted();
    // A folder that may not be read holds nothing for us.
    const entries: Dirent[] = await readdir(join(walk.dir, folder), { withFileTypes: true }).catch(() => []);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (walk.budget.entries-- <= 0) return;
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) queue.push(path);
      else if (entry.isFile()) consider(walk, path);
    }
  }
}

function consider(walk: Visit, path: string): void {
  if (hasReader(path) && !TOOL_FILES.test(path) && matchesScope(walk.scope, path)) walk.found.add(path);
}

/** The text of a file, or undefined when it is too large, binary, not UTF-8 or not a plain file. */
export async function readText(dir: string, file: string): Promise<string | undefined> {
  const handle = await openPlain(join(dir, file), constants.O_RDONLY);
  if (handle === undefined) return undefined;
  try {
    const stat = await handle.stat();
    if (!stat.isFile() || stat.size > MOST_BYTES) return undefined;
    const bytes = await handle.readFile();
    if (bytes.length > MOST_BYTES || bytes.includes(0)) return undefined;
    // The mark at the start is kept, so that it is written back.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Not UTF-8, or unreadable: not a file of ours.
    return undefined;
  } finally {
    await handle.close();
  }
}

async function openPlain(path: string, flags: number): Promise<FileHandle | undefined> {
  try {
    return await open(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    // Gone, a link, or not ours to read: the same as not there.
    return undefined;
  }
}

/**
 * Writes a file that is there; its mode stays. A new file takes its place, so that nothing is half written, and a hard
 * link from elsewhere keeps what it had. Rejects with what the system says.
 */
export async function writeText(dir: string, file: string, text: string): Promise<void> {
  const path = join(dir, file);
  const { mode } = await lstat(path);
  const draft = `${path}.nightyard-${process.pid}`;
  try {
    await writeFile(draft, text, { encoding: "utf8", mode, flag: "wx" });
    // The umask may have taken bits away.
    await chmod(draft, mode);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
