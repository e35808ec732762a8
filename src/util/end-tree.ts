/**
 * Ends a whole tree of processes: TERM to all, KILL to what is left after a grace, then sweeps until nobody is found.
 *
 * Signals go to process groups (the kernel delivers those without a gap for a fork) of which a member was seen this
 * very moment, and to members one by one. All processes of a group share a session, and a session with a member in it
 * was made inside the tree; so a group of a member holds members only, and nobody else's process is ever hit.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type Census, isStillThere, takeCensus } from "./census.ts";
import { type ProcessRow, readProcess, signalGroup, signalProcess } from "./processes.ts";

const POLL_MS = 20;
/** A process in uninterruptible sleep (a hung NFS) dies only when the kernel lets it; nobody waits longer for that. */
const SWEEP_SECONDS = 10;

export interface EndedTree {
  /** The most processes seen at one time outside the root's group. */
  readonly escaped: number;
  /** Processes that even KILL has not ended within 10 s: in an uninterruptible sleep, or of another user. */
  readonly survivors: number;
}

/**
 * Ends every member of the tree and resolves when two looks in a row find none: one look may miss a process
 * that is forked by another while that one ends. `root` is the leader of the tree's first group; members of other
 * groups have escaped.
 */
export async function endTree(census: Census, root: number | undefined, graceSeconds: number): Promise<EndedTree> {
  const sweep: Sweep = { census, root, escaped: 0, emptyLooks: 0, signalled: false };
  if (await isGoneWithin(sweep, 0)) return { escaped: 0, survivors: 0 };
  sweep.signalled = true;
  signalAll([...census.members.values()], "SIGTERM");
  if (!(await isGoneWithin(sweep, graceSeconds))) await killUntilGone(sweep);
  return { escaped: sweep.escaped, survivors: census.members.size };
}

interface Sweep {
  readonly census: Census;
  readonly root: number | undefined;
  escaped: number;
  /** In a row. */
  emptyLooks: number;
  signalled: boolean;
}

async function killUntilGone(sweep: Sweep): Promise<void> {
  const end = performance.now() + SWEEP_SECONDS * 1000;
  do {
    signalAll([...sweep.census.members.values()], "SIGKILL");
  } while (!(await isGoneWithin(sweep, POLL_MS / 1000)) && performance.now() < end);
}

/** Looks again and again until the tree is gone (true) or the time is over (false). */
async function isGoneWithin(sweep: Sweep, seconds: number): Promise<boolean> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    // Among many short-lived processes, as a fork bomb's, a pid may be used again within a moment.
    const confirms = sweep.emptyLooks > 0 && sweep.signalled;
    const rows = look(sweep.census, confirms ? "thorough" : "quick");
    const outside = rows.filter((row) => row.group !== sweep.root).length;
    sweep.escaped = Math.max(sweep.escaped, outside);
    sweep.emptyLooks = rows.length === 0 ? sweep.emptyLooks + 1 : 0;
    if (sweep.emptyLooks >= 2) return true;
    if (sweep.emptyLooks === 1) continue;
    if (performance.now() >= end) return false;
    await sleep(POLL_MS);
  }
}

function look(census: Census, how: "quick" | "thorough"): readonly ProcessRow[] {
  try {
    return takeCensus(census, how);
  } catch {
    // The table could not be read this time; until it can be, whoever was there last is taken to be there still.
    return [...census.members.values()];
  }
}

function signalAll(rows: readonly ProcessRow[], signal: NodeJS.Signals): void {
  const own = readProcess(process.pid)?.group;
  for (const group of new Set(rows.filter(isStillThere).map((row) => row.group))) {
    // Cannot be unless somebody copied a mark by hand; then that one is signalled alone, below.
    if (group !== own) signalGroup(group, signal);
  }
  // Again one by one: a member may have moved to another group since.
  if (signal === "SIGKILL") for (const row of rows) signalProcess(row, signal);
}
