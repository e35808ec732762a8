/**
 * The lines of a text file with their numbers, read piece by piece: UTF-8, or UTF-16 where a byte order mark says so.
 *
 * Promises: the whole file is never held; a line longer than 16 MiB, and a file that is no text, are refused with the
 * line. Bytes that are no UTF-8 become U+FFFD. Not covered: other encodings.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { UserError } from "../util/user-error.ts";

export interface Line {
  readonly line: number;
  readonly text: string;
}

const MAX_LINE = 16 * 1024 * 1024;
const SAMPLE = 256 * 1024;

/** How a file's bytes become lines. */
export interface Encoding {
  readonly name: "utf-8" | "utf-16le" | "utf-16be";
  readonly newline: "\n" | "\r";
}

export interface Sample {
  readonly encoding: Encoding;
  /** The first lines, as far as 256 KiB reach; the last may be cut. */
  readonly lines: readonly Line[];
}

/** The beginning of a file; throws UserError when it cannot be read or is no text. */
export async function sampleOf(file: string): Promise<Sample> {
  const bytes = await beginning(file);
  const name =
    bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
  const text = new TextDecoder(name).decode(bytes);
  const nul = text.indexOf("\0");
  if (nul >= 0) {
    const line = text.slice(0, nul).split("\n").length;
    throw new UserError(`${file}: line ${line}: found binary data; expected a text file with one experiment per line`);
  }
  const newline = !text.includes("\n") && text.includes("\r") ? "\r" : "\n";
  const lines = text.split(newline).map((one, i) => ({ line: i + 1, text: one.replace(/\r$/, "") }));
  return { encoding: { name, newline }, lines };
}

async function beginning(file: string): Promise<Uint8Array> {
  try {
    const handle = await open(file, "r");
    try {
      const buffer = new Uint8Array(SAMPLE);
      const { bytesRead } = await handle.read(buffer, 0, SAMPLE, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw new UserError(`${file}: cannot be read (${(cause as Error).message})`, { cause });
  }
}

/** All lines of the file in order, blank ones too. */
export async function* linesOf(file: string, { name, newline }: Encoding): AsyncGenerator<Line> {
  const decoder = new TextDecoder(name);
  let rest = "";
  let line = 0;
  for await (const chunk of createReadStream(file)) {
    const pieces = (rest + decoder.decode(chunk as Buffer, { stream: true })).split(newline);
    rest = pieces.pop() ?? "";
    for (const text of pieces) yield { line: ++line, text: text.replace(/\r$/, "") };
    if (rest.length > MAX_LINE) {
      throw new UserError(`${file}: line ${line + 1}: longer than ${MAX_LINE} characters; expected one experiment`);
    }
  }
  rest += decoder.decode();
  if (rest !== "") yield { line: line + 1, text: rest.replace(/\r$/, "") };
}

/** SHA-256 of a file's bytes: the same file is imported once. */
export async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
