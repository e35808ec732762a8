/**
 * What a classic prepare.py says about itself: where below ~/.cache it keeps its data, whether that is there already,
 * and how long a run trains. Read from its text, never by running it.
 *
 * Not covered: folders whose names are put together at run time; then nothing is taken as prepared.
 */
import { open, readdir, stat } from "node:fs/promises";
import os from "node:os";
import { join } from "node:path";
import type { ClassicFacts } from "./classic.ts";
import { MAX_SECONDS, MIN_SECONDS } from "./duration.ts";

/** Longer files are read to here: the constants stand at the top. */
const MAX_BYTES = 256 * 1024;
/** `~/.cache/name` or `".cache", "name"`: as people write it in Python. */
const CACHE = /\.cache(?:\/|["']\s*(?:,|\/)\s*["'])([A-Za-z0-9][\w.-]{0,63})/g;
const BELOW = /join\(\s*CACHE_DIR\s*,\s*["']([A-Za-z0-9][\w.-]{0,63})["']\s*\)/g;
const BUDGET = /^TIME_BUDGET\s*=\s*(\d+(?:\.\d+)?)\s*(?:#.*)?$/m;
/** Other programs' caches: a name of these is a library's, not the lab's data. */
const SHARED = new Set(["huggingface", "uv", "pip", "torch", "kernels"]);

/** The facts of the lab's prepare.py; undefined when there is none. `home`: where ~ is. */
export async function classicFacts(labDir: string, home = os.homedir()): Promise<ClassicFacts | undefined> {
  const text = await startOf(join(labDir, "prepare.py"));
  if (text === undefined) return undefined;
  const named = [...text.matchAll(CACHE)].map((match) => match[1]!.replace(/\.+$/, ""));
  const caches = [...new Set(named)].filter((name) => !SHARED.has(name)).slice(0, 8);
  const below = [...text.matchAll(BELOW)].map((match) => match[1]!);
  const folders = caches.flatMap((name) => (below.length === 0 ? [name] : below.map((part) => join(name, part))));
  const filled = await Promise.all(folders.map((folder) => isFilled(join(home, ".cache", folder))));
  // What knows of Nightyard's data folder fills that one too, whatever lies in the cache.
  const prepared = caches.length > 0 && filled.every(Boolean) && !text.includes("NIGHTYARD_");
  const seconds = Number(BUDGET.exec(text)?.[1]);
  const isTime = seconds >= MIN_SECONDS && seconds <= MAX_SECONDS;
  return { caches, prepared, budgetSeconds: isTime ? seconds : undefined };
}

/** A folder with something in it, or a file that is not empty. */
async function isFilled(path: string): Promise<boolean> {
  const at = await stat(path).catch(() => undefined);
  if (at?.isDirectory() !== true) return (at?.size ?? 0) > 0;
  return (await readdir(path).catch(() => [])).length > 0;
}

/** The first `MAX_BYTES` of a file as text, or undefined when it cannot be read. */
export async function startOf(file: string): Promise<string | undefined> {
  const handle = await open(file).catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
    return buffer.subarray(0, bytesRead).toString("utf8");
  } catch {
    return undefined;
  } finally {
    await handle.close();
  }
}
