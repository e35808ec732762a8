/**
 * The short commit ids of a file as full ones, where the lab's repository knows exactly one of that name. Nothing is
 * made up: what it does not know stays unknown.
 */
import type { Commit } from "../experiment.ts";
import { tryGit } from "../util/git.ts";

const ID = /^[0-9a-f]{7,64}$/i;

/** Full ids by what the file calls them. A folder that is no repository knows none. */
export async function knownCommits(folder: string, claimed: Iterable<string>): Promise<ReadonlyMap<string, Commit>> {
  const ids = [...new Set(claimed)].filter((id) => ID.test(id));
  if (ids.length === 0) return new Map();
  const args = ["cat-file", "--batch-check=%(objectname) %(objecttype)"];
  // One answer per line, in order; "missing" and "ambiguous" are answers too.
  const input = `${ids.map((id) => `${id}^{commit}`).join("\n")}\n`;
  const found = await tryGit(args, { cwd: folder, input }).catch(() => undefined);
  if (found === undefined || found.code !== 0) return new Map();
  const known = new Map<string, Commit>();
  for (const [index, line] of found.stdout.split("\n").entries()) {
    const [, full] = /^([0-9a-f]{40,64}) commit$/.exec(line) ?? [];
    const id = ids[index];
    if (full !== undefined && id !== undefined && full.startsWith(id.toLowerCase())) known.set(id, full as Commit);
  }
  return known;
}
