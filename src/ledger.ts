/**
 * The ledger: the append-only record of a lab's sessions in SQLite, and the only memory.
 *
 * Contract:
 * - `append` is durable when it returns (WAL, synchronous=FULL), and writes the event and the folded state it leads to
 *   in one transaction; the folded tables can be rebuilt from the events alone (`rebuild`);
 * - events are never changed or removed: triggers refuse it, and a chain of hashes finds it (`ledger/row.ts`);
 * - every event stands once more in a journal beside it, from which the ledger can be made anew (`ledger/restore.ts`);
 * - one process writes (see `ledger/lock.ts`), any number read at any time; a second writer is noticed;
 * - a file that is no ledger, is newer than this program, is damaged, changed, cut short, an older copy or another
 *   lab's is refused with a UserError that names the way back.
 *
 * Not covered: a person who changes ledger, chain and journal alike.
 */
import type Database from "libsql";
import type { Experiment } from "./experiment.ts";
import { contradiction, FOLDED_AT_OPEN, faultOf, tablesDiffer } from "./ledger/check.ts";
import { toEntry } from "./ledger/entry.ts";
import { type Entry, type SessionEvent, sessionEvent } from "./ledger/events.ts";
import { type Folded, fold } from "./ledger/fold.ts";
import { addToJournal, catchUp, closeJournal, type Journal, journalHead, openJournal } from "./ledger/journal.ts";
import { guarded, hasLedger, ledgerFileOf, openFile, unusable } from "./ledger/open.ts";
import {
  closeLedger,
  experimentOf,
  isOlder,
  type Ledger,
  openForReading,
  sessionOf,
  sessionsOf,
  type Writer,
} from "./ledger/read.ts";
import { COLUMNS, type EventRow, type Head, linkOf } from "./ledger/row.ts";
import type { Session } from "./ledger/session.ts";
import { storeExperiments, storeSession } from "./ledger/tables.ts";
import { transact } from "./ledger/transaction.ts";

export {
  closeLedger,
  experimentOf,
  experimentsOf,
  type Ledger,
  lastEventAt,
  sessionOf,
  sessionsOf,
} from "./ledger/read.ts";

/** Opens a lab's ledger for writing, making it when it is not there. The caller holds the lab's lock. */
export function openLedger(stateDir: string): Ledger {
  hasLedger(stateDir);
  const file = ledgerFileOf(stateDir);
  const wasOlder = isOlder(stateDir);
  const db = openFile(file, false);
  let journal: Journal | undefined;
  try {
    journal = openJournal(stateDir);
    const known = journalHead(journal);
    const fault = guarded(file, () => faultOf(db) ?? contradiction(db, known));
    if (fault !== undefined) throw unusable(file, fault);
    const writer = { journal, head: catchUp(db, journal, known), dataVersion: dataVersionOf(db) };
    const ledger: Ledger = { file, db, writer };
    if (wasOlder) rebuild(ledger);
    else if (writer.head.seq <= FOLDED_AT_OPEN && tablesDiffer(db)) renewTables(ledger);
    return ledger;
  } catch (error) {
    if (journal !== undefined) closeJournal(journal);
    db.close();
    throw error;
  }
}

/** Opens a lab's ledger for reading; undefined when there is none yet. One of an older version is brought up first. */
export function readLedger(stateDir: string): Ledger | undefined {
  if (isOlder(stateDir)) closeLedger(openLedger(stateDir));
  return openForReading(stateDir);
}

function dataVersionOf(db: Database.Database): number {
  return (db.prepare("PRAGMA data_version").get() as { data_version: number }).data_version;
}

/** The events are the truth: tables that do not follow from them are folded anew, and it is written down. */
function renewTables(ledger: Ledger): void {
  rebuild(ledger);
  const last = sessionsOf(ledger).at(-1);
  if (last === undefined) return;
  const detail = "they did not follow from the events: changed by hand, or folded by another version of nightyard";
  append(ledger, last.tag, { type: "noted", what: "tables folded anew", detail }, 0);
}

/**
 * Appends one event of a session. `clock`: milliseconds since the sitting began. Throws misuse when it does not fit,
 * UserError when somebody else has written into the ledger, and what SQLite says when the disk is full: the event is
 * then in the ledger as a whole or not at all.
 */
