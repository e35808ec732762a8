/**
 * An event as a row of the table, and the chain that binds it to all before it: each row carries the SHA-256 of the
 * hash before it and of its own columns. An event that was changed, removed or put in by an edit breaks the chain.
 *
 * Not covered: somebody who also computes the chain anew, and the journal with it. There is no secret here: it finds
 * accidents and edits, not a person who has the same rights as the harness and means it.
 */
import { createHash } from "node:crypto";

export interface EventRow {
  readonly seq: number;
  readonly at: string;
  readonly clock: number;
  readonly session: string;
  readonly experiment: number | null;
  readonly type: string;
  /** The event as JSON. */
  readonly body: string;
  readonly hash: string;
}

/** The last event that is there: its number and its link of the chain. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
}

export const NO_EVENTS: Head = { seq: 0, hash: "" };

/** Columns of a row, in the order of the table. */
export const COLUMNS = "seq, at, clock, session, experiment, type, body, hash";

/** The link of the chain that a row must carry after `previous`. */
export function linkOf(previous: string, row: Omit<EventRow, "hash">): string {
  const { seq, at, clock, session, experiment, type, body } = row;
  const bound = JSON.stringify([previous, seq, at, clock, session, experiment, type, body]);
  return createHash("sha256").update(bound).digest("hex");
}

/** Why a row cannot stand after `head`, in words; undefined when it does. */
export function brokenLink(head: Head, row: EventRow): string | undefined {
  if (row.seq !== head.seq + 1) return `after event ${head.seq} comes event ${row.seq}: events are missing`;
  if (row.hash === linkOf(head.hash, row)) return undefined;
  return `event ${row.seq} (${row.type}) is not as it was written: its hash does not fit`;
}
