/** The ledger in other shapes: the same numbers, safe cells, files that other programs' readers take. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import protobuf from "protobufjs";
import { afterAll, describe, expect, it } from "vitest";
import type { Experiment } from "../src/experiment.ts";
import { meanMetric } from "../src/experiment.ts";
import { COLUMNS } from "../src/export/columns.ts";
import { writeParquet } from "../src/export/parquet.ts";
import { writeTensorboard } from "../src/export/tensorboard.ts";
import { csv, csvCell, events, experiments as perExperiment, tsv } from "../src/export/text.ts";
import { crc32c, maskedCrc } from "../src/export/tfrecord.ts";
import { type Exported, experimentsInPages } from "../src/export.ts";
import { splitLine } from "../src/import/records.ts";
import type { SessionEvent } from "../src/ledger/events.ts";
import { append, closeLedger, entriesOf, experimentsOf, openLedger, sessionOf } from "../src/ledger.ts";
import { unsafeCell } from "../src/results-tsv.ts";
import { stateDir, takeIn } from "./import/take-in.ts";
import { experimentEvents, fill, START } from "./ledger/fill.ts";
import { component } from "./support/component.ts";
import { removeTemps, tempDir } from "./support/repo.ts";

afterAll(removeTemps);

interface Given {
  readonly kind: "keep" | "discard" | "crash";
  readonly metric: number;
  readonly hypothesis: string;
}

/** A session that took place here, with what was given. */
function sessionWith(given: readonly Given[]): Exported {
  const ledger = openLedger(stateDir());
  const write = (event: SessionEvent) => append(ledger, "t", event, 0);
  write(START);
  for (const event of experimentEvents(0, 10, "keep")) write(event);
  for (const [i, { kind, metric, hypothesis }] of given.entries()) {
    for (const event of experimentEvents(i + 1, kind === "crash" ? undefined : metric, kind)) {
      write(event.type === "proposed" ? { ...event, proposal: { ...event.proposal, hypothesis } } : event);
    }
  }
  return { ledger, session: sessionOf(ledger, "t")! };
}

const given = fc.array(
  fc.record({
    kind: fc.constantFrom("keep" as const, "discard" as const, "crash" as const),
    // -0 becomes 0 in JSON, and is the same number.
    metric: fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (x === 0 ? 1 : x)),
    hypothesis: fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.constantFrom("=1+1", "'=x", "-a", "@b", "\tc", 'a "quoted", cell', "two\nlines", "a\\tb"),
    ),
  }),
  { maxLength: 8 },
);

const numbersOf = (all: readonly Experiment[]) => all.map((e) => [e.number, e.verdict?.kind, meanMetric(e)]);

describe("there and back", () => {
  it.each([
    ["CSV", csv, 20],
    ["JSONL per experiment", perExperiment, 20],
    ["JSONL of events", events, 20],
  ] as const)("%s gives the same numbers and verdicts", async (_name, form, numRuns) => {
    await fc.assert(
      fc.asyncProperty(given, async (rows) => {
        const from = sessionWith(rows);
        const text = [...form(from)].join("");
        const back = await takeIn(text);
        expect(numbersOf(back.experiments)).toEqual(numbersOf(experimentsOf(from.ledger, "t")));
        expect(back.session.metric).toEqual(from.session.metric);
        expect(back.session.counts).toEqual(from.session.counts);
        expect(back.session.imported).toBeDefined();
        const provenances = back.experiments.flatMap((e) => e.runs.map((r) => r.measurement?.provenance));
        expect(new Set(provenances).has("evaluated")).toBe(false);
        for (const { ledger } of [from, back]) closeLedger(ledger);
      }),
      { numRuns },
    );
  });

  it("the classic TSV comes back byte for byte, by way of the ledger", async () => {
    const night = readFileSync(new URL("./fixtures/h100-mar8.results.tsv", import.meta.url), "utf8");
    const { ledger, session } = await takeIn(night);
    expect([...tsv({ ledger, session })].join("")).toBe(night);
  });

  it("an imported session goes through every form again unchanged", async () => {
    const night = readFileSync(new URL("./fixtures/h100-mar8.results.tsv", import.meta.url), "utf8");
    const first = await takeIn(night);
    for (const form of [csv, perExperiment, events]) {
      const back = await takeIn([...form(first)].join(""));
      expect(numbersOf(back.experiments)).toEqual(numbersOf(first.experiments));
      expect(back.experiments.map((e) => e.imported?.commit)).toEqual(first.experiments.map((e) => e.imported?.commit));
      expect([...tsv(back)].join("")).toBe(night);
    }
  });

  it("JSONL is the ledger, event for event", () => {
    const from = sessionWith([{ kind: "keep", metric: 9, hypothesis: "x" }]);
    const lines = [...events(from)].slice(1).map((line) => JSON.parse(line));
    expect(lines).toEqual(JSON.parse(JSON.stringify([...entriesOf(from.ledger, "t")])));
  });

  it("goes through more than a page", () => {
    const from = sessionWith(
      Array.from({ length: 3 }, () => ({ kind: "discard" as const, metric: 1, hypothesis: "" })),
    );
    expect([...experimentsInPages(from)].map((e) => e.number)).toEqual([0, 1, 2, 3]);
    expect([...experimentsInPages(from, 2)].map((e) => e.number)).toEqual([2, 3]);
  });
});

