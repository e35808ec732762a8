/** A ledger that is not what was written: found, refused with the way back, and made anew without a loss. */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, describe, expect, it } from "vitest";
import { bestHistory, inspect, restore } from "../../src/ledger/restore.ts";
import { append, closeLedger, entriesOf, experimentsOf, openLedger, readLedger, sessionsOf } from "../../src/ledger.ts";
import { UserError } from "../../src/util/user-error.ts";
import { removeTemps, tempDir } from "../support/repo.ts";
import { fill } from "./fill.ts";

afterAll(removeTemps);

/** Events that `fill` writes. */
const FILLED = 29;
const NOTED = { type: "noted", what: "x", detail: "y" } as const;

/** A lab's state folder with a closed ledger of one session in it. */
function filled(tag = "t"): { readonly dir: string; readonly file: string; readonly journal: string } {
  const dir = tempDir();
  const ledger = openLedger(dir);
  fill(ledger, tag);
  closeLedger(ledger);
  const file = join(dir, "ledger.db");
  settle(file);
  return { dir, file, journal: join(dir, "ledger.jsonl") };
}

function contents(dir: string) {
  const ledger = readLedger(dir);
  if (ledger === undefined) throw new Error("no ledger");
  const tags = sessionsOf(ledger).map((s) => s.tag);
  const all = {
    entries: [...entriesOf(ledger)],
    sessions: sessionsOf(ledger),
    experiments: tags.map((tag) => experimentsOf(ledger, tag)),
  };
  closeLedger(ledger);
  return all;
}

