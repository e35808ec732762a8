/**
 * Reading a ledger: opening it, its sessions and its experiments. Whoever only looks needs no more than this, and does
 * not load the schema of the events, which takes as long as all the rest of `nightyard status`.
 */
import type Database from "libsql";
import type { Experiment } from "../experiment.ts";
import { closeJournal, type Journal } from "./journal.ts";
import { isBlank, SCHEMA_VERSION } from "./migrate.ts";
import { guarded, hasLedger, ledgerFileOf, openFile, unusable, writtenVersion } from "./open.ts";
import type { Head } from "./row.ts";
import type { Session } from "./session.ts";
import { STORED_SESSIONS, type StoredSession, storedSession } from "./tables.ts";

export interface Ledger {
  readonly file: string;
  readonly db: Database.Database;
  /** What only the one writer has; undefined in a ledger opened for reading. */
  readonly writer?: Writer | undefined;
}

export interface Writer {
  readonly journal: Journal;
  head: Head;
  /** SQLite's count of the commits of other connections: it must stand still. */
  dataVersion: number;
}

/** Whether what stands there was written by an older version: what that has folded does not say all that is asked. */
export function isOlder(stateDir: string): boolean {
  if (!hasLedger(stateDir)) return false;
  const file = ledgerFileOf(stateDir);
  return (guarded(file, () => writtenVersion(file)) ?? SCHEMA_VERSION) < SCHEMA_VERSION;
}

/** Opens a ledger of this version for reading; undefined when there is none yet. Others: `readLedger`. */
export function openForReading(stateDir: string): Ledger | undefined {
  if (!hasLedger(stateDir)) return undefined;
  const db = openFile(ledgerFileOf(stateDir), true);
  if (!isBlank(db)) return { file: ledgerFileOf(stateDir), db };
  db.close();
  return undefined;
}

/** Closes it. After a sitting the one file holds everything, so that a copy of it is whole. */
export function closeLedger(ledger: Ledger): void {
  if (ledger.writer !== undefined) {
    closeJournal(ledger.writer.journal);
    try {
      ledger.db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // A full disk, or somebody reads just now: everything is in the write-ahead log beside it, and stays there.
    }
  }
  ledger.db.close();
}

/** The folded state of a session; undefined when the ledger has none of that tag. */
export function sessionOf(ledger: Ledger, tag: string): Session | undefined {
  const row = guarded(ledger.file, () => ledger.db.prepare(`${STORED_SESSIONS} WHERE s.tag = ?`).get(tag));
  return row === undefined ? undefined : readBack(ledger, () => storedSession(row as StoredSession));
}

/** All sessions, the one begun first first. */
export function sessionsOf(ledger: Ledger): readonly Session[] {
  const rows = guarded(ledger.file, () => ledger.db.prepare(`${STORED_SESSIONS} ORDER BY s.rowid`).all());
  return rows.map((row) => readBack(ledger, () => storedSession(row as StoredSession)));
}

export function experimentOf(ledger: Ledger, tag: string, number: number): Experiment | undefined {
  const sql = "SELECT body FROM experiments WHERE session = ? AND number = ?";
  return parse<Experiment>(
    ledger,
    guarded(ledger.file, () => ledger.db.prepare(sql).get(tag, number)),
  );
}

/** Experiments of a session in order, from number `from`, at most `limit`. */
export function experimentsOf(ledger: Ledger, tag: string, from = 0, limit = 1_000_000): readonly Experiment[] {
  const sql = "SELECT body FROM experiments WHERE session = ? AND number >= ? ORDER BY number LIMIT ?";
  return all<Experiment>(
    ledger,
    guarded(ledger.file, () => ledger.db.prepare(sql).all(tag, from, limit)),
  );
}

/** When the last event of a session was written, ISO; undefined without one. At once for the newest session only. */
export function lastEventAt(ledger: Ledger, tag: string): string | undefined {
  // "+" keeps SQLite from the index over sessions, with which it sorts all events of the session (0.5 s for 700,000).
  const row = ledger.db.prepare("SELECT at FROM events WHERE +session = ? ORDER BY seq DESC LIMIT 1").get(tag);
  return (row as { at: string } | undefined)?.at;
}

interface Body {
  readonly body: string;
}

function parse<T>(ledger: Ledger, row: unknown): T | undefined {
  return row === undefined ? undefined : readBack(ledger, () => JSON.parse((row as Body).body) as T);
}

function all<T>(ledger: Ledger, rows: readonly unknown[]): readonly T[] {
  return rows.map((row) => readBack(ledger, () => JSON.parse((row as Body).body) as T));
}

/** What was folded, read back. Spoiled, it is a damage of the file like any other; the events may be whole. */
function readBack<T>(ledger: Ledger, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw unusable(ledger.file, "a spoiled row among what was folded from the events", cause);
  }
}
