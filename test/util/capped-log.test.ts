import { mkdtempSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { appendLog, closeLog, openLog } from "../../src/util/capped-log.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "nightyard-log-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Bytes from..to of a stream in which every position is known. */
function stream(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, index) => String.fromCharCode(97 + ((from + index) % 26))).join("");
}

async function untilFileHas(file: string, text: string): Promise<void> {
  while (!readFileSync(file, "utf8").includes(text)) await sleep(10);
}

describe("a capped log", () => {
  test("is in the file before it is closed", async () => {
    const file = join(root, "deep/down/live.log");
    const log = await openLog(file, 1000);
    appendLog(log, Buffer.from("one\n"));
    await untilFileHas(file, "one\n");
    appendLog(log, Buffer.from("two\n"));
    await untilFileHas(file, "one\ntwo\n");
    expect(await closeLog(log)).toBeUndefined();
    expect(readFileSync(file, "utf8")).toBe("one\ntwo\n");
  });

  test("ends with the first and the last half, whatever was written in between and when", async () => {
    const pieces = [1, 99, 100, 350, 3, 700, 51, 52, 1000, 20, 20, 20];
    for (const limit of [0, 1, 7, 100, 101, 399]) {
      const file = join(root, `pieces-${limit}.log`);
      const log = await openLog(file, limit);
      let at = 0;
      for (const [index, piece] of pieces.entries()) {
        appendLog(log, Buffer.from(stream(at, at + piece)));
        at += piece;
        if (index % 2 === 0) await sleep(110);
        expect(statSync(file).size).toBeLessThanOrEqual(limit + 60);
      }
      expect(await closeLog(log)).toBeUndefined();
      const half = Math.floor(limit / 2);
      const gap = `\n[nightyard: ${at - limit} bytes left out here]\n`;
      expect(readFileSync(file, "utf8")).toBe(stream(0, half) + gap + stream(at - (limit - half), at));
    }
  });

  test("shows recent output while a flood goes on", async () => {
    const file = join(root, "flood.log");
    const log = await openLog(file, 1000);
    for (let round = 0; round < 5; round++) {
      appendLog(log, Buffer.from(`${"x".repeat(5000)}\nround ${round}\n`));
      await untilFileHas(file, `round ${round}\n`);
    }
    await closeLog(log);
  });

  test("replaces an older file of that name", async () => {
    const file = join(root, "again.log");
    for (const text of ["a long first text", "short"]) {
      const log = await openLog(file, 1000);
      appendLog(log, Buffer.from(text));
      await closeLog(log);
    }
    expect(readFileSync(file, "utf8")).toBe("short");
  });

  test("says when the disk is full, and goes on counting", async () => {
    const log = await openLog("/dev/full", 1000);
    appendLog(log, Buffer.alloc(5000));
    await sleep(150);
    appendLog(log, Buffer.alloc(5000));
    expect(String(await closeLog(log))).toContain("ENOSPC");
    expect(log.output.total).toBe(10_000);
  });

  test("says when it could not be opened at all", async () => {
    const log = await openLog(root, 1000);
    appendLog(log, Buffer.from("lost"));
    expect(String(await closeLog(log))).toContain("EISDIR");
  });
});
