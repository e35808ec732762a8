/**
 * Links that a run left in its folder and that lead to what the harness keeps for itself: held-out data, the sealed
 * copy, other runs. The evaluator may read those, so a link in place of an artefact would hand it the answers.
 *
 * Links to anywhere else (a Python environment's interpreter, a cache) are ordinary. Not covered: a copy; a run cannot
 * read what it would copy as long as it is fenced.
 */
import { lstat, readdir, readlink } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import type { Manifest } from "../util/manifest.ts";
import type { Workspace } from "../workspace.ts";
import type { Checkout } from "./checkouts.ts";

/** At most so many entries of a run's folder are looked at. */
const MAX_ENTRIES = 50_000;

export interface Kept {
  /** Folders of the state folder that a run may link to; absolute. */
  readonly open: readonly string[];
  /** What no run may have under another name. */
  readonly manifest: Manifest;
}

/** Paths in the run's folder that are such links, at most 10; empty is good. */
export async function outgoingLinks(ws: Workspace, checkout: Checkout, kept: Kept): Promise<readonly string[]> {
  const inodes = new Set(Object.values(kept.manifest).map(({ stamp }) => stamp.split(":")[1]));
  const allowed = [checkout.dir, join(ws.stateDir, "node_modules"), ...kept.open];
  const isBad = async (at: string, isLink: boolean) => {
    if (!isLink && inodes.size === 0) return false;
    if (!isLink) {
      const { nlink, ino } = await lstat(at, { bigint: true });
      return nlink > 1n && inodes.has(String(ino));
    }
    const target = resolve(dirname(at), await readlink(at));
    return isBelow(target, ws.stateDir) && !allowed.some((dir) => isBelow(target, dir));
  };
  const found: string[] = [];
  const left = { entries: MAX_ENTRIES };
  await walk(checkout.dir, left, async (at, isLink) => {
    if (found.length < 10 && (await isBad(at, isLink).catch(() => false)))
      found.push(at.slice(checkout.dir.length + 1));
  });
  return found;
}

async function walk(
  dir: string,
  left: { entries: number },
  visit: (at: string, isLink: boolean) => Promise<void>,
): Promise<void> {
  for (const entry of await readdir(dir, { withFileTypes: true }).catch(() => [])) {
    if (left.entries-- <= 0) return;
    const at = join(dir, entry.name);
    if (entry.isSymbolicLink()) await visit(at, true);
    else if (entry.isDirectory()) await walk(at, left, visit);
    else if (entry.isFile()) await visit(at, false);
  }
}

function isBelow(path: string, dir: string): boolean {
  return path === dir || path.startsWith(`${dir}${sep}`);
}
