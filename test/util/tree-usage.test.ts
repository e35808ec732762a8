import { describe, expect, test } from "vitest";
import type { ProcessRow } from "../../src/util/processes.ts";
import { cpuSecondsOf, observe, openUsage } from "../../src/util/tree-usage.ts";

/** Pids beyond what the kernel gives, so that nobody real is looked at. */
const ROOT = 2 ** 30;
const row = (pid: number, parent: number, changes: Partial<ProcessRow> = {}): ProcessRow => ({
  pid,
  parent,
  group: ROOT,
  session: ROOT,
  start: String(pid),
  zombie: false,
  cpuSeconds: 0,
  waitedCpuSeconds: 0,
  residentBytes: 0,
  ...changes,
});

describe("the usage of a tree", () => {
  test("is missing, not zero, when nothing was ever seen", () => {
    const usage = openUsage();
    observe(usage, [], ROOT);
    expect(usage.peakBytes).toBeUndefined();
    expect(cpuSecondsOf(usage, undefined)).toBeUndefined();
  });

  test("has the most memory that was there at one time", () => {
    const usage = openUsage();
    observe(usage, [row(ROOT, 1, { residentBytes: 10 })], ROOT);
    observe(usage, [row(ROOT, 1, { residentBytes: 10 }), row(ROOT + 1, ROOT, { residentBytes: 30 })], ROOT);
    observe(usage, [row(ROOT, 1, { residentBytes: 20 })], ROOT);
    expect(usage.peakBytes).toBe(40);
  });

  test("counts a child's time once, where its parent has waited for it", () => {
    const usage = openUsage();
    observe(usage, [row(ROOT, 1, { cpuSeconds: 1 }), row(ROOT + 1, ROOT, { cpuSeconds: 5 })], ROOT);
    observe(usage, [row(ROOT, 1, { cpuSeconds: 1, waitedCpuSeconds: 5 })], ROOT);
    observe(usage, [], ROOT);
    expect(cpuSecondsOf(usage, undefined)).toBe(6);
    expect(cpuSecondsOf(usage, 6.5)).toBe(6.5);
  });

  test("adds the time of daemons, those that ended and those that live", () => {
    const usage = openUsage();
    const daemon = row(ROOT + 1, 1, { cpuSeconds: 3 });
    const other = row(ROOT + 2, 1, { cpuSeconds: 4 });
    observe(usage, [row(ROOT, 1, { cpuSeconds: 1 }), daemon, other], ROOT);
    observe(usage, [other], ROOT);
    expect(cpuSecondsOf(usage, 1)).toBe(8);
  });

  test("does not take a reused pid for the one that was there before", () => {
    const usage = openUsage();
    observe(usage, [row(ROOT + 1, 1, { cpuSeconds: 3 })], ROOT);
    observe(usage, [row(ROOT + 1, 1, { cpuSeconds: 1, start: "later" })], ROOT);
    expect(cpuSecondsOf(usage, 0)).toBe(4);
  });
});
