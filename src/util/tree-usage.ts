/**
 * Adds up what a whole tree of processes took, from looks at the process table every 250 ms or so.
 *
 * Memory: the most that was resident at one look. Pages shared between processes are counted once: while the plain sum
 * of resident sizes stays below the peak nothing more is read, and only a possible new peak is measured by proportional
 * size (costly: the kernel walks the page table). A single process's own high-water mark, which also knows what
 * happened between two looks, is respected. A tree that ended before the first look has no number.
 * Processor time: what the kernel booked, in steps of 10 ms. Not covered: children that ended without being waited for.
 */
import { highWaterBytes, type ProcessRow, proportionalBytes } from "./processes.ts";

interface Seen {
  readonly start: string;
  /** Its parent was a member at the last look, so its time is booked there when it ends. */
  readonly waitedFor: boolean;
  readonly cpuSeconds: number;
}

export interface TreeUsage {
  peakBytes: number | undefined;
  /** Of all members that were seen, and of what they had waited for, at the last look that saw any. */
  seenCpuSeconds: number | undefined;
  /** Of members that ended without a member as parent: daemons. */
  strayCpuSeconds: number;
  seen: ReadonlyMap<number, Seen>;
}

/** Usage of a tree that was not looked at yet. */
export function openUsage(): TreeUsage {
  return { peakBytes: undefined, seenCpuSeconds: undefined, strayCpuSeconds: 0, seen: new Map() };
}

/** Takes one look into account: `rows` are all living members, `root` the process we started ourselves. */
export function observe(usage: TreeUsage, rows: readonly ProcessRow[], root: number): void {
  const now = new Map<number, Seen>();
  const alive = new Set(rows.map((row) => row.pid));
  for (const row of rows) {
    const waitedFor = row.pid === root || alive.has(row.parent);
    now.set(row.pid, { start: row.start, waitedFor, cpuSeconds: row.cpuSeconds + row.waitedCpuSeconds });
  }
  for (const [pid, seen] of usage.seen) {
    if (!seen.waitedFor && now.get(pid)?.start !== seen.start) usage.strayCpuSeconds += seen.cpuSeconds;
  }
  usage.seen = now;
  if (rows.length > 0) usage.seenCpuSeconds = usage.strayCpuSeconds + total([...now.values()]);
  observeMemory(usage, rows);
}

/**
 * Processor time of the tree in seconds. `booked`: user and system time that this process has waited for, when the
 * tree is all it ever started (exact); undefined: the last look must do (up to one interval too little).
 */
export function cpuSecondsOf(usage: TreeUsage, booked: number | undefined): number | undefined {
  if (booked === undefined) return usage.seenCpuSeconds;
  return booked + usage.strayCpuSeconds + total([...usage.seen.values()].filter((seen) => !seen.waitedFor));
}

function total(seen: readonly Seen[]): number {
  return seen.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
}

function observeMemory(usage: TreeUsage, rows: readonly ProcessRow[]): void {
  const peak = usage.peakBytes ?? 0;
  const sum = rows.reduce((total, row) => total + row.residentBytes, 0);
  if (sum > peak) usage.peakBytes = Math.max(peak, rows.length === 1 ? sum : shared(rows));
  for (const row of rows) {
    if (row.residentBytes * 2 < (usage.peakBytes ?? 0)) continue;
    usage.peakBytes = Math.max(usage.peakBytes ?? 0, highWaterBytes(row.pid) ?? 0);
  }
}

function shared(rows: readonly ProcessRow[]): number {
  return rows.reduce((total, row) => total + (proportionalBytes(row.pid) ?? row.residentBytes), 0);
}
