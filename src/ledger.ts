/**
 * The ledger: the append-only record of a lab's sessions in SQLite, and the only memory.
 *
 * Contract:
 * - `append` is durable when it returns (WAL, synchronous=FULL), and writes the event and the folded state it leads to
 *   in one transaction; the folded tables can be rebuilt from the events alone (`rebuild`);
 * - events are never changed or removed: triggers refuse it;
 * - one process writes (see `ledger/lock.ts`), any number read at any time;
 * - a file that is no ledger, is newer than this program or is damaged is refused with a UserError.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import type { Experiment } from "./experiment.ts";
import { type Entry, type SessionEvent, sessionEvent } from "./ledger/events.ts";
import { type Folded, fold } from "./ledger/fold.ts";
import { migrate, SCHEMA_VERSION } from "./ledger/migrate.ts";
import type { Session } from "./ledger/session.ts";
import { transact } from "./ledger/transaction.ts";
import { EXIT, UserError } from "./util/user-error.ts";

export interface Ledger {
  readonly file: string;
  readonly db: Database.Database;
}

/** Opens a lab's ledger for writing, making it when it is not there. The caller holds the lab's lock. */
export function openLedger(stateDir: string): Ledger {
  return open(join(stateDir, "ledger.db"), false);
}

/** Opens a lab's ledger for reading; undefined when there is none yet. */
export function readLedger(stateDir: string): Ledger | undefined {
  const file = join(stateDir, "ledger.db");
  return existsSync(file) ? open(file, true) : undefined;
}

