/**
 * Free: reads CSV (RFC 4180) from UTF-8 bytes. Correct, and slow in a plain way: byte by byte, each field collected in
 * a buffer and then made a text.
 *
 * Grammar: records end with LF or CRLF, the last one may end without; fields are separated by commas; a field in quotes
 * may have anything in it, a quote doubled. No input is no records. Records may differ in length.
 */

/** Where the input is wrong: a byte's offset. Any thrown object with this number will do. */
export class ParseError extends Error {
  readonly offset: number;

  constructor(what: string, offset: number) {
    super(`${what} at byte ${offset}`);
    this.offset = offset;
  }
}

const REUSE_BUFFER = false; // one buffer for all fields, or a new one for each
const FIELD_CAPACITY = 64; // 8..4096 power of two, bytes that a buffer has at first
const GROWTH = 2; // 1.25..8, times its size when it is full
const SHORT_FIELD = 0; // 0..64, a field of so many bytes is put together letter by letter
const CACHE_ENTRIES = 0; // one of 0|256|4096|65536, texts that are kept for when they come again
const DECODER = "standard"; // one of standard|buffer

const COMMA = 0x2c; // fixed
const QUOTE = 0x22; // fixed
const LF = 0x0a; // fixed
const CR = 0x0d; // fixed

const decoder = new TextDecoder();
const cache: string[] = new Array(CACHE_ENTRIES).fill("");
let buffer = new Uint8Array(FIELD_CAPACITY);
let length = 0;

/** The records. Throws at the first byte that cannot be; for a quote that never ends, at that quote. */
export function parse(input: Uint8Array): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let at = 0;
  length = 0; // an error may have left a field half-read
  while (at < input.length) {
    at = input[at] === QUOTE ? readQuoted(input, at) : readPlain(input, at);
    record.push(takeField());
    if (at < input.length && input[at] !== COMMA) {
      at = readLineEnd(input, at);
      records.push(record);
      record = [];
      continue;
    }
    at += 1;
    // A comma at the very end is followed by an empty field.
    if (at === input.length) record.push("");
  }
  if (record.length > 0) records.push(record);
  return records;
}

/** Collects a field without quotes; the offset behind it. */
function readPlain(input: Uint8Array, start: number): number {
  let at = start;
  while (at < input.length) {
    const byte = input[at]!;
    if (byte === COMMA || byte === LF || byte === CR) break;
    if (byte === QUOTE) throw new ParseError("a quote inside a field without quotes", at);
    add(byte);
    at += 1;
  }
  return at;
}

/** Collects a field in quotes; the offset behind its last quote. */
function readQuoted(input: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < input.length) {
    const byte = input[at]!;
    if (byte === QUOTE) {
      if (input[at + 1] !== QUOTE) return behindQuote(input, at + 1);
      at += 1;
    }
    add(byte);
    at += 1;
  }
  throw new ParseError("a quote that does not end", start);
}

function behindQuote(input: Uint8Array, at: number): number {
  const byte = input[at];
  if (byte === undefined || byte === COMMA || byte === LF || byte === CR) return at;
  throw new ParseError("a letter behind a field in quotes", at);
}

function readLineEnd(input: Uint8Array, at: number): number {
  if (input[at] === LF) return at + 1;
  if (input[at + 1] === LF) return at + 2;
  throw new ParseError("a carriage return alone", at);
}

function add(byte: number): void {
  if (length === buffer.length) {
    const larger = new Uint8Array(Math.ceil(buffer.length * GROWTH));
    larger.set(buffer);
    buffer = larger;
  }
  buffer[length] = byte;
  length += 1;
}

/** The collected bytes as a text; the next field begins empty. */
function takeField(): string {
  const text = CACHE_ENTRIES > 0 ? cached() : decoded();
  if (!REUSE_BUFFER) buffer = new Uint8Array(FIELD_CAPACITY);
  length = 0;
  return text;
}

function decoded(): string {
  if (length <= SHORT_FIELD) {
    const text = letterByLetter();
    if (text !== undefined) return text;
  }
  const bytes = buffer.subarray(0, length);
  if ((DECODER as string) === "buffer") {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  }
  return decoder.decode(bytes);
}

/** Undefined when a letter has more than one byte. */
function letterByLetter(): string | undefined {
  let text = "";
  for (let i = 0; i < length; i++) {
    if (buffer[i]! > 0x7f) return undefined;
    text += String.fromCharCode(buffer[i]!);
  }
  return text;
}

/** By a hash of the bytes; a text of another field with the same hash is found out and replaced. */
function cached(): string {
  let hash = length;
  for (let i = 0; i < length; i++) hash = (Math.imul(hash, 31) + buffer[i]!) | 0;
  const slot = (hash >>> 0) % CACHE_ENTRIES;
  const known = cache[slot]!;
  if (known.length === length && isSame(known)) return known;
  const text = decoded();
  cache[slot] = text;
  return text;
}

/** True only for letters of one byte. */
function isSame(text: string): boolean {
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== buffer[i]! || buffer[i]! > 0x7f) return false;
  return true;
}
