/**
 * One lab that may be driven: its inbox and the sitting that is on, shared by all clients of the server.
 *
 * The sitting is that of `nightyard run`: the same loop, lock, ledger and judge, in this process, with an inbox as its
 * agent. It goes on when a client goes away, until it is stopped, reaches a limit, or this process is told to end; what
 * was recorded is never lost, and the next start continues it.
 */
import { closeInbox, dropWaiting, type Inbox, inboxAgent, openInbox, reopenInbox } from "../agents/inbox.ts";
import { chooseTag } from "../cli/run.ts";
import { summaryText } from "../cli/summary-text.ts";
import { runnerOf } from "../kinds.ts";
import type { Caps, Entry } from "../ledger/events.ts";
import { type Session, workedMs } from "../ledger/session.ts";
import { closeLedger, experimentsOf, type Ledger, readLedger, sessionOf } from "../ledger.ts";
import type { Sandbox } from "../sandbox.ts";
import { needProgram, sit } from "../session.ts";
import { filesDirOf, writePlots, writeResults } from "../session-files.ts";
import { summarize } from "../summary.ts";
import { UserError } from "../util/user-error.ts";
import type { Workspace } from "../workspace.ts";

export interface Seat {
  /** Short and unlike that of any other seat: the folder's name. */
  readonly name: string;
  readonly ws: Workspace;
  /**
   * What fences the lab's commands: chosen when the server is started, never by a client. A promise, because the probe
   * takes a moment, and a server that starts slowly is left out by some clients without a word.
   */
  readonly sandbox: Promise<Sandbox>;
  /** What a session may take at most, whatever limits a client chooses. */
  readonly caps: Caps;
  readonly inbox: Inbox;
  sitting?: SittingNow | undefined;
  /** The session driven last by this server. */
  tag?: string | undefined;
  /** How the last sitting ended, in a sentence. */
  last?: string | undefined;
  /** The server is ending: no sitting is begun any more. */
  closed?: boolean;
}

export interface SittingNow {
  readonly tag: string;
  readonly stop: AbortController;
  /** Resolves once it is over and nothing of it is left; never rejects. */
  readonly over: Promise<Over>;
  /** Resolves once the session is in the ledger; then `isBegun`. */
  readonly begun: Promise<void>;
  isBegun: boolean;
  /** What is going on before the loop begins. */
  phase: string;
  timer?: NodeJS.Timeout | undefined;
}

/** How a sitting ended; an `error` is one that a person must mend, or a fault of ours. */
export interface Over {
  readonly text: string;
  readonly error?: unknown;
}

export interface StartRequest {
  readonly tag?: string | undefined;
  readonly experiments?: number | undefined;
  readonly seconds?: number | undefined;
  readonly confirmRuns?: number | undefined;
}

/** A timer of Node holds no more: 24.8 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export type Terms = Pick<Seat, "sandbox" | "caps">;

export function makeSeat(name: string, ws: Workspace, terms: Terms, prefix: string): Seat {
  const inbox = openInbox(prefix);
  closeInbox(inbox, "no session is on; begin or continue one with `start`");
  return { name, ws, ...terms, inbox };
}

/**
 * Begins a session or continues one; resolves as soon as it is in the ledger, or still prepares after ten seconds.
 * Throws what `sit` throws: another process holds the lab, program.md has mistakes.
 */
export async function startSitting(seat: Seat, request: StartRequest): Promise<SittingNow> {
  if (seat.sitting === undefined) {
    const program = await needProgram(seat.ws);
    const tag = request.tag ?? (await chooseTag(seat.ws));
    const sandbox = await seat.sandbox;
    if (seat.closed === true) throw new UserError("this server is ending");
    // Another client may have been quicker.
    seat.sitting ??= beginSitting(seat, {
      ...request,
      tag,
      sandbox,
      confirmRuns: request.confirmRuns ?? program.confirmRuns,
    });
  }
  const { sitting } = seat;
  const patience = new Promise<undefined>((resolve) => setTimeout(resolve, 10_000, undefined).unref());
  const over = await Promise.race([sitting.begun.then(() => undefined), sitting.over, patience]);
  if (over?.error !== undefined) throw over.error;
  return sitting;
}

type Ready = StartRequest & { readonly tag: string; readonly sandbox: Sandbox; readonly confirmRuns: number };

