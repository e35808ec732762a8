/**
 * The way back: a ledger made anew from the longest unbroken history that is there, the journal's or the ledger's own.
 * Nothing is thrown away: what stood there before is kept beside it as `ledger.db.broken-1`, -2, …
 *
 * The new file is complete before it takes the old one's place; a kill in between leaves a state in which the same
 * command goes on. Not covered: a ledger of version 1 without a journal; `sqlite3 ledger.db .recover` may read it.
 */
import { existsSync, renameSync, rmSync, statSync } from "node:fs";
import type Database from "libsql";
import { closeLedger, openLedger, rebuild } from "../ledger.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import { contradiction, faultOf, tablesDiffer } from "./check.ts";
import { journalFileOf, readJournal } from "./journal.ts";
import { ledgerFileOf, openFile } from "./open.ts";
import { isOlder } from "./read.ts";
import { brokenLink, COLUMNS, type EventRow, NO_EVENTS } from "./row.ts";
import { transact } from "./transaction.ts";

/** A history as far as it can be trusted. */
export interface History {
  readonly file: string;
  readonly rows: readonly EventRow[];
  /** What is wrong with what comes after. */
  readonly fault?: string | undefined;
}

export interface Inspection {
  readonly ledger: History;
  readonly journal: History;
  /** What is wrong, one sentence each; empty when all is well. */
  readonly faults: readonly string[];
}

/** Reads both histories and compares them. Changes nothing. */
export function inspect(stateDir: string): Inspection {
  const file = ledgerFileOf(stateDir);
  const journal = journalOf(stateDir);
  const last = journal.rows.at(-1) ?? NO_EVENTS;
  const { history: ledger, faults } = ledgerOf(file, (db) => [
    // Those of an older version are folded anew when it is opened for writing.
    ...(!isOlder(stateDir) && faultOf(db) === undefined && tablesDiffer(db)
      ? ["the folded tables do not follow from the events"]
      : []),
    ...[contradiction(db, last)].filter((fault) => fault !== undefined),
  ]);
  const ofFiles = [ledger, journal].flatMap((h) => (h.fault === undefined ? [] : [`${h.file}: ${h.fault}`]));
  return { ledger, journal, faults: [...ofFiles, ...faults.map((fault) => `${file}: ${fault}`)] };
}

function journalOf(stateDir: string): History {
  const file = journalFileOf(stateDir);
  return existsSync(file) ? { file, ...readJournal(file) } : { file, rows: [], fault: "is not there" };
}

/** What the file still gives, row by row, and what `compare` finds when it can be read at all. */
function ledgerOf(
  file: string,
  compare: (db: Database.Database) => readonly string[],
): { readonly history: History; readonly faults: readonly string[] } {
  const rows: EventRow[] = [];
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  // An empty one is not opened: SQLite would throw away the write-ahead log that may stand beside it.
  if (size === undefined) return { history: { file, rows, fault: "is not there" }, faults: [] };
  if (size === 0) return { history: { file, rows, fault: "is empty" }, faults: [] };
  let db: Database.Database | undefined;
  try {
    db = openFile(file, true);
    for (const row of db.prepare(`SELECT ${COLUMNS} FROM events ORDER BY seq`).iterate() as Iterable<EventRow>) {
      const fault = brokenLink(rows.at(-1) ?? NO_EVENTS, row);
      if (fault !== undefined) return { history: { file, rows, fault }, faults: compare(db) };
      rows.push(row);
    }
    const fault = faultOf(db);
    return { history: { file, rows, fault }, faults: fault === undefined ? compare(db) : [] };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { history: { file, rows, fault: why }, faults: [] };
  } finally {
    db?.close();
  }
}

/** The history from which a ledger would be made: the longer one; the journal's, when they are equally long. */
export function bestHistory({ ledger, journal }: Inspection): History {
  return ledger.rows.length > journal.rows.length ? ledger : journal;
}

/** Makes the ledger anew; answers where the old files are. The caller holds the lab's lock. */
export function restore(stateDir: string, history: History): readonly string[] {
  if (history.rows.length === 0) {
    throw new UserError(`${stateDir}: neither ledger.db nor ledger.jsonl has an unbroken history to begin with`, {
      fix: `mv '${stateDir}' '${stateDir}.broken'   # the proposals stay in git under refs/nightyard`,
      exitCode: EXIT.integrity,
    });
  }
  const file = ledgerFileOf(stateDir);
  const fresh = `${file}.new`;
  write(fresh, history.rows);
  const kept = setAside(stateDir);
  renameSync(fresh, file);
  // Opening it checks it and writes the journal.
  closeLedger(openLedger(stateDir));
  return kept;
}

/** Writes a ledger as one file, without the two beside it that an open one has. */
function write(file: string, rows: readonly EventRow[]): void {
  const beside = [`${file}-wal`, `${file}-shm`];
  for (const name of [file, ...beside]) rmSync(name, { force: true });
  const db = openFile(file, false);
  try {
    const insert = db.prepare(`INSERT INTO events (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
    transact(db, () => {
      for (const r of rows) insert.run(r.seq, r.at, r.clock, r.session, r.experiment, r.type, r.body, r.hash);
    });
    rebuild({ file, db });
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    db.close();
  }
  // The driver closes a file only when its statements are collected; all is in the one file by now.
  for (const name of beside) rmSync(name, { force: true });
}

/** Moves the files of the old ledger out of the way. The journal goes too: it is written anew from the ledger. */
function setAside(stateDir: string): readonly string[] {
  const file = ledgerFileOf(stateDir);
  const names = [`${file}-wal`, `${file}-shm`, file, journalFileOf(stateDir)].filter((name) => existsSync(name));
  let n = 1;
  while ([file, journalFileOf(stateDir)].some((name) => existsSync(`${name}.broken-${n}`))) n += 1;
  return names.map((name) => {
    const kept = name.startsWith(file) ? `${file}.broken-${n}${name.slice(file.length)}` : `${name}.broken-${n}`;
    renameSync(name, kept);
    return kept;
  });
}
