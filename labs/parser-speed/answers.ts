/**
 * Frozen: how an answer is written down, by the parser's process and by the reference alike: each field followed by
 * U+001F, each record by U+001E; an error as `!` and its offset. The inputs have neither letter in them.
 */

/** Records as one text. */
export function recordsAsText(records: readonly (readonly string[])[]): string {
  let text = "";
  for (const record of records) text += `${record.join("\x1f")}\x1f\x1e`;
  return text;
}

/** An error at a byte. */
export function errorAsText(offset: unknown): string {
  return `!${typeof offset === "number" ? offset : "without an offset"}`;
}

/** A list of byte strings as one: their number, then each with its length before it; 32 bits, little endian. */
export function pack(parts: readonly Uint8Array[]): Buffer {
  const size = parts.reduce((sum, part) => sum + 4 + part.length, 4);
  const packed = Buffer.allocUnsafe(size);
  let at = packed.writeUInt32LE(parts.length, 0);
  for (const part of parts) {
    at = packed.writeUInt32LE(part.length, at);
    packed.set(part, at);
    at += part.length;
  }
  return packed;
}

/** The other way round; throws a RangeError when it is no such list. */
export function unpack(packed: Buffer): readonly Buffer[] {
  const count = packed.readUInt32LE(0);
  const parts: Buffer[] = [];
  let at = 4;
  for (let i = 0; i < count; i++) {
    const end = at + 4 + packed.readUInt32LE(at);
    if (end > packed.length) throw new RangeError("a part is cut off");
    parts.push(packed.subarray(at + 4, end));
    at = end;
  }
  return parts;
}