export function append(ledger: Ledger, session: string, event: SessionEvent, clock: number): Folded & { entry: Entry } {
  const checked = sessionEvent.parse(event);
  const { db, writer } = ledger;
  if (writer === undefined) throw new Error(`${ledger.file} was opened for reading`);
  const done = guarded(ledger.file, () =>
    transact(db, () => {
      refuseSecondWriter(ledger, writer);
      const row = rowAfter(writer.head, session, checked, clock);
      const { seq, at, experiment, type, body, hash } = row;
      db.prepare(`INSERT INTO events (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`).run(
        ...[seq, at, clock, session, experiment, type, body, hash],
      );
      const entry: Entry = { seq, at, clock, session, event: checked };
      const before = sessionOf(ledger, session);
      const folded = fold(before, entry, (n) => experimentOf(ledger, session, n));
      storeSession(db, folded.session, before);
      if (folded.experiment !== undefined) storeExperiments(db, session, [folded.experiment]);
      return { row, result: { ...folded, entry } };
    }),
  );
  writer.head = done.row;
  addToJournal(writer.journal, [done.row]);
  return done.result;
}

/** One event of a record that came to its end elsewhere. `at`: when it happened, ISO; default: now. */
export interface PastEvent {
  readonly event: SessionEvent;
  readonly clock: number;
  readonly at?: string | undefined;
}

/**
 * Appends events of one session in one transaction, all or none: for an imported record, not for a session that runs.
 * The session's folded state is written once, so a thousand at a time cost little more than one.
 */
