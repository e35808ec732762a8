import { describe, expect, test } from "vitest";
import { allocationFailureIn, oomKillBetween, readOomCounters } from "../../src/util/oom.ts";

describe("last words about memory", () => {
  test.each([
    "RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB",
    "torch.OutOfMemoryError: HIP out of memory",
    "MemoryError",
    "numpy.core._exceptions._ArrayMemoryError: MemoryError: Unable to allocate",
    "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    "RangeError: Array buffer allocation failed",
    "terminate called after throwing an instance of 'std::bad_alloc'",
    "fork: Cannot allocate memory",
    "fatal error: runtime: out of memory",
  ])("%s", (line) => {
    expect(allocationFailureIn(`step 1\n${line}\n  at somewhere`)).toBe(line);
  });

  test.each(["", "AssertionError: memory", "Aborted (core dumped)", "SharedMemoryErrors: 0"])("are not: %s", (line) => {
    expect(allocationFailureIn(line)).toBeUndefined();
  });

  test("are one bounded line without escapes for a terminal", () => {
    const why = allocationFailureIn(`\u001b[31mMemoryError\u001b[0m ${"x".repeat(5000)}`);
    expect(why).toMatch(/^MemoryError x+…$/);
    expect(why?.length).toBe(200);
  });
});

describe("the kernel's counters", () => {
  test("tell which limit was reached", () => {
    expect(oomKillBetween({ cgroup: 1, machine: 5 }, { cgroup: 2, machine: 6 })).toContain("cgroup");
    expect(oomKillBetween({ cgroup: 1, machine: 5 }, { cgroup: 1, machine: 6 })).toContain("machine");
    expect(oomKillBetween({ cgroup: undefined, machine: 5 }, { cgroup: 9, machine: 5 })).toBeUndefined();
    expect(oomKillBetween({ cgroup: 1, machine: undefined }, { cgroup: 1, machine: undefined })).toBeUndefined();
  });

  test("can be read here, or are missing, but are never NaN", () => {
    for (const count of Object.values(readOomCounters())) expect(count ?? 0).not.toBeNaN();
  });
});
