/**
 * What a ledger with many experiments costs: the commands that read, the windows of the web page, and one more event.
 *
 *     npm run build && node --import tsx bench/scale/main.ts [experiments …]      # default: 5000 100000
 *
 * Every command is timed from outside with its start, interleaved with an empty `node -e 0`, 11 rounds, medians; peak
 * memory is that of the process (GNU time). Appends are the ledger's own, one durable transaction each, beside a bare
 * write and fsync of the same bytes. Goals: status under 300 ms, append p99 under 10 ms.
 */
import { spawnSync } from "node:child_process";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { experimentsWindow, pointsOf } from "../../src/ledger/windows.ts";
import { append, closeLedger, type Ledger, openLedger, readLedger, rebuild, sessionOf } from "../../src/ledger.ts";
import { summaryOf } from "../../src/summary.ts";
import { eventsOf, fillLedger, TAG } from "./fill.ts";

const COMMAND = fileURLToPath(new URL("../../bin/nightyard.js", import.meta.url));
const ROUNDS = 11;
const APPENDED = 150;

interface Timed {
  readonly ms: number;
  readonly cpuMs: number;
  readonly mb: number;
}

/** One process from start to end, its output thrown away. */
function timed(args: readonly string[], cwd: string): Timed {
  const note = join(cwd, "time.txt");
  const began = performance.now();
  const r = spawnSync("/usr/bin/time", ["-o", note, "-f", "%U %S %M", process.execPath, ...args], {
    cwd,
    stdio: "ignore",
  });
  const ms = performance.now() - began;
  if (r.status !== 0) throw new Error(`${args.join(" ")} ended with ${r.status}`);
  const said = spawnSync("cat", [note], { encoding: "utf8" }).stdout.trim().split(" ").map(Number);
  return { ms, cpuMs: 1000 * ((said[0] ?? 0) + (said[1] ?? 0)), mb: (said[2] ?? 0) / 1024 };
}

