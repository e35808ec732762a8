/**
 * Reads the system's process table: who is there, whose child it is, what it costs, how it is marked.
 *
 * Linux is read from /proc, synchronously: it is memory, and a read takes some 20 µs. Elsewhere (macOS) one `ps` call
 * lists the processes; environments, hence marks, are unknown there and session ids are missing.
 * A process is never trusted by its pid alone: pids are reused, so an identity holds the start time and the boot too.
 */
import { spawnSync } from "node:child_process";
import { closeSync, openSync, readdirSync, readSync } from "node:fs";

export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** 0 where the system does not tell. */
  readonly session: number;
  /** Start time as the system writes it: clock ticks since boot, or the text of `ps`. Only compared for equality. */
  readonly start: string;
  /** Ended, only waiting to be collected by its parent. */
  readonly zombie: boolean;
  /** User and system time of this process itself. */
  readonly cpuSeconds: number;
  /** The same of all its children that ended and that it waited for. */
  readonly waitedCpuSeconds: number;
  readonly residentBytes: number;
}

/** A process that cannot be mistaken for a later one with the same pid. */
export interface Identity {
  readonly pid: number;
  readonly start: string;
  readonly boot: string;
}

/** True on Linux: the whole table, with marks, is to be had cheaply. */
export const hasProc = process.platform === "linux";

/** Every process but those in `skip`; what ends while the table is read is left out. */
export function listProcesses(skip: ReadonlySet<number> = new Set()): readonly ProcessRow[] {
  const rows = hasProc ? procRows(skip) : psRows([]).filter((row) => !skip.has(row.pid));
  return rows.filter((row) => row.pid > 1);
}

/** One process, or undefined when there is none with this pid. */
export function readProcess(pid: number): ProcessRow | undefined {
  if (!hasProc) return psRows(["-p", String(pid)])[0];
  return parseProcStat(readText(`/proc/${pid}/stat`));
}

/** Who `pid` is at this moment; undefined when there is no such process, or only its remains. */
export function identityOf(pid: number): Identity | undefined {
  const row = readProcess(pid);
  return row === undefined || row.zombie ? undefined : { pid, start: row.start, boot: bootId() };
}

/** Whether exactly this process still runs. After a reboot nothing does. */
export function isRunning(identity: Identity): boolean {
  const now = identityOf(identity.pid);
  return now !== undefined && now.start === identity.start && now.boot === identity.boot;
}

/** The system's monotonic clock in milliseconds: comparable between processes until the next boot. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

/** Sends a signal to exactly this process; false when it is gone or may not be signalled. */
export function signalProcess(identity: Pick<Identity, "pid" | "start">, signal: NodeJS.Signals): boolean {
  const row = readProcess(identity.pid);
  if (row === undefined || row.start !== identity.start) return false;
  return kill(identity.pid, signal);
}

/** Sends a signal to a process group; the caller has just seen one of its own processes in it. */
export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  return group > 1 && kill(-group, signal);
}

/**
 * Whether the process was started with `mark` ("NAME=value") in its environment, or with a value that goes on after it
 * with a "/": that is how a marked process marks the trees it starts itself. Undefined: not readable (another user's,
 * a kernel thread, a process in the middle of its exec, or no /proc).
 */
export function hasMark(pid: number, mark: string): boolean | undefined {
  const text = hasProc ? readText(`/proc/${pid}/environ`) : "";
  if (text === "") return undefined;
  return text.split("\0").some((entry) => entry === mark || entry.startsWith(`${mark}/`));
}

/** Memory the process uses with shared pages counted in parts, in bytes; undefined when the system does not tell. */
export function proportionalBytes(pid: number): number | undefined {
  const match = /^Pss:\s+(\d+) kB/m.exec(readText(`/proc/${pid}/smaps_rollup`));
  return match === null ? undefined : Number(match[1]) * 1024;
}

/** The most memory the process ever had resident, in bytes; undefined when the system does not tell. */
export function highWaterBytes(pid: number): number | undefined {
  const match = /^VmHWM:\s+(\d+) kB/m.exec(readText(`/proc/${pid}/status`));
  return match === null ? undefined : Number(match[1]) * 1024;
}

