/**
 * A row of the table as an entry, checked. Apart from `row.ts`, because loading the schema takes as long as all else
 * that `nightyard status` does.
 */
import { EXIT, UserError } from "../util/user-error.ts";
import { type Entry, sessionEvent } from "./events.ts";
import type { Ledger } from "./read.ts";
import type { EventRow } from "./row.ts";

/** A row as an entry, checked against the schema; throws UserError with its number and field when it does not fit. */
export function toEntry(row: Omit<EventRow, "hash">): Entry {
  const parsed = sessionEvent.safeParse(JSON.parse(row.body));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new UserError(`ledger event ${row.seq}: ${issue?.path.join(".")}: ${issue?.message}`, {
      exitCode: EXIT.integrity,
    });
  }
  return { seq: row.seq, at: row.at, clock: row.clock, session: row.session, event: parsed.data };
}

/** Entries of a session after one that is known, at most `limit`. */
export function entriesAfter(ledger: Ledger, tag: string, seq: number, limit: number): readonly Entry[] {
  // "+" keeps SQLite from the index over sessions, with which it sorts all events of the session for each window.
  const sql = "SELECT * FROM events WHERE seq > ? AND +session = ? ORDER BY seq LIMIT ?";
  return (ledger.db.prepare(sql).all(seq, tag, limit) as EventRow[]).map(toEntry);
}
