/**
 * The tables of the ledger and the steps from one version to the next. A step is never edited once released; a new
 * version is one more member of `STEPS`.
 */
import type Database from "libsql";
import { type EventRow, linkOf, NO_EVENTS } from "./row.ts";
import { transact } from "./transaction.ts";

type Step = string | ((db: Database.Database) => void);

const STEPS: readonly Step[] = [
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
  chainEvents,
  // Version 3: several experiments may be open at once, sessions have caps; the tables are folded anew (ledger.ts).
  "",
  // Version 4: columns and a table that lists and summaries are read from (windows.ts); the tables are folded anew.
  `DROP TABLE IF EXISTS runs;
   DROP TABLE experiments;
   CREATE TABLE experiments (
     session TEXT NOT NULL,
     number INTEGER NOT NULL,
     verdict TEXT,
     tree TEXT,
     label TEXT,
     metric REAL,
     body TEXT NOT NULL,
     PRIMARY KEY (session, number)
   );
   CREATE INDEX experiments_by_tree ON experiments (session, tree);
   CREATE INDEX experiments_by_verdict ON experiments (session, verdict, number, label, metric);
   CREATE INDEX experiments_by_number ON experiments (session, number, verdict, label, metric);
   CREATE TABLE runs (
     session TEXT NOT NULL,
     experiment INTEGER NOT NULL,
     run INTEGER NOT NULL,
     role TEXT NOT NULL,
     outcome TEXT,
     provenance TEXT,
     metric REAL,
     seconds REAL,
     behind REAL,
     spread REAL,
     PRIMARY KEY (session, experiment, run)
   ) WITHOUT ROWID;`,
  // Version 5: a summary's figures stand in the session, and what of it changes seldom and is long stands apart
  // (tables.ts); the tables are folded anew.
  `DROP TABLE IF EXISTS runs;
   DROP TABLE IF EXISTS sessions_seldom;
   CREATE TABLE sessions_seldom (tag TEXT PRIMARY KEY, body TEXT NOT NULL);`,
];

export const SCHEMA_VERSION = STEPS.length;

/** "NYRD": tells a ledger from any other SQLite file. */
const APPLICATION_ID = 0x4e595244;

/** Brings a ledger to the newest version; one that is newer is left alone. Throws when the file is no ledger. */
export function migrate(db: Database.Database): void {
  db.exec("PRAGMA journal_mode = WAL");
  db.exec("PRAGMA synchronous = FULL");
  refuseForeign(db);
  const version = pragma(db, "user_version");
  if (version >= SCHEMA_VERSION) return;
  transact(db, () => {
    for (const step of STEPS.slice(version)) {
      if (typeof step === "string") db.exec(step);
      else step(db);
    }
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  });
}

/** Throws when it is a file of another program. */
export function refuseForeign(db: Database.Database): void {
  const id = pragma(db, "application_id");
  if (id !== APPLICATION_ID && !isBlank(db)) throw new Error("an SQLite file of another program");
}

/** Whether there is nothing in it yet: the harness that made it was killed at once. */
export function isBlank(db: Database.Database): boolean {
  return (db.prepare("SELECT count(*) AS n FROM sqlite_master").get() as { n: number }).n === 0;
}

/** Version 2: every event carries its link of the chain (see row.ts). */
function chainEvents(db: Database.Database): void {
  db.exec("DROP TRIGGER events_not_changed; ALTER TABLE events ADD COLUMN hash TEXT NOT NULL DEFAULT ''");
  const update = db.prepare("UPDATE events SET hash = ? WHERE seq = ?");
  let { hash } = NO_EVENTS;
  for (const row of db.prepare("SELECT * FROM events ORDER BY seq").all() as EventRow[]) {
    hash = linkOf(hash, row);
    update.run(hash, row.seq);
  }
  db.exec(`CREATE TRIGGER events_not_changed BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END`);
}

function pragma(db: Database.Database, name: string): number {
  return (db.prepare(`PRAGMA ${name}`).get() as Record<string, number>)[name] ?? 0;
}