/** One line of /proc/<pid>/stat; undefined for anything else. The name in brackets may itself hold brackets. */
export function parseProcStat(line: string): ProcessRow | undefined {
  const close = line.lastIndexOf(")");
  const pid = Number.parseInt(line, 10);
  // fields[0] is field 3 of proc(5), the state.
  const fields = line.slice(close + 2).split(" ");
  if (close < 0 || !(pid > 0) || fields.length < 22) return undefined;
  const { ticksPerSecond, pageBytes } = systemUnits();
  const field = (number: number) => Number(fields[number - 3]);
  return {
    pid,
    parent: field(4),
    group: field(5),
    session: field(6),
    start: fields[22 - 3] ?? "",
    // With threads left (field 20) only the main thread has ended, and the process goes on.
    zombie: (fields[0] === "Z" || fields[0] === "X") && field(20) <= 1,
    cpuSeconds: (field(14) + field(15)) / ticksPerSecond,
    waitedCpuSeconds: (field(16) + field(17)) / ticksPerSecond,
    residentBytes: field(24) * pageBytes,
  };
}

/** One line of `ps -o pid=,ppid=,pgid=,stat=,rss=,time=,lstart=`; undefined for anything else. */
export function parsePsLine(line: string): ProcessRow | undefined {
  const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\d+)\s+([\d:.-]+)\s+(\S.*)$/.exec(line);
  if (match === null) return undefined;
  const [, pid, parent, group, state = "", kilobytes, time = "", start = ""] = match;
  const [days, clock] = time.includes("-") ? time.split("-") : ["0", time];
  const cpu = (clock ?? "").split(":").reduce((sum, part) => sum * 60 + Number(part), 0) + Number(days) * 86_400;
  return {
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    session: 0,
    start: start.trim(),
    zombie: state.startsWith("Z"),
    cpuSeconds: cpu,
    waitedCpuSeconds: 0,
    residentBytes: Number(kilobytes) * 1024,
  };
}

function procRows(skip: ReadonlySet<number>): readonly ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!(pid > 0) || skip.has(pid)) continue;
    const row = readProcess(pid);
    if (row !== undefined) rows.push(row);
  }
  return rows;
}

function psRows(which: readonly string[]): readonly ProcessRow[] {
  const columns = "pid=,ppid=,pgid=,stat=,rss=,time=,lstart=";
  const words = which.length === 0 ? ["-A", "-o", columns] : [...which, "-o", columns];
  const { stdout } = spawnSync("ps", words, { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } });
  return (stdout ?? "").split("\n").flatMap((line) => parsePsLine(line) ?? []);
}

/** Shared by all reads; they are synchronous. A stat line fits many times, most environments too. */
const buffer = Buffer.allocUnsafeSlow(65_536);

/** The text of a small system file, "" when it is gone or closed to us: a process may end between two reads. */
export function readText(file: string): string {
  let fd: number | undefined;
  try {
    fd = openSync(file, "r");
    let text = "";
    // Half the calls of readFileSync, which asks for the size first; system files say 0 to that.
    for (let got = -1; got !== 0; ) {
      got = readSync(fd, buffer, 0, buffer.length, null);
      text += buffer.toString("latin1", 0, got);
    }
    return text;
  } catch {
    return "";
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function kill(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    // ESRCH: it ended first. EPERM: it changed its user; the sweep will see it again and say so.
    return false;
  }
}

let knownBoot: string | undefined;

/** Changes with every boot; "" where the system does not tell. */
function bootId(): string {
  knownBoot ??= readText("/proc/sys/kernel/random/boot_id").trim();
  return knownBoot;
}

let knownUnits: { readonly ticksPerSecond: number; readonly pageBytes: number } | undefined;

/** The kernel's units, from the auxiliary vector: AT_PAGESZ is entry 6, AT_CLKTCK 17, each two words of 8 bytes. */
function systemUnits(): { readonly ticksPerSecond: number; readonly pageBytes: number } {
  if (knownUnits !== undefined) return knownUnits;
  const words = new Map<bigint, number>();
  const vector = Buffer.from(readText("/proc/self/auxv"), "latin1");
  for (let at = 0; at + 16 <= vector.length; at += 16) {
    words.set(vector.readBigUInt64LE(at), Number(vector.readBigUInt64LE(at + 8)));
  }
  knownUnits = { ticksPerSecond: words.get(17n) ?? 100, pageBytes: words.get(6n) ?? 4096 };
  return knownUnits;
}
