/**
 * Keeps results.tsv up to date while a session runs: one write after the other, and a file that cannot be written never
 * stops the loop.
 */
import type { Experiment } from "../experiment.ts";
import type { Entry } from "../ledger/events.ts";
import type { Session } from "../ledger/session.ts";
import { closeLedger, experimentsOf, readLedger } from "../ledger.ts";
import { addResult, type ResultsFile } from "../session-files.ts";
import type { Workspace } from "../workspace.ts";

export interface ResultsWriter {
  readonly ws: Workspace;
  readonly warn: (text: string) => void;
  file: ResultsFile;
  readonly waiting: { readonly session: Session; readonly judged: Experiment }[];
  /** Undefined while nothing is being written. */
  writing?: Promise<void> | undefined;
}

export function resultsWriter(ws: Workspace, warn: (text: string) => void): ResultsWriter {
  return { ws, warn, file: { ws, stale: false }, waiting: [] };
}

/** Takes in one event of the ledger. */
export function noteResult(writer: ResultsWriter, { event }: Entry, session: Session, e: Experiment | undefined): void {
  if (e?.verdict === undefined) return;
  // A run of an experiment that is in the file already: a reference, a canary, a fresh run.
  if (event.type === "measured") writer.file = { ...writer.file, stale: true };
  if (event.type !== "judged") return;
  writer.waiting.push({ session, judged: e });
  writer.writing ??= writeAll(writer);
}

/** Resolves when all that was taken in is written. */
export async function resultsWritten(writer: ResultsWriter): Promise<void> {
  await writer.writing;
}

async function writeAll(writer: ResultsWriter): Promise<void> {
  for (let next = writer.waiting.shift(); next !== undefined; next = writer.waiting.shift()) {
    const before = { ...writer.file };
    // What changes while this is being written is found at the next verdict.
    writer.file = { ...before, stale: false };
    try {
      const { session, judged } = next;
      const after = await addResult(before, session, judged, () => everything(writer, session.tag));
      writer.file = { ...after, stale: after.stale || writer.file.stale };
    } catch (error) {
      writer.file = { ws: writer.ws, stale: false };
      writer.warn(`! results.tsv could not be written: ${(error as Error).message}`);
    }
  }
  writer.writing = undefined;
}

function everything(writer: ResultsWriter, tag: string): readonly Experiment[] {
  const ledger = readLedger(writer.ws.stateDir);
  if (ledger === undefined) return [];
  try {
    // What waits was judged before this is read, so it is in it.
    writer.waiting.length = 0;
    return experimentsOf(ledger, tag);
  } finally {
    closeLedger(ledger);
  }
}
