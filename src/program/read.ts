/**
 * Reads a program.md from disk as UTF-8 text, bounded; what cannot be read so is a fault, not an exception.
 */
import { readFile, stat } from "node:fs/promises";
import type { Fault } from "./problem.ts";

/** A program.md of more bytes than this is refused. */
export const MAX_PROGRAM_BYTES = 1_048_576;

/** The text with its byte order mark, so that the hash of the text is the hash of the bytes; or why there is none. */
export async function readProgramText(file: string): Promise<{ readonly text: string } | { readonly fault: Fault }> {
  const bytes = await readBounded(file);
  if ("fault" in bytes) return bytes;
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    // The decoder does not say where: the first replacement character of a lenient reading does.
    const before = bytes.toString("utf8").split("\uFFFD")[0] ?? "";
    return fault(before.split("\n").length, "bytes that are no UTF-8", "a text file saved as UTF-8");
  }
}

async function readBounded(file: string): Promise<Buffer | { readonly fault: Fault }> {
  try {
    const info = await stat(file);
    if (!info.isFile()) return fault(undefined, "no regular file", "a text file");
    if (info.size > MAX_PROGRAM_BYTES)
      return fault(undefined, `${info.size} bytes`, `at most ${MAX_PROGRAM_BYTES} bytes`);
    return await readFile(file);
  } catch (error) {
    return fault(undefined, String((error as NodeJS.ErrnoException).code ?? error), "a file that can be read");
  }
}

function fault(line: number | undefined, found: string, expected: string): { readonly fault: Fault } {
  return { fault: { line, field: "file", found, expected } };
}
