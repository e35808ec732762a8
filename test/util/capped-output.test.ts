import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addOutput,
  gapLine,
  openOutput,
  outputBetween,
  outputTail,
  renderOutput,
  tailStart,
} from "../../src/util/capped-output.ts";

function fill(limit: number, chunks: readonly Buffer[]) {
  const output = openOutput(limit);
  for (const chunk of chunks) addOutput(output, chunk);
  return output;
}

describe("a capped output", () => {
  test("keeps everything up to the limit, byte for byte", () => {
    const output = fill(8, [Buffer.from("abc"), Buffer.from("defgh")]);
    expect(renderOutput(output).toString()).toBe("abcdefgh");
  });

  test("keeps the first and the last half beyond it, and says how much is missing", () => {
    const output = fill(8, [Buffer.from("abcdefgh"), Buffer.from("ijklmnop")]);
    expect(renderOutput(output).toString()).toBe("abcd\n[nightyard: 8 bytes left out here]\nmnop");
    expect(output.total).toBe(16);
  });

  test("with a limit of nothing keeps nothing and counts all", () => {
    const output = fill(0, [Buffer.from("abc")]);
    expect(renderOutput(output).toString()).toBe(gapLine(3));
    expect(output.total).toBe(3);
  });

  test("is the same however the stream was cut into chunks", () => {
    const stream = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });
    fc.assert(
      fc.property(fc.nat({ max: 60 }), stream, (limit, parts) => {
        const chunks = parts.map((part) => Buffer.from(part));
        const whole = Buffer.concat(chunks);
        const half = Math.floor(limit / 2);
        const kept =
          whole.length <= limit
            ? whole
            : Buffer.concat([
                whole.subarray(0, half),
                Buffer.from(gapLine(whole.length - limit)),
                whole.subarray(whole.length - (limit - half)),
              ]);
        const output = fill(limit, chunks);
        expect(renderOutput(output).equals(kept)).toBe(true);
        const from = tailStart(output);
        expect(outputBetween(output, from, output.total).equals(whole.subarray(from))).toBe(true);
      }),
    );
  });

  test("claims memory only for what came, and never more than the limit", () => {
    const output = fill(2_000_000_000, [Buffer.from("small")]);
    expect(output.head.length + output.tail.length).toBeLessThan(10_000);
    const flood = fill(
      10_000,
      Array.from({ length: 1000 }, () => Buffer.alloc(997)),
    );
    expect(flood.head.length + flood.tail.length).toBeLessThanOrEqual(10_000);
  });

  test("gives its last words, without the line of the gap", () => {
    expect(outputTail(fill(100, [Buffer.from("hello world")]), 5)).toBe("world");
    expect(outputTail(fill(100, [Buffer.from("hi")]), 5)).toBe("hi");
    expect(outputTail(fill(8, [Buffer.from("abcdefghijklmnop")]), 100)).toBe("mnop");
  });
});
