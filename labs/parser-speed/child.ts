/**
 * Frozen: the parser's own process. Reads lists of inputs from standard input, parses each, and writes the list of
 * answers to standard output, until there is no more. No clock is read here: `parser-process.ts` has it, in another
 * process. Node lets this one read, write and start nothing.
 */
import { readSync, writeSync } from "node:fs";
import { errorAsText, pack, recordsAsText, unpack } from "./answers.ts";
import { parse } from "./parser.ts";

function readExactly(size: number): Buffer | undefined {
  const bytes = Buffer.allocUnsafeSlow(size);
  let at = 0;
  while (at < size) {
    const count = readSync(0, bytes, at, size - at, null);
    if (count === 0) return undefined;
    at += count;
  }
  return bytes;
}

function writeAll(bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
}

/** What the parser makes of an input, written down in full: work that is put off is done here, and timed. */
function answerTo(input: Uint8Array): string {
  try {
    return recordsAsText(parse(input));
  } catch (error) {
    return errorAsText((error as { offset?: unknown } | undefined)?.offset);
  }
}

for (;;) {
  const header = readExactly(4);
  const request = header === undefined ? undefined : readExactly(header.readUInt32LE(0));
  if (request === undefined) break;
  const answers = pack(unpack(request).map((input) => Buffer.from(answerTo(input), "utf8")));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(answers.length, 0);
  writeAll(size);
  writeAll(answers);
}
