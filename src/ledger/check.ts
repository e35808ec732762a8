/**
 * Whether a ledger is what this program wrote: SQLite's own check, the chain over all events, the journal, and the
 * folded tables against a fold of the events. About 15 µs per event, 60 µs with the tables.
 */
import { isDeepStrictEqual } from "node:util";
import type Database from "libsql";
import type { Experiment } from "../experiment.ts";
import type { SessionEvent } from "./events.ts";
import { fold } from "./fold.ts";
import { brokenLink, COLUMNS, type EventRow, type Head, NO_EVENTS } from "./row.ts";
import type { Session } from "./session.ts";
import { STORED_SESSIONS, type StoredSession, storedSession } from "./tables.ts";

/** What is wrong with the file or with its history, in words; undefined when all is well. */
export function faultOf(db: Database.Database): string | undefined {
  const check = db.prepare("PRAGMA quick_check(1)").get() as { quick_check: string };
  if (check.quick_check !== "ok") return `the file is damaged (${check.quick_check})`;
  let head = NO_EVENTS;
  for (const row of db.prepare(`SELECT ${COLUMNS} FROM events ORDER BY seq`).iterate()) {
    const fault = brokenLink(head, row as EventRow);
    if (fault !== undefined) return fault;
    head = row as EventRow;
  }
  return undefined;
}

/** What the journal's last event says against the ledger, in words; undefined when they are of one history. */
export function contradiction(db: Database.Database, journal: Head): string | undefined {
  if (journal.seq === 0) return undefined;
  const row = db.prepare("SELECT hash FROM events WHERE seq = ?").get(journal.seq) as { hash: string } | undefined;
  if (row?.hash === journal.hash) return undefined;
  const { n } = db.prepare("SELECT max(seq) AS n FROM events").get() as { n: number | null };
  const knows = `its journal (ledger.jsonl) knows ${journal.seq} events`;
  if (row === undefined) return `it ends at event ${n ?? 0} and ${knows}: this is an older copy, or another lab's`;
  return `its event ${journal.seq} is another than that of its journal (ledger.jsonl): one of the two was replaced`;
}

/** Events up to which the folded tables are checked each time a ledger is opened. So many take about 0.5 s. */
export const FOLDED_AT_OPEN = 10_000;

/** Whether the folded tables are not what the events lead to: changed by hand, or folded by another version. */
export function tablesDiffer(db: Database.Database): boolean {
  const sessions = new Map<string, Session>();
  const experiments = new Map<string, Experiment>();
  const key = (session: string, n: number) => `${session}/${n}`;
  for (const raw of db.prepare(`SELECT ${COLUMNS} FROM events ORDER BY seq`).iterate()) {
    const row = raw as EventRow;
    const { seq, at, clock, session: tag } = row;
    // The chain has shown that this is what was checked when it was written.
    const entry = { seq, at, clock, session: tag, event: JSON.parse(row.body) as SessionEvent };
    const folded = fold(sessions.get(tag), entry, (n) => experiments.get(key(tag, n)));
    sessions.set(tag, folded.session);
    if (folded.experiment !== undefined) experiments.set(key(tag, folded.experiment.number), folded.experiment);
  }
  const inSessions = db.prepare(STORED_SESSIONS).all() as StoredSession[];
  const inExperiments = db.prepare("SELECT session || '/' || number AS key, body FROM experiments").all() as Stored[];
  return (
    inSessions.length !== sessions.size ||
    inExperiments.length !== experiments.size ||
    inSessions.some((row) => isOther(sessions.get(row.tag), () => storedSession(row))) ||
    inExperiments.some(({ key: name, body }) => isOther(experiments.get(name), () => JSON.parse(body)))
  );
}

interface Stored {
  readonly key: string;
  readonly body: string;
}

function isOther(folded: unknown, read: () => unknown): boolean {
  if (folded === undefined) return true;
  try {
    // By way of JSON, which drops what is undefined; the order of the fields means nothing.
    return !isDeepStrictEqual(JSON.parse(JSON.stringify(folded)), read());
  } catch {
    // A spoiled row.
    return true;
  }
}