describe("CSV cells", () => {
  it.each(["=cmd()", "+1", "-1", "@x", "\tx", "\rx", "\nx", "'=x", "''+y"])(
    "%j cannot be run, and comes back",
    (text) => {
      const cell = csvCell(text);
      expect(cell.replace(/^"/, "")).toMatch(/^'/);
      const [read = ""] = splitLine(cell, ",").cells;
      expect(unsafeCell(read)).toBe(text);
    },
  );

  it("any text comes back from a cell", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 30, unit: "binary" }), (text) => {
        const { cells } = splitLine(`${csvCell(text)},2`, ",");
        expect(cells.map(unsafeCell)).toEqual([text, "2"]);
      }),
    );
  });

  it("a negative number stays a number", () => {
    expect([csvCell(-1.5), csvCell(1e21), csvCell(undefined)]).toEqual(["-1.5", "1e+21", ""]);
  });
});

describe("Parquet", () => {
  it("is read back by a reader as it was written, the unknown as null", async () => {
    const from = sessionWith([
      { kind: "keep", metric: 9.25, hypothesis: "=1+1" },
      { kind: "crash", metric: 0, hypothesis: "größer" },
    ]);
    const file = join(tempDir(), "t.parquet");
    expect(await writeParquet(from, file)).toBe(3);
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(file) });
    expect(rows.map((r) => [r.experiment, r.verdict, r.metric, r.hypothesis])).toEqual([
      [0, "keep", 10, null],
      [1, "keep", 9.25, "=1+1"],
      [2, "crash", null, "größer"],
    ]);
    expect(Object.keys(rows[0] ?? {})).toEqual(COLUMNS.map((c) => c.name));
    const opened = experimentsOf(from.ledger, "t")[0]?.openedAt;
    expect(rows[0]?.opened_at).toEqual(new Date(opened ?? ""));
  });

  it("of an empty session is a file with no rows", async () => {
    const ledger = openLedger(stateDir());
    append(ledger, "t", START, 0);
    const file = join(tempDir(), "t.parquet");
    await writeParquet({ ledger, session: sessionOf(ledger, "t")! }, file);
    expect(await parquetReadObjects({ file: await asyncBufferFromFile(file) })).toEqual([]);
  });
});

/** A strict reader of TFRecord: every length and checksum must fit. */
function recordsOf(bytes: Buffer): readonly Buffer[] {
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    expect(bytes.readUInt32LE(at + 8)).toBe(maskedCrc(bytes.subarray(at, at + 8)));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(maskedCrc(data));
    out.push(data);
    at += 16 + length;
  }
  return out;
}

const PYTHON = join(homedir(), ".nightyard-mlflow", "bin", "python");
const hasTensorboard = component(existsSync(PYTHON), "TensorBoard", "bash .ci/install");

describe("TensorBoard", () => {
  it("computes the checksum of RFC 3720's examples", () => {
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
  });

  const four = () => {
    const ledger = openLedger(stateDir());
    fill(ledger);
    return { ledger, session: sessionOf(ledger, "t")! };
  };

  it("is framed as TFRecord, begins with its version, and is written once per session", () => {
    const dir = tempDir();
    writeTensorboard(four(), dir);
    const { file, scalars } = writeTensorboard(four(), dir);
    expect(scalars).toBe(9);
    const records = recordsOf(readFileSync(file));
    // Its version, and four experiments: the crashed one has its seconds.
    expect(records).toHaveLength(5);
    const reader = protobuf.Reader.create(records[0]!);
    const fields: number[] = [];
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      fields.push(tag >>> 3);
      reader.skipType(tag & 7);
    }
    expect(fields).toEqual([1, 3]);
    expect(records[0]?.toString("latin1")).toContain("brain.Event:2");
  });

  it.runIf(hasTensorboard)("is read by TensorBoard itself", () => {
    const { file } = writeTensorboard(four(), tempDir());
    expect(readdirSync(join(file, ".."))).toHaveLength(1);
    const script = join(tempDir(), "read.py");
    writeFileSync(
      script,
      [
        "import json, sys",
        "from tensorboard.backend.event_processing.event_accumulator import EventAccumulator",
        "a = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0}); a.Reload()",
        "print(json.dumps({t: [[s.step, s.value] for s in a.Scalars(t)] for t in a.Tags()['scalars']}))",
      ].join("\n"),
    );
    const out = execFileSync(PYTHON, [script, join(file, "..")], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const read = JSON.parse(out.trim().split("\n").at(-1) ?? "");
    expect(read["score/measured"]).toEqual([
      [0, 10],
      [1, 9],
      [3, 11],
    ]);
    expect(read["score/kept"]).toEqual([
      [0, 10],
      [1, 9],
    ]);
  });
});