function beginSitting(seat: Seat, request: Ready): SittingNow {
  const { ws, inbox, caps } = seat;
  const { tag, sandbox, confirmRuns } = request;
  const stop = new AbortController();
  seat.tag = tag;
  reopenInbox(inbox, tag);
  let begun = () => {};
  const hasBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const over = sit({
    ws,
    tag,
    agent: inboxAgent(inbox),
    runner: runnerOf("local"),
    limits: { experiments: request.experiments, seconds: request.seconds },
    caps,
    sandbox,
    confirmRuns,
    observe: (entry, session) => {
      observed(seat, entry, session);
      if (entry.event.type === "sitting-started") {
        if (seat.sitting !== undefined) seat.sitting.isBegun = true;
        begun();
      }
    },
    say: (text) => {
      if (seat.sitting !== undefined) seat.sitting.phase = text;
    },
    signal: stop.signal,
  }).then(
    ({ ending }): Over => ({ text: `it ended: ${ending.why}: ${ending.detail}` }),
    (error: unknown): Over => {
      if (stop.signal.aborted) return { text: "it was stopped" };
      return { text: `it failed: ${error instanceof Error ? error.message : String(error)}`, error };
    },
  );
  return { tag, stop, over: over.then((o) => leave(seat, o)), begun: hasBegun, isBegun: false, phase: "starting" };
}

/** After the sitting: whoever waits is told, and the files for people are written. */
async function leave(seat: Seat, over: Over): Promise<Over> {
  clearTimeout(seat.sitting?.timer);
  const tag = seat.sitting?.tag;
  seat.sitting = undefined;
  seat.last = over.text;
  closeInbox(seat.inbox, "no session is on; begin or continue one with `start`");
  dropWaiting(seat.inbox, `the session is over before its turn came: ${over.text}`);
  if (tag !== undefined) await writeAll(seat, tag).catch(complain);
  return over;
}

function observed(seat: Seat, entry: Entry, session: Session): void {
  if (entry.event.type === "sitting-started") closeInTime(seat, session);
  if (entry.event.type === "judged") void writeTable(seat, session).catch(complain);
  // Whoever waits for a verdict looks again.
  for (const watcher of [...seat.inbox.watchers]) watcher();
}

/** A turn that waits for a change would outlast the session's time, which is looked at only between experiments. */
function closeInTime(seat: Seat, session: Session): void {
  const { seconds } = session.limits;
  if (seconds === undefined || seat.sitting === undefined) return;
  const left = Math.min(LONGEST_TIMER_MS, Math.max(0, seconds * 1000 - workedMs(session)));
  const why = `the session's time of ${seconds} s is used up`;
  seat.sitting.timer = setTimeout(() => closeInbox(seat.inbox, why), left);
}

/** Stops the sitting and waits until nothing of it is left. `finish`: fresh runs confirm the gain first. */
export async function stopSitting(seat: Seat, finish: boolean): Promise<void> {
  const { sitting } = seat;
  if (sitting === undefined) return;
  if (finish) closeInbox(seat.inbox, "whoever drives the session has finished");
  else sitting.stop.abort(new Error("stopped by whoever drives the session"));
  if (!finish) await sitting.over;
}

/** Uses the lab's ledger for reading; undefined when there is none yet. */
export async function withLedger<T>(ws: Workspace, use: (ledger: Ledger) => T | Promise<T>): Promise<T | undefined> {
  const ledger = readLedger(ws.stateDir);
  if (ledger === undefined) return undefined;
  try {
    return await use(ledger);
  } finally {
    closeLedger(ledger);
  }
}

async function writeTable({ ws }: Seat, session: Session): Promise<void> {
  await withLedger(ws, (ledger) => writeResults(ws, session, experimentsOf(ledger, session.tag)));
}

async function writeAll({ ws }: Seat, tag: string): Promise<void> {
  await withLedger(ws, async (ledger) => {
    const session = sessionOf(ledger, tag);
    if (session === undefined) return;
    const experiments = experimentsOf(ledger, tag);
    const place = { labDir: ws.labDir, labArgument: ws.labDir, filesDir: filesDirOf(ws, tag) };
    await writeResults(ws, session, experiments);
    await writePlots(ws, session, experiments, summaryText(session, summarize(session, experiments), place));
  });
}

/** A file that cannot be written never stops the loop. */
function complain(error: unknown): void {
  process.stderr.write(`! the session's files could not be written: ${(error as Error).message}\n`);
}
