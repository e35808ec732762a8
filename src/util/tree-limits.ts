/**
 * What a tree of processes may take, and whether it has taken more: watched from outside four times a second, so a tree
 * may be over a limit for that long. Where there is a cgroup the kernel holds memory and tasks besides.
 */
import { lstatSync, readdirSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { type ProcessRow, proportionalBytes } from "./processes.ts";

export interface TreeLimits {
  /** Resident memory of all its processes; shared pages count once. */
  readonly memoryBytes: number;
  /** Processes at one time; a cgroup counts threads too. */
  readonly processes: number;
  /** What its folders may hold more than at its start. */
  readonly diskBytes: number;
  /** Folders that it writes to; absolute. */
  readonly folders: readonly string[];
}

/** Which limit was passed: memory has an outcome of its own. */
export interface Passed {
  readonly what: "memory" | "processes" | "disk";
  readonly why: string;
}

/** The disk is left with this much for the ledger, whatever a run wants. */
const MIN_FREE_BYTES = 512 * 2 ** 20;
/** Of a folder with more entries than this only so many are counted in one look. */
const MAX_ENTRIES = 20_000;

/** The first limit on memory or processes that these rows are over. */
export function passedBy(rows: readonly ProcessRow[], limits: TreeLimits): Passed | undefined {
  if (rows.length > limits.processes) {
    return { what: "processes", why: `${rows.length} processes at one time; ${limits.processes} are allowed` };
  }
  const plain = rows.reduce((sum, row) => sum + row.residentBytes, 0);
  if (plain <= limits.memoryBytes) return undefined;
  const shared = rows.reduce((sum, row) => sum + (proportionalBytes(row.pid) ?? row.residentBytes), 0);
  if (shared <= limits.memoryBytes) return undefined;
  return { what: "memory", why: `${mib(shared)} MiB resident; ${mib(limits.memoryBytes)} MiB are allowed` };
}

/** Whether the folders hold too much, or the disk is nearly full. `before`: what they held at the start. */
export function passedOnDisk(limits: TreeLimits, before: number): Passed | undefined {
  const used = diskBytesOf(limits.folders) - before;
  if (used > limits.diskBytes) {
    return { what: "disk", why: `${mib(used)} MiB written; ${mib(limits.diskBytes)} MiB are allowed` };
  }
  const free = Math.min(...limits.folders.map(freeBytes));
  if (free >= MIN_FREE_BYTES || used < MIN_FREE_BYTES / 8) return undefined;
  return { what: "disk", why: `${mib(used)} MiB written, and only ${mib(free)} MiB are left on the disk` };
}

/** Bytes that the files below these folders take on the disk; links are not followed. */
export function diskBytesOf(folders: readonly string[]): number {
  const walk = { left: MAX_ENTRIES, bytes: 0 };
  for (const folder of folders) addFolder(walk, folder);
  return walk.bytes;
}

function addFolder(walk: { left: number; bytes: number }, folder: string): void {
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (walk.left-- <= 0) return;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) addFolder(walk, path);
      else walk.bytes += lstatSync(path).blocks * 512;
    }
  } catch {
    // It was removed while it was read.
  }
}

function freeBytes(folder: string): number {
  try {
    const fs = statfsSync(folder);
    return fs.bavail * fs.bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function mib(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
