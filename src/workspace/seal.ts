/**
 * The sealed copy: the repository's files at the session's base commit, read-only, named by the commit, hashed before
 * and after every run. `prepare` and `evaluate` run from it, so an edit made anywhere else cannot reach them.
 *
 * Not covered: a process of the same user can still write there; it is then noticed, its run is void and the copy is
 * made again from git's objects. The sandbox is what keeps it from being written at all.
 */
import { chmod, lstat, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Commit } from "../experiment.ts";
import { differences, type Manifest, takeManifest } from "../util/manifest.ts";
import type { Workspace } from "../workspace.ts";
import { type Checkout, checkoutFiles } from "./checkouts.ts";

export interface Seal {
  readonly commit: Commit;
  readonly checkout: Checkout;
  readonly manifest: Manifest;
}

/** Makes the sealed copy afresh (about 10 ms for a small repository) and remembers its hashes. */
export async function makeSeal(ws: Workspace, commit: Commit): Promise<Seal> {
  const dir = join(ws.stateDir, "sealed", commit.slice(0, 12));
  const checkout: Checkout = { dir, labDir: join(dir, ws.prefix) };
  const fresh: Checkout = { dir: `${dir}.new`, labDir: join(`${dir}.new`, ws.prefix) };
  await checkoutFiles(ws, fresh, commit);
  await removeSealed(dir);
  await rename(fresh.dir, dir);
  await setWritable(dir, false);
  return { commit, checkout, manifest: await takeManifest(dir) };
}

/** Paths in the sealed copy that are not as they were sealed; empty is good. */
export async function brokenSeals(seal: Seal): Promise<readonly string[]> {
  return differences(seal.checkout.dir, seal.manifest);
}

async function removeSealed(dir: string): Promise<void> {
  await setWritable(dir, true).catch(() => undefined);
  await rm(dir, { recursive: true, force: true });
}

async function setWritable(dir: string, writable: boolean): Promise<void> {
  if (writable) await chmod(dir, 0o755);
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const at = join(dir, entry.name);
    if (entry.isDirectory()) await setWritable(at, writable);
    else if (entry.isFile() && !writable) await chmod(at, 0o444 | ((await lstat(at)).mode & 0o111));
  }
  if (!writable) await chmod(dir, 0o555);
}
