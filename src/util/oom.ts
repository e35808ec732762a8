/**
 * Finds out whether a process that failed had run out of memory: from the kernel's own counters, or from its last
 * words.
 */
import { readText } from "./processes.ts";
import { oneLine } from "./text.ts";

/** The kernel's count of processes ended for want of memory, in our cgroups and on the whole machine. */
export interface OomCounters {
  readonly cgroup: number | undefined;
  readonly machine: number | undefined;
}

/** Reads the counters; undefined where the system has none. */
export function readOomCounters(): OomCounters {
  return { cgroup: cgroupOomKills(), machine: countIn(readText("/proc/vmstat")) };
}

/** A sentence when the counters say that the kernel ended a process for memory between the two reads. */
export function oomKillBetween(before: OomCounters, after: OomCounters): string | undefined {
  if (grew(before.cgroup, after.cgroup)) return "the kernel killed it: the memory limit of its cgroup was reached";
  if (grew(before.machine, after.machine)) return "the kernel killed it: the machine was out of memory";
  return undefined;
}

/** What programs print when an allocation failed; matched against the end of a failed run's output. */
const LAST_WORDS: readonly RegExp[] = [
  /CUDA out of memory/,
  /CUDA_ERROR_OUT_OF_MEMORY/,
  /OutOfMemoryError/,
  /JavaScript heap out of memory/,
  /Array buffer allocation failed/,
  /\bMemoryError\b/,
  /std::bad_alloc/,
  /Cannot allocate memory/,
  /\bout of memory\b/i,
];

/** The line of a failed program's output that says so, at most 200 characters; undefined when there is none. */
export function allocationFailureIn(tail: string): string | undefined {
  // From the end: the last such line is the one that ended it.
  for (const line of tail.split("\n").reverse()) {
    // Colours first: an escape sequence ends in a letter, which would make one word with what it colours.
    const words = oneLine(line, 200);
    if (LAST_WORDS.some((pattern) => pattern.test(words))) return words;
  }
  return undefined;
}

function grew(before: number | undefined, after: number | undefined): boolean {
  return before !== undefined && after !== undefined && after > before;
}

/** cgroup v2 has one unnamed entry "0::/path", v1 one named "memory". Neither readable: not told. */
function cgroupOomKills(): number | undefined {
  const groups = readText("/proc/self/cgroup");
  const v2 = /^0::(.*)$/m.exec(groups)?.[1];
  const v1 = /^\d+:(?:[^:\n]*,)?memory(?:,[^:\n]*)?:(.*)$/m.exec(groups)?.[1];
  if (v2 !== undefined) {
    const count = countIn(readText(`/sys/fs/cgroup${v2}/memory.events`));
    if (count !== undefined) return count;
  }
  return v1 === undefined ? undefined : countIn(readText(`/sys/fs/cgroup/memory${v1}/memory.oom_control`));
}

function countIn(text: string): number | undefined {
  const match = /^oom_kill (\d+)$/m.exec(text);
  return match === null ? undefined : Number(match[1]);
}
