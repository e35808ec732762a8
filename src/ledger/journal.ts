/**
 * The journal: `ledger.jsonl` beside the ledger, one line per event, written after the event is safe in the ledger. It
 * is a second copy of the whole history, from which a damaged ledger is made anew, and it tells a ledger that was
 * replaced by an older copy or by another lab's.
 *
 * It is not forced to the disk: after a kill it lacks one event at most, after a power cut the last seconds. The ledger
 * is then ahead, which is no fault: what is missing is written when the ledger is opened. Never the other way round.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type Database from "libsql";
import { fileSize } from "../util/file-size.ts";
import { brokenLink, COLUMNS, type EventRow, type Head, NO_EVENTS } from "./row.ts";

export interface Journal {
  readonly file: string;
  readonly fd: number;
}

export function journalFileOf(stateDir: string): string {
  return join(stateDir, "ledger.jsonl");
}

export function openJournal(stateDir: string): Journal {
  const file = journalFileOf(stateDir);
  return { file, fd: openSync(file, "a+", 0o600) };
}

export function closeJournal(journal: Journal): void {
  closeSync(journal.fd);
}

/** Adds events that the ledger has. A line that is cut short by a full disk is mended by `journalHead`. */
export function addToJournal(journal: Journal, rows: readonly EventRow[]): void {
  writeFileSync(journal.fd, rows.map(lineOf).join(""));
}

/** The body stands last and as it is, so that a line can be read by eye and by any JSON tool. */
function lineOf({ body, ...row }: EventRow): string {
  return `${JSON.stringify(row).slice(0, -1)},"event":${body}}\n`;
}

/** What a line says; undefined when it is not a whole one. */
function rowOf(line: string): EventRow | undefined {
  try {
    const { event, ...row } = JSON.parse(line) as Omit<EventRow, "body"> & { event: unknown };
    const isRow = Number.isInteger(row.seq) && typeof row.hash === "string" && event !== undefined;
    return isRow ? { ...row, body: JSON.stringify(event) } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a journal with at least one whole line is there. */
export function hasJournal(stateDir: string): boolean {
  const size = fileSize(journalFileOf(stateDir));
  return size > 0;
}

/** The event of the last whole line; what stands behind it (a line cut short by a power cut) is cut off. */
export function journalHead(journal: Journal): Head {
  const { size } = fstatSync(journal.fd);
  for (let length = 64 * 1024; ; length *= 8) {
    const start = Math.max(0, size - length);
    const bytes = Buffer.alloc(size - start);
    readSync(journal.fd, bytes, 0, bytes.length, start);
    const found = lastRow(bytes, start === 0);
    if (found === undefined && start > 0) continue;
    const end = start + (found?.end ?? 0);
    if (end < size) ftruncateSync(journal.fd, end);
    return found === undefined ? NO_EVENTS : { seq: found.row.seq, hash: found.row.hash };
  }
}

const NEWLINE = 10;

/** The last whole line of some bytes that are the end of a journal; the first line counts only if it is whole. */
function lastRow(bytes: Buffer, isWhole: boolean): { readonly row: EventRow; readonly end: number } | undefined {
  let end = bytes.lastIndexOf(NEWLINE) + 1;
  while (end > 0) {
    const start = end < 2 ? 0 : bytes.lastIndexOf(NEWLINE, end - 2) + 1;
    if (start === 0 && !isWhole) return undefined;
    const row = rowOf(bytes.toString("utf8", start, end));
    if (row !== undefined) return { row, end };
    end = start;
  }
  return undefined;
}

/** Writes the events of the ledger after `head` into the journal; answers the ledger's own head. */
export function catchUp(db: Database.Database, journal: Journal, head: Head): Head {
  const statement = db.prepare(`SELECT ${COLUMNS} FROM events WHERE seq > ? ORDER BY seq LIMIT 1000`);
  for (let last = head; ; ) {
    const rows = statement.all(last.seq) as EventRow[];
    const newest = rows.at(-1);
    if (newest === undefined) return last;
    addToJournal(journal, rows);
    last = { seq: newest.seq, hash: newest.hash };
  }
}

/** The events of a journal as far as their chain is unbroken, and what is wrong with the first that is not. */
export function readJournal(file: string): { readonly rows: readonly EventRow[]; readonly fault?: string } {
  const rows: EventRow[] = [];
  let head = NO_EVENTS;
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (line === "") continue;
    const row = rowOf(line);
    const fault = row === undefined ? `line ${rows.length + 1} is not a whole event` : brokenLink(head, row);
    if (row === undefined || fault !== undefined) return { rows, fault: fault ?? "" };
    rows.push(row);
    head = row;
  }
  return { rows };
}
