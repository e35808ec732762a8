/**
 * Keeps the first half and the last half of a stream of bytes, never more than a limit, and counts all of it.
 *
 * Memory is claimed only as bytes arrive. Bytes are not looked at: binary output is stored as it came.
 */

export interface CappedOutput {
  readonly headLimit: number;
  readonly tailLimit: number;
  /** All bytes that ever came. */
  total: number;
  head: Buffer;
  /** A ring: byte number n of the stream after the head stands at n % tailLimit. */
  tail: Buffer;
}

/** An empty output of which at most `limitBytes` are kept (0 or more). */
export function openOutput(limitBytes: number): CappedOutput {
  const headLimit = Math.floor(limitBytes / 2);
  const empty = Buffer.alloc(0);
  return { headLimit, tailLimit: limitBytes - headLimit, total: 0, head: empty, tail: empty };
}

/** Takes bytes in; what lies between the first half and the last half is forgotten. */
export function addOutput(output: CappedOutput, chunk: Buffer): void {
  const toHead = Math.max(0, Math.min(chunk.length, output.headLimit - output.total));
  if (toHead > 0) {
    output.head = roomFor(output.head, output.total, output.total + toHead, output.headLimit);
    chunk.copy(output.head, output.total, 0, toHead);
  }
  const rest = chunk.subarray(toHead);
  if (rest.length > 0) addToTail(output, rest, output.total + toHead - output.headLimit);
  output.total += chunk.length;
}

/** Bytes `from` (inclusive) to `to` (exclusive) of the stream; they must be among those kept. */
export function outputBetween(output: CappedOutput, from: number, to: number): Buffer {
  const { head, tail, headLimit, tailLimit } = output;
  const first = head.subarray(Math.min(from, headLimit), Math.min(to, headLimit));
  const start = Math.max(from, headLimit) - headLimit;
  const end = Math.max(to, headLimit) - headLimit;
  if (end <= start) return first;
  const at = start % tailLimit;
  const whole = Math.min(end - start, tailLimit - at);
  return Buffer.concat([first, tail.subarray(at, at + whole), tail.subarray(0, end - start - whole)]);
}

/** Where the last half begins, as a byte number of the stream; what lies between it and the first half is left out. */
export function tailStart(output: CappedOutput): number {
  return Math.max(Math.min(output.total, output.headLimit), output.total - output.tailLimit);
}

/** The line that stands where bytes were left out; "" when none were. */
export function gapLine(leftOut: number): string {
  return leftOut > 0 ? `\n[nightyard: ${leftOut} bytes left out here]\n` : "";
}

/** What was kept, with a line where something was left out. */
export function renderOutput(output: CappedOutput): Buffer {
  const headEnd = Math.min(output.total, output.headLimit);
  const start = tailStart(output);
  return Buffer.concat([
    outputBetween(output, 0, headEnd),
    Buffer.from(gapLine(start - headEnd)),
    outputBetween(output, start, output.total),
  ]);
}

/** The last bytes, at most `bytes` of them and only from what follows the gap, as text. */
export function outputTail(output: CappedOutput, bytes: number): string {
  const from = Math.max(output.total - bytes, output.total > output.headLimit ? tailStart(output) : 0);
  return outputBetween(output, from, output.total).toString("utf8");
}

function addToTail(output: CappedOutput, bytes: Buffer, at: number): void {
  const { tailLimit } = output;
  if (tailLimit === 0) return;
  output.tail = roomFor(output.tail, Math.min(at, tailLimit), Math.min(at + bytes.length, tailLimit), tailLimit);
  const skipped = Math.max(0, bytes.length - tailLimit);
  const last = bytes.subarray(skipped);
  const start = (at + skipped) % tailLimit;
  const copied = last.copy(output.tail, start, 0, Math.min(last.length, tailLimit - start));
  last.copy(output.tail, 0, copied);
}

/** The buffer, or a longer copy of its first `used` bytes: twice as long, so that growing costs little in all. */
function roomFor(buffer: Buffer, used: number, needed: number, limit: number): Buffer {
  if (needed <= buffer.length) return buffer;
  const longer = Buffer.allocUnsafeSlow(Math.min(limit, Math.max(needed, buffer.length * 2, 4096)));
  buffer.copy(longer, 0, 0, used);
  return longer;
}
