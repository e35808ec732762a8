/** The ledger: durable, append-only, one writer, folded tables that equal a fold of the events. */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { dropLock, runningHolder, takeLock } from "../../src/ledger/lock.ts";
import { workedMs } from "../../src/ledger/session.ts";
import {
  append,
  closeLedger,
  entriesOf,
  experimentsOf,
  experimentWithTree,
  type Ledger,
  openLedger,
  readLedger,
  rebuild,
  sessionOf,
} from "../../src/ledger.ts";
import { removeTemps, tempDir } from "../support/repo.ts";
import { commit, fill } from "./fill.ts";

afterAll(removeTemps);

function opened(): { dir: string; ledger: Ledger } {
  const dir = tempDir();
  return { dir, ledger: openLedger(dir) };
}

describe("the ledger", () => {
  it("folds what happened into sessions and experiments", () => {
    const { ledger } = opened();
    fill(ledger);
    const session = sessionOf(ledger, "t");
    expect(session?.champion).toEqual({ experiment: 1, commit: commit(1) });
    expect(session?.champions).toEqual([commit(0), commit(1)]);
    expect(session?.counts).toMatchObject({ keep: 2, discard: 1, crash: 1, runs: 4 });
    expect(session?.open).toEqual([]);
    expect(session?.rules.zLast).toBeUndefined();
    expect(session?.usage.seconds).toBe(3);
    expect(session?.usage.dollars).toBeUndefined();
    const experiments = experimentsOf(ledger, "t");
    expect(experiments.map((e) => e.runs[0]?.measurement?.metric)).toEqual([10, 9, undefined, 11]);
    expect(experiments[1]?.memo).toEqual({ n: 1 });
    expect(experimentWithTree(ledger, "t", "tree1", 9)).toBe(1);
    expect(experimentWithTree(ledger, "t", "tree1", 1)).toBeUndefined();
  });

  it("gives the same tables when they are rebuilt from the events alone", () => {
    const { ledger } = opened();
    fill(ledger);
    const dump = () => [
      ledger.db.prepare("SELECT * FROM sessions ORDER BY tag").all(),
      ledger.db.prepare("SELECT * FROM sessions_seldom ORDER BY tag").all(),
      ledger.db.prepare("SELECT * FROM experiments ORDER BY session, number").all(),
    ];
    const before = dump();
    rebuild(ledger);
    expect(dump()).toEqual(before);
  });

  it("counts the work of all sittings by the monotonic clock, not by the time of day", () => {
    const { ledger } = opened();
    fill(ledger);
    append(ledger, "t", { type: "sitting-started", pid: 2, limits: {}, agent: "tuner" }, 0);
    append(ledger, "t", { type: "noted", what: "x", detail: "y" }, 500);
    const session = sessionOf(ledger, "t");
    expect(session === undefined ? undefined : workedMs(session)).toBe(4500);
  });

  it("refuses to change or to remove an event", () => {
    const { ledger } = opened();
    fill(ledger);
    expect(() => ledger.db.exec("UPDATE events SET body = '{}' WHERE seq = 1")).toThrow(/append-only/);
    expect(() => ledger.db.exec("DELETE FROM events WHERE seq = 1")).toThrow(/append-only/);
  });

  it("refuses a metric that is no number, and writes nothing of it", () => {
    const { ledger } = opened();
    fill(ledger);
    const before = [...entriesOf(ledger)].length;
    const bad = { metric: Number.NaN, provenance: "evaluated" as const, extra: {} };
    expect(() => append(ledger, "t", { type: "measured", experiment: 1, run: 1, measurement: bad }, 0)).toThrow();
    expect([...entriesOf(ledger)].length).toBe(before);
  });

  it("can be read by another connection while it is written", () => {
    const { dir, ledger } = opened();
    fill(ledger);
    const reader = readLedger(dir);
    append(ledger, "t", { type: "noted", what: "later", detail: "" }, 0);
    expect(reader === undefined ? 0 : [...entriesOf(reader, "t")].at(-1)?.event.type).toBe("noted");
    if (reader !== undefined) closeLedger(reader);
  });

  it("is refused with a way back when the file is no ledger", () => {
    const dir = tempDir();
    writeFileSync(
      join(dir, "ledger.db"),
      "this is not a database, but it is long enough to look like a file\n".repeat(99),
    );
    expect(() => openLedger(dir)).toThrow(/expected the Nightyard ledger/);
  });

  it("is refused when it is newer than this program", () => {
    const { dir, ledger } = opened();
    ledger.db.exec("PRAGMA user_version = 99");
    closeLedger(ledger);
    expect(() => openLedger(dir)).toThrow(/version/);
  });

  it("names the event and the field when a line does not fit", () => {
    const { ledger } = opened();
    fill(ledger);
    ledger.db
      .prepare("INSERT INTO events (at, clock, session, experiment, type, body) VALUES ('', 0, 't', 1, 'judged', ?)")
      .run(JSON.stringify({ type: "judged", experiment: 1, verdict: { kind: "great" } }));
    expect(() => [...entriesOf(ledger)]).toThrow(/event \d+: verdict\.kind/);
  });
});

describe("the lock", () => {
  it("lets one process write, and tells a second who holds it", () => {
    const dir = tempDir();
    mkdirSync(dir, { recursive: true });
    const lock = takeLock(dir, "t");
    expect(() => takeLock(dir, "u")).toThrow(new RegExp(`process ${process.pid} \\(session t`));
    expect(runningHolder(dir)?.tag).toBe("t");
    dropLock(lock);
    expect(runningHolder(dir)).toBeUndefined();
  });

  it("is free again when its holder was killed", async () => {
    const dir = tempDir();
    const lockFile = fileURLToPath(new URL("../../src/ledger/lock.ts", import.meta.url));
    const code = `const { takeLock } = await import(${JSON.stringify(lockFile)});
      globalThis.kept = takeLock(${JSON.stringify(dir)}, "t"); console.log("held"); setInterval(() => globalThis.kept, 1000);`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", code]);
    await new Promise((resolve) => child.stdout.once("data", resolve));
    expect(runningHolder(dir)?.pid).toBe(child.pid);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
    expect(runningHolder(dir)).toBeUndefined();
  });
});
