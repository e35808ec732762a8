/**
 * One writer per lab. The lock is an open exclusive transaction on a small SQLite file of its own: the system drops it
 * when the process ends, however it ends, so there is no stale lock to guess about. Who holds it stands beside it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { EXIT, UserError } from "../util/user-error.ts";

export interface Lock {
  readonly db: Database.Database;
}

export interface Holder {
  readonly pid: number;
  readonly since: string;
  readonly tag?: string | undefined;
}

/**
 * `status` takes the lock for an instant to see whether it is free: a run that begins just then waits so long for it.
 */
const GLANCE_MS = 1000;

/** Takes the lab's lock for the life of the process; throws UserError that names the holder when it is taken. */
export function takeLock(stateDir: string, tag: string): Lock {
  const lock = tryLock(stateDir, GLANCE_MS);
  if (lock !== undefined) {
    const holder: Holder = { pid: process.pid, since: new Date().toISOString(), tag };
    writeFileSync(holderFile(stateDir), JSON.stringify(holder));
    return lock;
  }
  const holder = holderOf(stateDir);
  const who =
    holder === undefined ? "another process" : `process ${holder.pid} (session ${holder.tag}, since ${holder.since})`;
  throw new UserError(`${stateDir}: ${who} is running a session on this lab; only one can`, {
    fix: "nightyard status   # to watch it, or: nightyard stop",
    exitCode: EXIT.failed,
  });
}

/** Gives the lock back; the process's end does the same. */
export function dropLock(lock: Lock): void {
  lock.db.exec("ROLLBACK");
  lock.db.close();
}

/** Who runs a session on this lab right now; undefined when nobody does. */
export function runningHolder(stateDir: string): Holder | undefined {
  const lock = tryLock(stateDir, 0);
  if (lock === undefined) return holderOf(stateDir);
  dropLock(lock);
  return undefined;
}

function tryLock(stateDir: string, waitMs: number): Lock | undefined {
  const db = new Database(join(stateDir, "lock.db"), { timeout: waitMs });
  try {
    db.exec("BEGIN EXCLUSIVE");
    return { db };
  } catch (error) {
    db.close();
    if ((error as { code?: string }).code === "SQLITE_BUSY") return undefined;
    throw error;
  }
}

function holderOf(stateDir: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(holderFile(stateDir), "utf8")) as Holder;
  } catch {
    // Written after the lock is taken: for a moment there is a holder without a name.
    return undefined;
  }
}

function holderFile(stateDir: string): string {
  return join(stateDir, "holder.json");
}
