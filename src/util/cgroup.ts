/**
 * A cgroup of its own for one tree of processes, with a limit on memory and on tasks, where this system lets us make
 * one: version 1, or version 2 whose controllers are delegated to us. Elsewhere there is none and the tree is watched
 * (tree-limits.ts).
 *
 * The kernel then refuses a fork beyond the limit and ends a process for memory at once; watching only looks four times
 * a second. Every failure here means "no cgroup", never a failed run.
 */
import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readText } from "./processes.ts";

export interface Cgroup {
  /**
   * Folders that a process joins by writing its pid into their `cgroup.procs`: one (v2), or one per controller (v1).
   */
  readonly folders: readonly string[];
  readonly eventsFile: string;
}

/** Limits of a tree; threads count as tasks. */
export interface CgroupLimits {
  readonly memoryBytes: number;
  readonly tasks: number;
}

const ROOT = "/sys/fs/cgroup";
/** A group that is named by a number of our own process cannot meet another harness's. */
const made = { count: 0 };

/** Makes a cgroup with these limits; undefined where that is not possible. */
export function makeCgroup(limits: CgroupLimits): Cgroup | undefined {
  if (process.platform !== "linux") return undefined;
  made.count += 1;
  const name = `nightyard-${process.pid}-${made.count}`;
  return version1(name, limits) ?? version2(name, limits);
}

function version1(name: string, limits: CgroupLimits): Cgroup | undefined {
  const memory = ownFolder("memory", name);
  const pids = ownFolder("pids", name);
  if (memory === undefined || pids === undefined) return undefined;
  const group = { folders: [memory, pids], eventsFile: join(memory, "memory.oom_control") };
  return filled(group, [
    [join(memory, "memory.limit_in_bytes"), String(limits.memoryBytes)],
    [join(pids, "pids.max"), String(limits.tasks)],
  ]);
}

/** Below our own group of a version 1 controller. */
function ownFolder(controller: string, name: string): string | undefined {
  const entry = new RegExp(`^\\d+:(?:[^:\\n]*,)?${controller}(?:,[^:\\n]*)?:(.*)$`, "m").exec(
    readText("/proc/self/cgroup"),
  );
  return entry?.[1] === undefined ? undefined : join(ROOT, controller, entry[1], name);
}

function version2(name: string, limits: CgroupLimits): Cgroup | undefined {
  const own = /^0::(.*)$/m.exec(readText("/proc/self/cgroup"))?.[1];
  if (own === undefined) return undefined;
  const folder = join(ROOT, own, name);
  return filled({ folders: [folder], eventsFile: join(folder, "memory.events") }, [
    [join(folder, "memory.max"), String(limits.memoryBytes)],
    [join(folder, "memory.oom.group"), "1"],
    [join(folder, "pids.max"), String(limits.tasks)],
  ]);
}

function filled(group: Cgroup, files: readonly (readonly [string, string])[]): Cgroup | undefined {
  try {
    for (const folder of group.folders) mkdirSync(folder);
    for (const [file, value] of files) writeFileSync(file, value);
    return group;
  } catch {
    removeNow(group);
    return undefined;
  }
}

/** Words to put in front of a command so that it is in the group before it begins. */
export function joinWords(group: Cgroup): readonly string[] {
  const folders = group.folders.map((folder) => `'${join(folder, "cgroup.procs").replaceAll("'", `'\\''`)}'`);
  return ["/bin/sh", "-c", `for g in ${folders.join(" ")}; do echo $$ > "$g" || exit 125; done; exec "$@"`, "sh"];
}

/** How often the kernel ended a process of the group for want of memory. */
export function oomKillsIn(group: Cgroup): number {
  return Number(/^oom_kill (\d+)$/m.exec(readText(group.eventsFile))?.[1] ?? 0);
}

/** Removes the group; the kernel says "busy" for a moment after its last process has ended. */
export async function removeCgroup(group: Cgroup): Promise<void> {
  for (let tries = 0; tries < 20 && !removeNow(group); tries++) await sleep(25);
}

function removeNow(group: Cgroup): boolean {
  return group.folders.map(removeFolder).every(Boolean);
}

function removeFolder(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}