function open(file: string, readOnly: boolean): Ledger {
  let db: Database.Database | undefined;
  try {
    db = new Database(file, { timeout: 5000 });
    if (readOnly) db.exec("PRAGMA query_only = ON");
    else migrate(db);
    const version = (db.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
    if (version === SCHEMA_VERSION) return { file, db };
    db.close();
  } catch (cause) {
    db?.close();
    throw damaged(file, cause);
  }
  throw new UserError(`${file}: expected a ledger of version ${SCHEMA_VERSION}, found another`, {
    fix: "use the nightyard that wrote it, or move the file aside (the commits stay under refs/nightyard)",
  });
}

function damaged(file: string, cause: unknown): UserError {
  const why = cause instanceof Error ? cause.message : String(cause);
  if (/full|readonly|unable to open|permission/i.test(why)) {
    return new UserError(`${file}: cannot be written (${why})`, {
      fix: `df -h '${file}'`,
      exitCode: EXIT.failed,
      cause,
    });
  }
  return new UserError(`${file}: expected a Nightyard ledger, found something else (${why})`, {
    fix: `mv '${file}' '${file}.broken'   # the proposals stay in git under refs/nightyard`,
    exitCode: EXIT.integrity,
    cause,
  });
}

export function closeLedger(ledger: Ledger): void {
  ledger.db.close();
}

/**
 * Appends one event of a session. `clock`: milliseconds since the sitting began. Throws misuse when it does not fit.
 */
export function append(ledger: Ledger, session: string, event: SessionEvent, clock: number): Folded & { entry: Entry } {
  const checked = sessionEvent.parse(event);
  const { db } = ledger;
  return transact(db, () => {
    const at = new Date().toISOString();
    const experiment = "experiment" in checked ? (checked.experiment ?? null) : null;
    const { lastInsertRowid } = db
      .prepare("INSERT INTO events (at, clock, session, experiment, type, body) VALUES (?, ?, ?, ?, ?, ?)")
      .run(at, clock, session, experiment, checked.type, JSON.stringify(checked));
    const entry: Entry = { seq: Number(lastInsertRowid), at, clock, session, event: checked };
    const folded = fold(sessionOf(ledger, session), entry, (n) => experimentOf(ledger, session, n));
    store(ledger, folded);
    return { ...folded, entry };
  });
}

function store(ledger: Ledger, folded: Folded): void {
  const { session, experiment } = folded;
  ledger.db
    .prepare("INSERT INTO sessions (tag, body) VALUES (?, ?) ON CONFLICT (tag) DO UPDATE SET body = excluded.body")
    .run(session.tag, JSON.stringify(session));
  if (experiment === undefined) return;
  ledger.db
    .prepare(
      `INSERT INTO experiments (session, number, verdict, tree, body) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (session, number) DO UPDATE
       SET verdict = excluded.verdict, tree = excluded.tree, body = excluded.body`,
    )
    .run(
      session.tag,
      experiment.number,
      experiment.verdict?.kind ?? null,
      experiment.proposal?.tree ?? null,
      JSON.stringify(experiment),
    );
}

/** The folded state of a session; undefined when the ledger has none of that tag. */
export function sessionOf(ledger: Ledger, tag: string): Session | undefined {
  return parse<Session>(ledger.db.prepare("SELECT body FROM sessions WHERE tag = ?").get(tag));
}

/** All sessions, the one begun first first. */
export function sessionsOf(ledger: Ledger): readonly Session[] {
  return all<Session>(ledger.db.prepare("SELECT body FROM sessions ORDER BY rowid").all());
}

export function experimentOf(ledger: Ledger, tag: string, number: number): Experiment | undefined {
  const row = ledger.db.prepare("SELECT body FROM experiments WHERE session = ? AND number = ?").get(tag, number);
  return parse<Experiment>(row);
}

/** Experiments of a session in order, from number `from`, at most `limit`. */
export function experimentsOf(ledger: Ledger, tag: string, from = 0, limit = 1_000_000): readonly Experiment[] {
  const sql = "SELECT body FROM experiments WHERE session = ? AND number >= ? ORDER BY number LIMIT ?";
  return all<Experiment>(ledger.db.prepare(sql).all(tag, from, limit));
}

/** The earliest judged experiment of a session with this tree; undefined when the tree is new. */
export function experimentWithTree(ledger: Ledger, tag: string, tree: string, below: number): number | undefined {
  const sql = "SELECT min(number) AS number FROM experiments WHERE session = ? AND tree = ? AND number < ?";
  const row = ledger.db.prepare(sql).get(tag, tree, below) as { number: number | null } | undefined;
  return row?.number ?? undefined;
}

/** When the last event of a session was written, ISO; undefined without one. */
export function lastEventAt(ledger: Ledger, tag: string): string | undefined {
  const row = ledger.db.prepare("SELECT at FROM events WHERE session = ? ORDER BY seq DESC LIMIT 1").get(tag);
  return (row as { at: string } | undefined)?.at;
}

/** Entries of one session, or of all, in order; each is checked against the schema as it is read. */
export function* entriesOf(ledger: Ledger, tag?: string): Generator<Entry> {
  const where = tag === undefined ? "" : "WHERE session = ?";
  const statement = ledger.db.prepare(`SELECT seq, at, clock, session, body FROM events ${where} ORDER BY seq`);
  for (const row of statement.iterate(...(tag === undefined ? [] : [tag]))) yield toEntry(row as EventRow);
}

interface EventRow {
  readonly seq: number;
  readonly at: string;
  readonly clock: number;
  readonly session: string;
  readonly body: string;
}

function toEntry(row: EventRow): Entry {
  const parsed = sessionEvent.safeParse(JSON.parse(row.body));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new UserError(`ledger event ${row.seq}: ${issue?.path.join(".")}: ${issue?.message}`, {
      exitCode: EXIT.integrity,
    });
  }
  return { seq: row.seq, at: row.at, clock: row.clock, session: row.session, event: parsed.data };
}

/** Folds all events anew and replaces the folded tables by the result. */
export function rebuild(ledger: Ledger): void {
  const { db } = ledger;
  transact(db, () => {
    db.exec("DELETE FROM sessions; DELETE FROM experiments");
    for (const entry of [...entriesOf(ledger)]) {
      const before = sessionOf(ledger, entry.session);
      store(
        ledger,
        fold(before, entry, (n) => experimentOf(ledger, entry.session, n)),
      );
    }
  });
}

function parse<T>(row: unknown): T | undefined {
  return row === undefined ? undefined : (JSON.parse((row as { body: string }).body) as T);
}

function all<T>(rows: readonly unknown[]): readonly T[] {
  return rows.map((row) => JSON.parse((row as { body: string }).body) as T);
}
