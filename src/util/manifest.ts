/**
 * The content of a folder as a list of hashes, taken once and checked again later.
 *
 * A check reads a file again only when its size, inode or change time differ: the change time of a file cannot be set
 * back without setting the machine's clock, so an edit always shows. Symbolic links count by their target, and are not
 * followed.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";

export interface ManifestEntry {
  readonly sha256: string;
  /** size, inode and change time: equal means unread and unchanged. */
  readonly stamp: string;
}

export type Manifest = Readonly<Record<string, ManifestEntry>>;

/** Hashes every file below `dir`; paths are relative with forward slashes. */
export async function takeManifest(dir: string): Promise<Manifest> {
  const manifest: Record<string, ManifestEntry> = Object.create(null);
  for (const path of await listFiles(dir)) {
    const at = join(dir, path);
    manifest[path] = { sha256: await hashFile(at), stamp: await stampOf(at) };
  }
  return manifest;
}

/** Paths that were added, removed or changed since; empty when the folder is as it was. */
export async function differences(dir: string, manifest: Manifest): Promise<readonly string[]> {
  const now = new Set(await listFiles(dir).catch(() => []));
  const changed = Object.keys(manifest).filter((path) => !now.has(path));
  for (const path of now) {
    const entry = manifest[path];
    const at = join(dir, path);
    if (entry === undefined) changed.push(path);
    else if ((await stampOf(at)) !== entry.stamp && (await hashFile(at)) !== entry.sha256) changed.push(path);
  }
  return changed.sort();
}

/** One hash for the whole folder: of its paths and contents, in order. */
export function digest(manifest: Manifest): string {
  const hash = createHash("sha256");
  for (const path of Object.keys(manifest).sort()) hash.update(`${path}\0${manifest[path]?.sha256}\n`);
  return hash.digest("hex");
}

async function listFiles(dir: string, below = ""): Promise<string[]> {
  const entries = await readdir(join(dir, below), { withFileTypes: true });
  const lists = await Promise.all(
    entries.map(async (entry) => {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      return entry.isDirectory() ? listFiles(dir, path) : [path];
    }),
  );
  return lists.flat();
}

async function stampOf(file: string): Promise<string> {
  const s = await lstat(file, { bigint: true });
  return `${s.size}:${s.ino}:${s.ctimeNs}:${s.mode}`;
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  const stat = await lstat(file);
  if (stat.isSymbolicLink()) return hash.update(`link:${await readlink(file)}`).digest("hex");
  if (!stat.isFile()) return hash.update(`special:${stat.mode}`).digest("hex");
  hash.update(`mode:${stat.mode & 0o111}\0`);
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