function quantile(xs: readonly number[], q: number): number {
  const sorted = [...xs].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

const median = (xs: readonly number[]) => quantile(xs, 0.5);
const print = (text: string) => process.stdout.write(`${text}\n`);
const load = () => `load ${os.loadavg()[0]?.toFixed(1)} on ${os.availableParallelism()} cores`;

function commands(dir: string): void {
  const empty = ["-e", "0"];
  const tried: Readonly<Record<string, readonly string[]>> = {
    "node -e 0": empty,
    "status --json": [COMMAND, "status", dir, "--json"],
    status: [COMMAND, "status", dir],
    best: [COMMAND, "best", dir],
    log: [COMMAND, "log", dir],
  };
  const found = new Map(Object.keys(tried).map((name) => [name, [] as Timed[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, args] of Object.entries(tried)) found.get(name)?.push(timed(args, dir));
  }
  const floor = median((found.get("node -e 0") ?? []).map((t) => t.ms));
  print("  command          median ms   fastest   × node -e 0   processor ms   peak MB");
  for (const [name, times] of found) {
    const ms = median(times.map((t) => t.ms));
    const cells = [ms, Math.min(...times.map((t) => t.ms)), ms / floor, median(times.map((t) => t.cpuMs))];
    const [a, b, c, d] = cells.map((x, i) => x.toFixed(i === 2 ? 1 : 0));
    const mb = Math.max(...times.map((t) => t.mb)).toFixed(0);
    print(
      `  ${name.padEnd(16)} ${a?.padStart(9)} ${b?.padStart(9)} ${c?.padStart(13)} ${d?.padStart(14)} ${mb.padStart(9)}`,
    );
  }
}

/** Milliseconds of reads in one process that has the ledger open: what the web page's server and `watch` do. */
function reads(ledger: Ledger, count: number): void {
  const session = sessionOf(ledger, TAG);
  if (session === undefined) throw new Error("no session");
  const tried: Readonly<Record<string, () => unknown>> = {
    "the summary": () => summaryOf(ledger, session),
    "50 rows, the first": () => experimentsWindow(ledger, TAG, { from: 0, count: 50 }),
    "50 rows, the last": () => experimentsWindow(ledger, TAG, { from: count - 50, count: 50 }),
    "50 rows, only kept": () => experimentsWindow(ledger, TAG, { from: 0, count: 50, verdict: "keep" }),
    "50 rows, best first": () => experimentsWindow(ledger, TAG, { from: 0, count: 50, sort: "lowest" }),
    "50 rows, by words": () => experimentsWindow(ledger, TAG, { from: 0, count: 50, search: "from 0.096 to 0.05:" }),
    "all as points of a plot": () => pointsOf(ledger, TAG),
  };
  for (const [name, read] of Object.entries(tried)) {
    const times = Array.from({ length: ROUNDS }, () => timeOf(read));
    print(`  ${name.padEnd(26)} ${median(times).toFixed(1).padStart(8)} ms`);
  }
}

function timeOf(work: () => unknown): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

/** One event after the other into the full ledger, each durable when its append returns. */
function appends(ledger: Ledger, dir: string, count: number): void {
  const before = process.memoryUsage.rss();
  const ours: number[] = [];
  const bare: number[] = [];
  const fd = openSync(join(dir, "bare"), "w");
  for (let n = count + 1; n <= count + APPENDED; n++) {
    for (const event of eventsOf(n)) {
      ours.push(timeOf(() => append(ledger, TAG, event, 1000 * n)));
      bare.push(timeOf(() => writeSync(fd, Buffer.alloc(8192)) + Number(fsyncSync(fd))));
    }
  }
  closeSync(fd);
  const row = (xs: readonly number[]) =>
    `p50 ${median(xs).toFixed(2)} ms, p99 ${quantile(xs, 0.99).toFixed(2)} ms, worst ${Math.max(...xs).toFixed(1)} ms`;
  print(`  append, ${ours.length} events        ${row(ours)}`);
  print(`  bare write + fsync, 8 KiB   ${row(bare)}`);
  print(
    `  memory of the writer        +${((process.memoryUsage.rss() - before) / 2 ** 20).toFixed(0)} MB while appending`,
  );
}

function measure(count: number): void {
  const dir = mkdtempSync(join(os.tmpdir(), "nightyard-scale-"));
  const stateDir = join(dir, ".nightyard");
  mkdirSync(stateDir);
  try {
    print(`\n${count} experiments, ${load()}`);
    const ledger = { open: undefined as Ledger | undefined };
    const filled = timeOf(() => closeLedger(fillLedger(stateDir, count)));
    const mb = (name: string) => (statSync(join(stateDir, name)).size / 2 ** 20).toFixed(0);
    print(
      `  filled in ${(filled / 1000).toFixed(1)} s; ledger.db ${mb("ledger.db")} MB, ledger.jsonl ${mb("ledger.jsonl")} MB`,
    );
    writeFileSync(join(dir, "program.md"), "");
    commands(dir);
    ledger.open = readLedger(stateDir);
    if (ledger.open === undefined) throw new Error("no ledger");
    reads(ledger.open, count);
    closeLedger(ledger.open);
    const opened = timeOf(() => {
      ledger.open = openLedger(stateDir);
    });
    print(`  opened for writing, every event checked against the chain: ${(opened / 1000).toFixed(1)} s`);
    appends(ledger.open, dir, count);
    const rebuilt = timeOf(() => rebuild(ledger.open as Ledger));
    print(`  all tables folded anew from the events: ${(rebuilt / 1000).toFixed(1)} s`);
    closeLedger(ledger.open);
    print(`  ${load()} at the end`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const sizes = process.argv.slice(2).map(Number);
for (const count of sizes.length > 0 ? sizes : [5000, 100_000]) measure(count);
