/**
 * The tables of the ledger and the steps from one version to the next. A step is never edited once released; a new
 * version is one more member of `STEPS`.
 */
import type Database from "libsql";
import { transact } from "./transaction.ts";

const STEPS: readonly string[] = [
  `CREATE TABLE events (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     at TEXT NOT NULL,
     clock REAL NOT NULL,
     session TEXT NOT NULL,
     experiment INTEGER,
     type TEXT NOT NULL,
     body TEXT NOT NULL
   );
   CREATE INDEX events_by_experiment ON events (session, experiment);
   CREATE TRIGGER events_not_changed BEFORE UPDATE ON events
     BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
   CREATE TRIGGER events_not_removed BEFORE DELETE ON events
     BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
   CREATE TABLE sessions (tag TEXT PRIMARY KEY, body TEXT NOT NULL);
   CREATE TABLE experiments (
     session TEXT NOT NULL,
     number INTEGER NOT NULL,
     verdict TEXT,
     tree TEXT,
     body TEXT NOT NULL,
     PRIMARY KEY (session, number)
   );
   CREATE INDEX experiments_by_tree ON experiments (session, tree);`,
];

export const SCHEMA_VERSION = STEPS.length;

/** "NYRD": tells a ledger from any other SQLite file. */
const APPLICATION_ID = 0x4e595244;

/** Brings a ledger to the newest version; one that is newer is left alone. Throws when the file is no ledger. */
export function migrate(db: Database.Database): void {
  db.exec("PRAGMA journal_mode = WAL");
  db.exec("PRAGMA synchronous = FULL");
  const version = pragma(db, "user_version");
  const id = pragma(db, "application_id");
  const tables = db.prepare("SELECT count(*) AS n FROM sqlite_master").get() as { n: number };
  if (id !== APPLICATION_ID && tables.n > 0) throw new Error("an SQLite file of another program");
  if (version >= SCHEMA_VERSION) return;
  transact(db, () => {
    for (const step of STEPS.slice(version)) db.exec(step);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  });
}

function pragma(db: Database.Database, name: string): number {
  return (db.prepare(`PRAGMA ${name}`).get() as Record<string, number>)[name] ?? 0;
}
