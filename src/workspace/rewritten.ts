/**
 * Whether a file that git takes for changed has the bytes that it had: git's quick look compares times and sizes, so a
 * file that was written again with the same bytes, or only touched, looks changed until its content is read.
 *
 * The bytes themselves are compared, not what git's filters would make of them: attributes in a worktree are the
 * agent's. Where a filter made the file at checkout (line ends, LFS), it therefore counts as changed, as before.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";

/** A blob's id of git's: SHA-1, or SHA-256 where the repository was made so, over a header and the bytes. */
export async function hasBytesOf(file: string, blob: string): Promise<boolean> {
  const stat = await lstat(file);
  // A link to the same bytes elsewhere is a change of its own kind, and is told as one.
  if (!stat.isFile() || stat.nlink > 1) return false;
  const hash = createHash(blob.length === 64 ? "sha256" : "sha1").update(`blob ${stat.size}\0`);
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex") === blob;
}