/** The error with which the ledger is refused. */
function refusal(dir: string): UserError {
  try {
    closeLedger(openLedger(dir));
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("it was opened");
}

/** Edits the file as somebody with sqlite3 would. */
function edit(file: string, sql: string): void {
  const db = new Database(file);
  db.exec(sql);
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
}

/** What the end of the process does: in this one the driver keeps the file open until its statements are collected. */
function settle(file: string): void {
  edit(file, "SELECT 1");
  for (const end of ["-wal", "-shm"]) {
    expect(statSync(`${file}${end}`, { throwIfNoEntry: false })?.size ?? 0).toBeLessThan(end === "-wal" ? 1 : 1e6);
    rmSync(`${file}${end}`, { force: true });
  }
}

describe("a ledger that was tampered with is refused with code 6, its name and a way back:", () => {
  const older = (at: ReturnType<typeof filled>) => {
    copyFileSync(at.file, `${at.file}.old`);
    const ledger = openLedger(at.dir);
    append(ledger, "t", NOTED, 0);
    closeLedger(ledger);
    settle(at.file);
    copyFileSync(`${at.file}.old`, at.file);
  };
  const cases: readonly (readonly [string, (at: ReturnType<typeof filled>) => void, RegExp])[] = [
    ["cut in half", ({ file }) => truncateSync(file, Math.floor(readFileSync(file).length / 2)), /damaged|malformed/],
    ["emptied", ({ file }) => truncateSync(file, 0), /the file is empty/],
    ["removed", ({ file }) => rmSync(file), /the file is gone/],
    [
      "replaced by garbage",
      ({ file }) => writeFileSync(file, "garbage, and a lot of it. ".repeat(9999)),
      /not a database/,
    ],
    [
      "replaced by another program's file",
      ({ file }) => {
        rmSync(file);
        edit(file, "CREATE TABLE mine (a)");
      },
      /another program/,
    ],
    ["replaced by an older copy", older, /ends at event 29 .* knows 30 events: this is an older copy/],
    [
      "replaced by another lab's",
      ({ file }) => copyFileSync(filled("other").file, file),
      /one of the two was replaced/,
    ],
    [
      "with an event changed",
      ({ file }) => {
        edit(
          file,
          "DROP TRIGGER events_not_changed; UPDATE events SET body = replace(body, '10', '1') WHERE type = 'measured'",
        );
      },
      /event \d+ \(measured\) is not as it was written/,
    ],
    [
      "with an event removed",
      ({ file }) => edit(file, "DROP TRIGGER events_not_removed; DELETE FROM events WHERE seq = 9"),
      /after event 8 comes event 10/,
    ],
    [
      "with an event put in",
      ({ file }) => {
        edit(
          file,
          "INSERT INTO events (at, clock, session, type, body) SELECT at, clock, session, type, body FROM events WHERE type = 'judged'",
        );
      },
      /event 30 \(judged\) is not as it was written/,
    ],
  ];
  for (const [what, damage, why] of cases) {
    it(what, () => {
      const at = filled();
      const before = contents(at.dir);
      damage(at);
      const error = refusal(at.dir);
      expect(error.exitCode).toBe(6);
      expect(error.message).toContain(at.file);
      expect(error.message).toMatch(why);
      expect(error.fix).toContain("nightyard ledger restore");
      const found = inspect(at.dir);
      expect(found.faults.length).toBeGreaterThan(0);
      const kept = restore(at.dir, bestHistory(found));
      expect(contents(at.dir).entries.slice(0, FILLED)).toEqual(before.entries);
      expect(contents(at.dir).experiments).toEqual(before.experiments);
      expect(kept.every(existsSync)).toBe(true);
      expect(inspect(at.dir).faults).toEqual([]);
      expect(readdirSync(at.dir).filter((name) => /\.(new|old-wal)/.test(name))).toEqual([]);
    });
  }

  it("and, without a journal, what can still be read of it is the way back", () => {
    const at = filled();
    edit(at.file, "DROP TRIGGER events_not_changed; UPDATE events SET body = '{}' WHERE seq = 21");
    rmSync(at.journal);
    const error = refusal(at.dir);
    expect([error.exitCode, error.fix]).toEqual([6, expect.stringContaining("no ledger.jsonl")]);
    restore(at.dir, bestHistory(inspect(at.dir)));
    expect(contents(at.dir).entries.map((e) => e.seq)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it("and is refused when neither has anything to begin with", () => {
    const at = filled();
    writeFileSync(at.file, "garbage".repeat(999));
    writeFileSync(at.journal, "garbage\n");
    expect(() => restore(at.dir, bestHistory(inspect(at.dir)))).toThrow(/neither ledger\.db nor ledger\.jsonl/);
    expect(readFileSync(at.journal, "utf8")).toBe("garbage\n");
  });
});

describe("a second writer in the middle of a session", () => {
  const writes: readonly (readonly [string, string])[] = [
    ["an event", "INSERT INTO events (at, clock, session, type, body) VALUES ('', 0, 't', 'noted', '{}')"],
    ["a champion", `UPDATE sessions SET body = json_set(body, '$.champion.experiment', 3)`],
    ["the champions", "UPDATE sessions_seldom SET body = json_set(body, '$.champions[0]', 'x')"],
    ["half a session", "DELETE FROM sessions_seldom"],
    ["a score", `UPDATE experiments SET body = json_set(body, '$.runs[0].measurement.metric', 1) WHERE number = 1`],
  ];
  for (const [what, sql] of writes) {
    it(`that writes ${what} is noticed at the next event, which is not written`, () => {
      const at = filled();
      const ledger = openLedger(at.dir);
      edit(at.file, sql);
      expect(() => append(ledger, "t", NOTED, 0)).toThrow(/another program wrote|not as it was written/);
      closeLedger(ledger);
    });
  }

  it("that changes nothing we wrote (a VACUUM, a table of its own) is let be", () => {
    const at = filled();
    const ledger = openLedger(at.dir);
    edit(at.file, "CREATE TABLE notes (a); INSERT INTO notes VALUES (1)");
    expect(append(ledger, "t", NOTED, 0).entry.seq).toBe(FILLED + 1);
    closeLedger(ledger);
  });
});

describe("what is no tampering goes on by itself:", () => {
  it("tables that do not follow from the events are folded anew, and that is written down", () => {
    const at = filled();
    const before = contents(at.dir);
    edit(at.file, `UPDATE sessions SET body = json_set(body, '$.champion.experiment', 3)`);
    closeLedger(openLedger(at.dir));
    const after = contents(at.dir);
    expect(after.sessions[0]?.champion).toEqual(before.sessions[0]?.champion);
    expect(after.entries.at(-1)?.event).toMatchObject({ type: "noted", what: "tables folded anew" });
    expect(after.entries.length).toBe(FILLED + 1);
  });

  const cuts: readonly (readonly [string, (journal: string) => void])[] = [
    ["lacks its last events (a power cut)", (journal) => cutLines(journal, 3)],
    ["ends in half a line (a full disk)", (journal) => appendFileSync(journal, '{"seq":30,"at":"20')],
    ["ends in zeros (a power cut)", (journal) => appendFileSync(journal, Buffer.alloc(5000))],
    ["ends in a line of garbage", (journal) => appendFileSync(journal, "\0\0\0\n{}\n")],
    ["is gone", (journal) => rmSync(journal)],
    ["is empty", (journal) => truncateSync(journal, 0)],
    ["is nothing but garbage", (journal) => writeFileSync(journal, "\0".repeat(200_000))],
  ];
  for (const [what, cut] of cuts) {
    it(`a journal that ${what} is completed from the ledger`, () => {
      const at = filled();
      const whole = readFileSync(at.journal, "utf8");
      cut(at.journal);
      closeLedger(openLedger(at.dir));
      expect(readFileSync(at.journal, "utf8")).toBe(whole);
      expect(inspect(at.dir).faults).toEqual([]);
    });
  }

  it("a ledger in which nothing is yet (its harness was killed at once) is none to a reader, and is begun", () => {
    const dir = tempDir();
    edit(join(dir, "ledger.db"), "PRAGMA journal_mode = WAL");
    expect(readLedger(dir)).toBeUndefined();
    const ledger = openLedger(dir);
    fill(ledger);
    closeLedger(ledger);
    expect(contents(dir).entries.length).toBe(FILLED);
  });

  it("a ledger of the first version gets its chain and its journal", () => {
    const at = filled();
    const before = contents(at.dir);
    edit(at.file, "ALTER TABLE events DROP COLUMN hash; PRAGMA user_version = 1");
    rmSync(at.journal);
    expect(contents(at.dir)).toEqual(before);
    closeLedger(openLedger(at.dir));
    expect(contents(at.dir)).toEqual(before);
    expect(inspect(at.dir).faults).toEqual([]);
    expect(inspect(at.dir).journal.rows.length).toBe(FILLED);
    expect(() => edit(at.file, "UPDATE events SET body = '{}'")).toThrow(/append-only/);
  });
});

function cutLines(journal: string, n: number): void {
  const lines = readFileSync(journal, "utf8").trimEnd().split("\n");
  writeFileSync(journal, `${lines.slice(0, -n).join("\n")}\n`);
}