export function appendPast(ledger: Ledger, session: string, past: readonly PastEvent[]): Session | undefined {
  const { db, writer } = ledger;
  if (writer === undefined) throw new Error(`${ledger.file} was opened for reading`);
  const done = guarded(ledger.file, () =>
    transact(db, () => {
      refuseSecondWriter(ledger, writer);
      const insert = db.prepare(`INSERT INTO events (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
      const rows: EventRow[] = [];
      const touched = new Map<number, Experiment>();
      const before = sessionOf(ledger, session);
      let state = before;
      for (const { event, clock, at } of past) {
        const checked = sessionEvent.parse(event);
        const row = rowAfter(rows.at(-1) ?? writer.head, session, checked, clock, at);
        insert.run(row.seq, row.at, row.clock, row.session, row.experiment, row.type, row.body, row.hash);
        const entry: Entry = { seq: row.seq, at: row.at, clock, session, event: checked };
        const folded = fold(state, entry, (n) => touched.get(n) ?? experimentOf(ledger, session, n));
        state = folded.session;
        if (folded.experiment !== undefined) touched.set(folded.experiment.number, folded.experiment);
        rows.push(row);
      }
      if (state !== undefined) storeSession(db, state, before);
      storeExperiments(db, session, touched.values());
      return { rows, state };
    }),
  );
  writer.head = done.rows.at(-1) ?? writer.head;
  addToJournal(writer.journal, done.rows);
  return done.state;
}

function rowAfter(
  head: Head,
  session: string,
  event: SessionEvent,
  clock: number,
  at = new Date().toISOString(),
): EventRow {
  const experiment = "experiment" in event ? (event.experiment ?? null) : null;
  const row = { seq: head.seq + 1, at, clock, session, experiment, type: event.type, body: JSON.stringify(event) };
  return { ...row, hash: linkOf(head.hash, row) };
}

/** Only the holder of the lab's lock writes: a commit of another connection is looked at closely. In a transaction. */
function refuseSecondWriter(ledger: Ledger, writer: Writer): void {
  const dataVersion = dataVersionOf(ledger.db);
  if (dataVersion === writer.dataVersion) return;
  const fault = faultOf(ledger.db) ?? contradiction(ledger.db, writer.head);
  if (fault !== undefined) throw unusable(ledger.file, fault);
  const { n } = ledger.db.prepare("SELECT max(seq) AS n FROM events").get() as { n: number };
  if (n !== writer.head.seq || tablesDiffer(ledger.db)) {
    throw unusable(ledger.file, "another program wrote into it while this session runs");
  }
  writer.dataVersion = dataVersion;
}

/** The earliest judged experiment of a session with this tree; undefined when the tree is new. */
export function experimentWithTree(ledger: Ledger, tag: string, tree: string, below: number): number | undefined {
  const sql = "SELECT min(number) AS number FROM experiments WHERE session = ? AND tree = ? AND number < ?";
  const row = ledger.db.prepare(sql).get(tag, tree, below) as { number: number | null } | undefined;
  return row?.number ?? undefined;
}

/** Names of the jobs whose runs were asked for and are not yet measured, of all sessions. */
export function openJobs(ledger: Ledger): ReadonlySet<string> {
  const jobs = sessionsOf(ledger).flatMap((s) =>
    s.openRuns.map((open) => experimentOf(ledger, s.tag, open.experiment)?.runs.find((r) => r.run === open.run)?.job),
  );
  return new Set(jobs.filter((job) => job !== undefined));
}

/** How many events a session has. */
export function countEvents(ledger: Ledger, tag: string): number {
  const row = ledger.db.prepare("SELECT count(*) AS n FROM events WHERE session = ?").get(tag);
  return (row as { n: number }).n;
}

/** Events of one kind of a session, in order. */
export function eventsOfType<T extends SessionEvent["type"]>(
  ledger: Ledger,
  tag: string,
  type: T,
): readonly Extract<SessionEvent, { type: T }>[] {
  const sql = "SELECT * FROM events WHERE session = ? AND type = ? ORDER BY seq";
  const rows = guarded(ledger.file, () => ledger.db.prepare(sql).all(tag, type)) as EventRow[];
  return rows.map((row) => toEntry(row).event as Extract<SessionEvent, { type: T }>);
}

/** Entries of one session, or of all, in order; each is checked against the schema as it is read. */
export function* entriesOf(ledger: Ledger, tag?: string): Generator<Entry> {
  const where = tag === undefined ? "" : "WHERE session = ?";
  const statement = ledger.db.prepare(`SELECT * FROM events ${where} ORDER BY seq`);
  for (const row of statement.iterate(...(tag === undefined ? [] : [tag]))) yield toEntry(row as EventRow);
}

/** Events that are folded before what they lead to is stored: bounds the memory of a rebuild. */
const REBUILD_PAGE = 5000;

/**
 * The same without checking each again, some 9 µs an event in place of 20: for what reads the whole of a long session
 * and only shows it. Each was checked when it was written.
 */
export function* entriesAsWritten(ledger: Ledger, tag: string): Generator<Entry> {
  const statement = ledger.db.prepare("SELECT * FROM events WHERE session = ? ORDER BY seq");
  for (const row of statement.iterate(tag)) {
    const { seq, at, clock, session, body } = row as EventRow;
    yield { seq, at, clock, session, event: JSON.parse(body) as SessionEvent };
  }
}

/** Folds all events anew and replaces the folded tables by the result. */
export function rebuild(ledger: Ledger): void {
  const { db } = ledger;
  transact(db, () => {
    db.exec("DELETE FROM sessions; DELETE FROM sessions_seldom; DELETE FROM experiments");
    const page = db.prepare("SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT ?");
    const sessions = new Map<string, Session>();
    for (let last = 0; ; ) {
      const rows = page.all(last, REBUILD_PAGE) as EventRow[];
      if (rows.length > 0) rebuildPage(ledger, rows, sessions);
      last = rows.at(-1)?.seq ?? last;
      if (rows.length < REBUILD_PAGE) return;
    }
  });
}

function rebuildPage(ledger: Ledger, rows: readonly EventRow[], sessions: Map<string, Session>): void {
  const touched = new Map<string, Map<number, Experiment>>();
  for (const row of rows) {
    const entry = toEntry(row);
    const tag = entry.session;
    const own = touched.get(tag) ?? new Map<number, Experiment>();
    const folded = fold(sessions.get(tag), entry, (n) => own.get(n) ?? experimentOf(ledger, tag, n));
    sessions.set(tag, folded.session);
    if (folded.experiment !== undefined) own.set(folded.experiment.number, folded.experiment);
    touched.set(tag, own);
  }
  for (const [tag, experiments] of touched) {
    storeSession(ledger.db, sessions.get(tag) as Session);
    storeExperiments(ledger.db, tag, experiments.values());
  }
}
