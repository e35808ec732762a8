/**
 * A log file that never grows beyond its limit, however much is written to it: the first half of the limit, a line
 * that says how many bytes are left out, and the last half.
 *
 * Writes never block the writer and never fail it: bytes go to memory (at most twice the limit) and every 100 ms to
 * the file, so the file may be read while the run goes on and is complete after `close`. Until then, once bytes were
 * left out, it ends with at least the last quarter of the limit. When the disk is full or gone, `close` says so.
 */
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { addOutput, type CappedOutput, gapLine, openOutput, outputBetween, tailStart } from "./capped-output.ts";

const FLUSH_MS = 100;

export interface CappedLog {
  readonly file: string;
  readonly output: CappedOutput;
  handle: FileHandle | undefined;
  /** In the file: the stream up to `headEnd`, then from `from` up to `to`, then nothing. */
  written: { readonly from: number; readonly to: number; readonly fileEnd: number };
  flushing: Promise<void>;
  timer: NodeJS.Timeout | undefined;
  error: Error | undefined;
}

/**
 * Opens the log, empty, with the folder it is in; never fails, see `close`. At most `limitBytes` bytes of what is
 * appended are stored.
 */
export async function openLog(file: string, limitBytes: number): Promise<CappedLog> {
  const output = openOutput(limitBytes);
  const written = { from: 0, to: 0, fileEnd: 0 };
  const log: CappedLog = {
    file,
    output,
    handle: undefined,
    written,
    flushing: Promise.resolve(),
    timer: undefined,
    error: undefined,
  };
  try {
    await mkdir(dirname(file), { recursive: true });
    log.handle = await open(file, "w");
  } catch (error) {
    log.error = error as Error;
  }
  return log;
}

/** Appends bytes. Returns at once. */
export function appendLog(log: CappedLog, chunk: Buffer): void {
  addOutput(log.output, chunk);
  log.timer ??= setTimeout(() => {
    log.timer = undefined;
    flush(log, log.output.tailLimit / 2);
  }, FLUSH_MS);
}

/** Brings all of it to the disk, durably. Answers what went wrong, if anything did: the file is then incomplete. */
export async function closeLog(log: CappedLog): Promise<Error | undefined> {
  clearTimeout(log.timer);
  flush(log, log.output.tailLimit);
  await log.flushing;
  try {
    await log.handle?.datasync();
    await log.handle?.close();
  } catch (error) {
    log.error ??= error as Error;
  }
  return log.error;
}

/** One at a time, in order. A flush that fails is tried again, from the same place, by the next one. */
function flush(log: CappedLog, tailBytes: number): void {
  log.flushing = log.flushing.then(async () => {
    if (log.handle === undefined) return;
    try {
      await writeNew(log, log.handle, Math.ceil(tailBytes));
      log.error = undefined;
    } catch (error) {
      log.error = error as Error;
    }
  });
}

async function writeNew(log: CappedLog, handle: FileHandle, tailBytes: number): Promise<void> {
  const { output, written } = log;
  const { headLimit, tailLimit, total } = output;
  const tailFrom = Math.max(headLimit, written.from);
  const isFinal = tailBytes === tailLimit && tailStart(output) > headLimit;
  if (!isFinal && total - tailFrom <= tailLimit) {
    const bytes = outputBetween(output, written.to, total);
    await writeAt(handle, bytes, written.fileEnd);
    log.written = { from: written.from, to: total, fileEnd: written.fileEnd + bytes.length };
    return;
  }
  // The tail in the file is full: begin it again, later in the stream, and have room to append for a while.
  const from = total - tailBytes;
  // Bytes of the head that no flush has seen yet, when all came at once.
  const head = outputBetween(output, Math.min(written.to, headLimit), headLimit);
  const line = Buffer.from(gapLine(from - headLimit));
  const bytes = Buffer.concat([head, line, outputBetween(output, from, total)]);
  const at = headLimit - head.length;
  await writeAt(handle, bytes, at);
  await handle.truncate(at + bytes.length);
  log.written = { from, to: total, fileEnd: at + bytes.length };
}

/** A write may take only a part of the bytes (a disk that fills up); the next one then says why. */
async function writeAt(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    if (bytesWritten === 0) throw new Error("the disk took no more bytes");
    done += bytesWritten;
  }
}
