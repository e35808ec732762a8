/**
 * Real pipes for the output of a child process.
 *
 * What Node's own `stdio: "pipe"` gives is a socket: `echo … > /dev/stderr` fails on it (ENXIO), and standard output
 * and error cannot share one, so that the order of their lines is lost. Node cannot make a pipe, but it can open a
 * FIFO; `mkfifo` costs about 3 ms.
 */
import { execFile } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export interface Pipe {
  /** Emits "data", and "close" once every writer is gone. Destroy it when that is not to be waited for. */
  readonly reader: Socket;
  /** A file descriptor for the child; close it here once the child has it. */
  readonly writeFd: number;
}

/** Opens `count` pipes. Rejects when the temporary folder takes no files (full, read-only). */
export async function openPipes(count: number): Promise<readonly Pipe[]> {
  const dir = mkdtempSync(join(tmpdir(), "nightyard-pipe-"));
  try {
    const files = Array.from({ length: count }, (_, index) => join(dir, String(index)));
    await promisify(execFile)("mkfifo", ["-m", "600", ...files]);
    return files.map(openPipe);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function openPipe(file: string): Pipe {
  // The reading end first and without waiting for a writer; then the writing end opens at once, and blocks when full,
  // as programs expect of their standard output.
  const readFd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const writeFd = openSync(file, constants.O_WRONLY);
    return { reader: new Socket({ fd: readFd, readable: true, writable: false }), writeFd };
  } catch (error) {
    closeSync(readFd);
    throw error;
  }
}
