/**
 * A session as the page shows it: a row per experiment, read from the ledger in windows and then kept up to date. The
 * ledger belongs to the process that writes it; this one only looks.
 *
 * Promises: no window is larger than 1000 experiments or 250 events, and between two of them others have their turn, so
 * that the server answers while a large session is still being read (the newest experiments come first). Not covered: a
 * ledger that is replaced by another file while the page is open.
 */
import type { Experiment } from "../experiment.ts";
import { entriesAfter } from "../ledger/entry.ts";
import type { Session } from "../ledger/session.ts";
import { experimentOf, experimentsOf, type Ledger, sessionOf } from "../ledger.ts";
import type { Machine, TrustPoint } from "../report/shape.ts";
import { summaryOf as figures, type Summary } from "../summary.ts";
import { type Night, NO_NIGHT, nightAfter } from "./board/night.ts";
import { type Row, rowOf } from "./board/row.ts";

export interface BoardFacts {
  readonly version: number;
  readonly trust: readonly TrustPoint[];
  readonly machine: Machine;
}

export interface Board {
  readonly tag: string;
  readonly ledger: Ledger;
  session: Session;
  /** By number; a hole where the ledger was not yet read. */
  readonly rows: (Row | undefined)[];
  read: number;
  night: Night;
  /** Counts up with every change: what was made from an older one is made again. */
  version: number;
  /** Experiments that may have changed since they were read. */
  readonly touched: Set<number>;
  complete: boolean;
  cache: { readonly session: Session; readonly summary: Summary } | undefined;
  /** What was worked out of all rows, of the version that it names. */
  facts: BoardFacts | undefined;
}

const WINDOW = 1000;
const EVENTS = 250;
/** After the first window smaller ones, with a pause: the page itself is asked for just then. */
const LATER_WINDOW = 500;
const FIRST_PAUSE_MS = 400;
const PAUSE_MS = 3;

/** Begins a board with the newest experiments; undefined when the ledger has no such session. */
export function openBoard(ledger: Ledger, tag: string): Board | undefined {
  const session = sessionOf(ledger, tag);
  if (session === undefined) return undefined;
  const board: Board = {
    tag,
    ledger,
    session,
    rows: [],
    read: 0,
    night: NO_NIGHT,
    version: 1,
    touched: new Set(touchedBy(session)),
    complete: false,
    cache: undefined,
    facts: undefined,
  };
  const first = Math.max(0, session.lastExperiment - WINDOW + 1);
  take(board, experimentsOf(ledger, tag, first, WINDOW));
  if (first > 0) take(board, experimentsOf(ledger, tag, 0, 1));
  return board;
}

/** Reads the rest, window by window, then the events. Ends early when `isOver` says so. */
export async function fillBoard(ledger: Ledger, board: Board, isOver: () => boolean): Promise<void> {
  let end = Math.max(0, board.session.lastExperiment - WINDOW + 1);
  if (end > 0) await pause(FIRST_PAUSE_MS);
  while (end > 0 && !isOver()) {
    const from = Math.max(0, end - LATER_WINDOW);
    take(board, experimentsOf(ledger, board.tag, from, end - from));
    end = from;
    board.version += 1;
    await pause(PAUSE_MS);
  }
  while (!isOver() && takeEvents(ledger, board)) await pause(PAUSE_MS);
  if (isOver()) return;
  board.complete = true;
  board.version += 1;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Brings a board up to what the ledger has now; true when something changed. */
export function refreshBoard(ledger: Ledger, board: Board): boolean {
  const session = sessionOf(ledger, board.tag);
  if (session === undefined || JSON.stringify(session) === JSON.stringify(board.session)) return false;
  const before = board.session.lastExperiment;
  board.session = session;
  for (const n of touchedBy(session)) board.touched.add(n);
  const again = [...board.touched].filter((n) => n <= before);
  take(
    board,
    again.map((n) => experimentOf(ledger, board.tag, n)).filter((e) => e !== undefined),
  );
  for (let from = before + 1; from <= session.lastExperiment; from += WINDOW) {
    take(board, experimentsOf(ledger, board.tag, from, WINDOW));
  }
  if (board.complete) {
    board.touched.clear();
    for (const n of touchedBy(session)) board.touched.add(n);
    while (takeEvents(ledger, board));
  }
  board.version += 1;
  return true;
}

/** Only an open experiment changes, and one whose runs are made again: the baseline, the champion, the anchor. */
function touchedBy(session: Session): readonly number[] {
  const runs = session.openRuns.map((run) => run.experiment);
  const groups = session.evidence.groups.map((group) => group.experiment);
  return [...session.open, ...runs, ...groups, 0, session.champion.experiment];
}

function take(board: Board, experiments: readonly Experiment[]): void {
  for (const e of experiments) {
    if (board.rows[e.number] === undefined) board.read += 1;
    board.rows[e.number] = rowOf(e);
  }
}

/** One window of events; false when there were no more. */
function takeEvents(ledger: Ledger, board: Board): boolean {
  const found = entriesAfter(ledger, board.tag, board.night.seq, EVENTS);
  board.night = found.reduce(nightAfter, board.night);
  return found.length === EVENTS;
}

/** The rows that were read, in order. */
export function rowsOf(board: Board): readonly Row[] {
  return board.rows.filter((row) => row !== undefined);
}

/** How the session stands: by the ledger's own figures, so also while the rows are still being read. */
export function summaryOf(board: Board): Summary {
  const { session, ledger, cache } = board;
  if (cache?.session === session) return cache.summary;
  const summary = figures(ledger, session);
  board.cache = { session, summary };
  return summary;
}

export function slims(board: Board): readonly Experiment[] {
  return rowsOf(board).map((row) => row.slim);
}
