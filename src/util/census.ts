/**
 * Tells which processes belong to a tree that we started: the census of the tree.
 *
 * A process is a member when it carries our mark in its environment, when its parent is a member, or when it lives in a
 * session that members made (sessions are only inherited or created, so whoever is in one descends from its creator).
 * Thus setsid, a double fork, nohup or a cleared environment alone do not hide a process; clearing the environment AND
 * forking twice AND opening a session, all between two looks, does: only a pid namespace or a cgroup ends such a one.
 *
 * To be cheap it remembers pids that are not ours and looks only at new ones, for 2 s at most: then, or when asked for
 * a thorough look, it begins anew, for a pid may meanwhile belong to somebody else.
 * Without /proc (macOS) membership is group and parentage only.
 */
import { hasMark, hasProc, listProcesses, type ProcessRow, readProcess } from "./processes.ts";

/** The parent of all threads of the kernel; their environments are empty. */
const KTHREADD = 2;

const MEMORY_MS = 2000;

export interface Census {
  /** "NAME=value" in the environment of every process of the tree. */
  readonly mark: string;
  /** Living members at the last look, by pid. */
  members: ReadonlyMap<number, ProcessRow>;
  /** Sessions and groups that members made; the root leads the first of each. */
  readonly sessions: Set<number>;
  readonly groups: Set<number>;
  /** Pids seen not to be members since the last thorough look. */
  readonly foreign: Set<number>;
  /** When that was, by the monotonic clock. */
  thoroughAtMs: number;
}

/** Opens the census of a tree; `root` leads a session of its own (spawned detached). Without it the mark must do. */
export function openCensus(mark: string, root?: number): Census {
  const lead = root === undefined ? [] : [root];
  const numbers = { sessions: new Set(lead), groups: new Set(lead), foreign: new Set<number>() };
  return { mark, members: new Map(), ...numbers, thoroughAtMs: Number.NEGATIVE_INFINITY };
}

/** Looks at the process table and answers the living members; this process itself is never one. */
export function takeCensus(census: Census, how: "quick" | "thorough"): readonly ProcessRow[] {
  const thorough = how === "thorough" || performance.now() - census.thoroughAtMs > MEMORY_MS;
  if (thorough) census.foreign.clear();
  const found = new Map<number, ProcessRow>();
  const others: ProcessRow[] = [];
  const unmarked = new Set<number>();
  for (const row of listProcesses(new Set([...census.foreign, process.pid]))) {
    if (row.zombie) continue;
    const marked = isMember(census, row);
    if (marked === true) admit(census, found, row);
    else others.push(row);
    // Who shows no environment may be in the middle of its exec: that one is asked again.
    if (marked === false) unmarked.add(row.pid);
  }
  admitRelated(census, found, others);
  for (const pid of unmarked) if (!found.has(pid)) census.foreign.add(pid);
  census.members = found;
  if (thorough) {
    forgetEmpty(census, found);
    census.thoroughAtMs = performance.now();
  }
  return [...found.values()];
}

function isMember(census: Census, row: ProcessRow): boolean | undefined {
  if (row.parent === KTHREADD || row.pid === KTHREADD) return false;
  return census.members.get(row.pid)?.start === row.start || hasMark(row.pid, census.mark);
}

/** Parents may stand after their children in the table, so it goes round until nobody new is found. */
function admitRelated(census: Census, found: Map<number, ProcessRow>, others: readonly ProcessRow[]): void {
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const row of others) if (!found.has(row.pid) && isRelated(census, found, row)) admit(census, found, row);
  }
}

function isRelated(census: Census, found: ReadonlyMap<number, ProcessRow>, row: ProcessRow): boolean {
  return found.has(row.parent) || (hasProc ? census.sessions.has(row.session) : census.groups.has(row.group));
}

function admit(census: Census, found: Map<number, ProcessRow>, row: ProcessRow): void {
  found.set(row.pid, row);
  if (row.session > 1) census.sessions.add(row.session);
  census.groups.add(row.group);
}

/** A number without a living member may be given to somebody else's session; from then on it proves nothing. */
function forgetEmpty(census: Census, found: ReadonlyMap<number, ProcessRow>): void {
  const rows = [...found.values()];
  for (const session of census.sessions) {
    if (!rows.some((row) => row.session === session)) census.sessions.delete(session);
  }
  for (const group of census.groups) {
    if (!rows.some((row) => row.group === group)) census.groups.delete(group);
  }
}

/** Whether this very process is still there and still the one that was counted. */
export function isStillThere(row: ProcessRow): boolean {
  const now = readProcess(row.pid);
  return now !== undefined && now.start === row.start && !now.zombie;
}
