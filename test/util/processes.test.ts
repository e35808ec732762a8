import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  hasMark,
  identityOf,
  isRunning,
  listProcesses,
  parseProcStat,
  parsePsLine,
  readProcess,
  signalProcess,
} from "../../src/util/processes.ts";

const statLine = (name: string, state: string, threads: number) =>
  `42 (${name}) ${state} 7 40 39 0 -1 4194304 10 0 0 0 150 50 300 100 20 0 ${threads} 0 987654 1000000 256 18446744073709551615 1 1 0`;

describe("a line of /proc/<pid>/stat", () => {
  test("is read by its fields", () => {
    expect(parseProcStat(statLine("node", "S", 11))).toEqual({
      pid: 42,
      parent: 7,
      group: 40,
      session: 39,
      start: "987654",
      zombie: false,
      cpuSeconds: 2,
      waitedCpuSeconds: 4,
      residentBytes: 256 * 4096,
    });
  });

  test("is read right when the program's name tries to forge fields", () => {
    expect(parseProcStat(statLine("a) Z 1 1 1 (b", "R", 1))).toMatchObject({ parent: 7, group: 40, zombie: false });
    expect(parseProcStat(statLine(") R 1 (\n) S 2", "R", 1))).toMatchObject({ parent: 7, start: "987654" });
  });

  test("of a process whose main thread alone has ended is no zombie", () => {
    expect(parseProcStat(statLine("x", "Z", 1))?.zombie).toBe(true);
    expect(parseProcStat(statLine("x", "Z", 3))?.zombie).toBe(false);
  });

  test("that is none is nothing", () => {
    for (const line of ["", "42", "42 (x", "42 (x) S 1", "x (x) S 1 2 3"]) expect(parseProcStat(line)).toBeUndefined();
  });
});

describe("a line of ps", () => {
  test("is read by its columns", () => {
    expect(parsePsLine("  42     7    40 Ss    1024 1-02:03:04 Mon Nov 24 22:35:08 2025")).toEqual({
      pid: 42,
      parent: 7,
      group: 40,
      session: 0,
      start: "Mon Nov 24 22:35:08 2025",
      zombie: false,
      cpuSeconds: 93_784,
      waitedCpuSeconds: 0,
      residentBytes: 1024 * 1024,
    });
    expect(parsePsLine("1 0 1 Z 0 0:00.25 Mon Nov 24 22:35:08 2025")).toMatchObject({ zombie: true, cpuSeconds: 0.25 });
    expect(parsePsLine("")).toBeUndefined();
  });
});

describe("an identity", () => {
  test("is that of one process, not of another with the same pid", () => {
    const self = identityOf(process.pid);
    if (self === undefined) throw new Error("no identity of my own");
    expect(isRunning(self)).toBe(true);
    expect(isRunning({ ...self, start: "1" })).toBe(false);
    expect(isRunning({ ...self, boot: "another" })).toBe(false);
  });

  test("keeps a signal from whoever has the pid now", async () => {
    const child = spawn("sleep", ["60"]);
    const identity = identityOf(child.pid ?? 0);
    if (identity === undefined) throw new Error("no child");
    expect(signalProcess({ pid: identity.pid, start: "1" }, "SIGKILL")).toBe(false);
    expect(signalProcess(identity, "SIGKILL")).toBe(true);
    await new Promise((resolve) => child.once("exit", resolve));
    expect(isRunning(identity)).toBe(false);
    expect(signalProcess(identity, "SIGKILL")).toBe(false);
  });

  test("is none for what does not run", () => {
    expect(identityOf(0)).toBeUndefined();
    expect(identityOf(-1)).toBeUndefined();
    expect(identityOf(2 ** 30)).toBeUndefined();
  });
});

describe("the process table", () => {
  test("has this process in it, unless it is to be skipped", () => {
    expect(listProcesses().map((row) => row.pid)).toContain(process.pid);
    expect(listProcesses(new Set([process.pid])).map((row) => row.pid)).not.toContain(process.pid);
  });

  test("agrees with what the process knows of itself", () => {
    const row = readProcess(process.pid);
    const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    expect(row?.parent).toBe(process.ppid);
    expect((row?.residentBytes ?? 0) / 1024 / Number(kilobytes)).toBeCloseTo(1, 0);
  });

  test("knows a mark only whole, or with more of a path after it", async () => {
    const child = spawn("sleep", ["60"], { env: { A_MARK: "job.1/inner", PATH: process.env.PATH } });
    const pid = child.pid ?? 0;
    expect(hasMark(pid, "A_MARK=job.1/inner")).toBe(true);
    expect(hasMark(pid, "A_MARK=job.1")).toBe(true);
    expect(hasMark(pid, "A_MARK=job")).toBe(false);
    expect(hasMark(pid, "MARK=job.1")).toBe(false);
    expect(hasMark(2 ** 30, "A_MARK=job.1")).toBeUndefined();
    child.kill("SIGKILL");
  });
});
