/**
 * Keeps the boards that somebody looks at up to date, and tells the open pages. One look per second at whether the
 * ledger was written; only then is anything read.
 */
import { runningHolder } from "../ledger/lock.ts";
import { closeLedger, type Ledger, sessionsOf } from "../ledger.ts";
import type { Workspace } from "../workspace.ts";
import { type Board, fillBoard, openBoard, refreshBoard } from "./board.ts";

export interface Watch {
  readonly ws: Workspace;
  readonly ledger: Ledger;
  readonly boards: Map<string, Board>;
  readonly listeners: Set<Listener>;
  timer: NodeJS.Timeout | undefined;
  /** SQLite's count of the commits of other connections. */
  dataVersion: number;
  running: string | undefined;
  over: boolean;
}

export interface Listener {
  readonly tag: string;
  readonly tell: () => void;
}

const EVERY_MS = 1000;
/** So many sessions are held in memory; the one that was asked for first goes. */
const MOST_BOARDS = 6;

export function startWatch(ws: Workspace, ledger: Ledger): Watch {
  const watch: Watch = {
    ws,
    ledger,
    boards: new Map(),
    listeners: new Set(),
    timer: undefined,
    dataVersion: dataVersion(ledger),
    running: runningHolder(ws.stateDir)?.tag,
    over: false,
  };
  watch.timer = setInterval(() => look(watch), EVERY_MS);
  return watch;
}

export function endWatch(watch: Watch): void {
  watch.over = true;
  clearInterval(watch.timer);
  closeLedger(watch.ledger);
}

function dataVersion(ledger: Ledger): number {
  return (ledger.db.prepare("PRAGMA data_version").get() as { data_version: number }).data_version;
}

/** The board of a session, begun when nobody has asked for it yet; undefined when there is no such session. */
export function boardOf(watch: Watch, tag: string): Board | undefined {
  const known = watch.boards.get(tag);
  if (known !== undefined) return known;
  const board = openBoard(watch.ledger, tag);
  if (board === undefined) return undefined;
  if (watch.boards.size >= MOST_BOARDS) watch.boards.delete([...watch.boards.keys()][0] ?? "");
  watch.boards.set(tag, board);
  const isOver = () => watch.over || watch.boards.get(tag) !== board;
  fillBoard(watch.ledger, board, isOver).then(
    () => tellAll(watch, tag),
    (error: unknown) => process.stderr.write(`! ui: ${error instanceof Error ? error.message : error}\n`),
  );
  return board;
}

/** The newest session's tag; undefined without one. */
export function newestTag(watch: Watch): string | undefined {
  return watch.running ?? sessionsOf(watch.ledger).at(-1)?.tag;
}

/** One look. A ledger that cannot be read just now is looked at again a second later. */
export function look(watch: Watch): void {
  try {
    const running = runningHolder(watch.ws.stateDir)?.tag;
    const changedHands = running !== watch.running;
    watch.running = running;
    const version = dataVersion(watch.ledger);
    if (version === watch.dataVersion && !changedHands) return;
    watch.dataVersion = version;
    for (const [tag, board] of watch.boards) {
      if (refreshBoard(watch.ledger, board) || changedHands) tellAll(watch, tag);
    }
  } catch (error) {
    process.stderr.write(`! ui: ${error instanceof Error ? error.message : error}\n`);
  }
}

function tellAll(watch: Watch, tag: string): void {
  for (const listener of watch.listeners) if (listener.tag === tag) listener.tell();
}
