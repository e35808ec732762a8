/** Somebody's record becomes a session: counted right, odd rows named, nothing made up, nothing taken in twice. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { meanMetric, NO_COMMIT, shortCommit } from "../src/experiment.ts";
import { survey } from "../src/import.ts";
import { inspect } from "../src/ledger/restore.ts";
import { appendPast, closeLedger, countEvents, openLedger, readLedger, rebuild, sessionOf } from "../src/ledger.ts";
import { summarize } from "../src/summary.ts";
import { UserError } from "../src/util/user-error.ts";
import { fileOf, stateDir, takeIn, writeAll } from "./import/take-in.ts";
import { removeTemps } from "./support/repo.ts";

afterAll(removeTemps);

const NIGHT = readFileSync(new URL("./fixtures/h100-mar8.results.tsv", import.meta.url), "utf8");
const HEADER = "commit\tval_bpb\tmemory_gb\tstatus\tdescription\n";

describe("the published H100 night", () => {
  it("is 23 keeps with the baseline, 102 discards, 1 crash, and a best of 0.969686 and not 0", async () => {
    const { session, experiments, seen } = await takeIn(NIGHT);
    const summary = summarize(session, experiments);
    expect(session.counts).toMatchObject({ keep: 23, discard: 102, crash: 1 });
    expect(summary).toMatchObject({ kept: 22, baseline: 0.9979, best: 0.969686, provenance: "self-reported" });
    expect(seen.parts[0]).toMatchObject({ best: { metric: 0.969686 }, goal: "minimize", metric: "val_bpb" });
    expect(seen.odd).toEqual([]);
    const crash = experiments.find((e) => e.verdict?.kind === "crash");
    expect([crash?.imported?.line, meanMetric(crash!)]).toEqual([17, undefined]);
  });

  it("names commits as the file does, and makes no id up", async () => {
    const { experiments, session } = await takeIn(NIGHT);
    expect(shortCommit(experiments[1]!)).toBe("bea057b");
    expect(new Set(experiments.flatMap((e) => [e.proposal?.commit ?? NO_COMMIT, e.parent]))).toEqual(
      new Set([NO_COMMIT]),
    );
    expect(session.base).toBe(NO_COMMIT);
    expect(session.imported).toMatchObject({ file: "night.tsv", part: 1 });
  });

  it("is in the ledger as if it had been folded event by event, and the chain holds", async () => {
    const dir = stateDir();
    const seen = await survey(fileOf(NIGHT), {});
    const ledger = openLedger(dir);
    const [tag = ""] = await writeAll(ledger, seen);
    const before = JSON.stringify(sessionOf(ledger, tag));
    rebuild(ledger);
    expect(JSON.stringify(sessionOf(ledger, tag))).toBe(before);
    closeLedger(ledger);
    expect(inspect(dir).faults).toEqual([]);
  });

  it("is taken in once", async () => {
    const dir = stateDir();
    const ledger = openLedger(dir);
    const tags = await writeAll(ledger, await survey(fileOf(NIGHT), {}));
    const events = countEvents(ledger, tags[0]!);
    expect(await writeAll(ledger, await survey(fileOf(NIGHT, "another-name.tsv"), {}))).toEqual([]);
    expect(countEvents(ledger, tags[0]!)).toBe(events);
    expect(await writeAll(ledger, await survey(fileOf(NIGHT), { goal: "maximize" }))).toHaveLength(1);
  });

  it("goes on where a killed import stopped", async () => {
    const whole = await takeIn(NIGHT);
    const dir = stateDir();
    const seen = await survey(fileOf(NIGHT), {});
    const half = openLedger(dir);
    // What the first batch of an import leaves when the process is killed after it.
    const past = [...rowsOfEvents(whole.ledger)].slice(0, 40);
    appendPast(half, "results", past);
    expect(sessionOf(half, "results")).toMatchObject({ lastExperiment: 38 });
    await writeAll(half, seen);
    closeLedger(half);
    const again = readLedger(dir)!;
    expect(sessionOf(again, "results")).toMatchObject({ counts: whole.session.counts, lastExperiment: 125 });
    expect(countEvents(again, "results")).toBe(countEvents(whole.ledger, whole.session.tag));
  });
});

function* rowsOfEvents(ledger: Parameters<typeof countEvents>[0]) {
  for (const row of ledger.db.prepare("SELECT body, clock FROM events ORDER BY seq").all()) {
    const { body, clock } = row as { body: string; clock: number };
    yield { event: JSON.parse(body), clock };
  }
}

/** What each row came to: kind, number, and the remarks with their lines. */
async function read(text: string, options = {}) {
  const { seen, experiments } = await takeIn(text, options);
  return {
    rows: experiments.map((e) => [e.verdict?.kind, meanMetric(e)]),
    texts: experiments.map((e) => e.proposal?.hypothesis),
    odd: seen.odd.map(({ line, what }) => `${line}: ${what}`),
    part: seen.parts[0]!,
    experiments,
  };
}

describe("tables in the wild", () => {
  const base = "a1\t0.99\t44\tkeep\tbaseline\n";

  it.each([
    [
      "CRLF, byte order mark, semicolons, decimal commas",
      `\uFEFFSha;Val Loss;Status;Notes\r\nabc;0,995;kept;a\r\ndef;0,98;KEEP;b\r\n`,
    ],
    ["commas and quotes", `commit,val_loss,status,description\nabc,0.995,keep,"a"\ndef,0.98,keep,b\n`],
    [
      "a Markdown table",
      `# Night\n\n| commit | val_loss | status | notes |\n|---|---|---|---|\n| abc | 0.995 | keep | a |\n| def | 0.98 | ✅ keep | b |\n`,
    ],
    [
      "literal tabs throughout",
      `commit\\tval_loss\\tstatus\\tdescription\nabc\\t0.995\\tkeep\\ta\ndef\\t0.98\\tkeep\\tb\n`,
    ],
    [
      "more columns, another order",
      `#\tdate\tstatus\tdescription\tval_loss\tcommit\n1\t2025-03-08\tkeep\ta\t0.995\tabc\n2\t2025-03-08\tkeep\tb\t0.98\tdef\n`,
    ],
    ["yes and no", `commit\tval_loss\tkept\tdescription\nabc\t0.995\tyes\ta\ndef\t0.98\tyes\tb\n`],
    ["old line ends", `commit\tval_loss\tstatus\tdescription\rabc\t0.995\tkeep\ta\rdef\t0.98\tkeep\tb\r`],
  ])("%s", async (_what, text) => {
    const { rows, experiments } = await read(text);
    expect(rows).toEqual([
      ["keep", 0.995],
      ["keep", 0.98],
    ]);
    expect(experiments.map((e) => e.imported?.commit)).toEqual(["abc", "def"]);
    expect(experiments[1]?.proposal?.hypothesis).toBe("b");
  });

  it("reads UTF-16", async () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`${HEADER}${base}`, "utf16le")]);
    expect((await takeIn(bytes)).experiments).toHaveLength(1);
  });

  it("names each odd row with its line and what was done", async () => {
    const { rows, odd } = await read(
      `${HEADER}${base}b2\t0.98\t44\tpromising\tnew word\nc3\t0.000000\t0.0\tkeep\tno number\nd4\tlow\t44\tdiscard\tno number\n` +
        `e5\t0\t44\tdiscard\tzero among others\nf6\t0.97\t44\trunning\tnot over\ng7\t0.96\ncommit\tval_bpb\tmemory_gb\tstatus\tdescription\n`,
    );
    expect(rows).toEqual([
      ["keep", 0.99],
      ["discard", 0.98],
      ["discard", undefined],
      ["discard", undefined],
      ["discard", undefined],
      ["discard", 0.96],
    ]);
    expect(odd).toEqual([
      '3: status "promising" is not known: read as discard',
      "4: 0 where nothing was measured: no number",
      '4: "keep" without a number: read as discard',
      '5: "low" is no number that has one meaning: no number',
      "6: 0 where nothing was measured: no number",
      '7: left out: "running" is no end of an experiment',
      "8: found 2 columns, expected 5",
      '8: status "" is not known: read as discard',
      "9: left out: the header again",
    ]);
  });

  it("puts together what a line feed in a cell tore apart", async () => {
    const { texts, odd } = await read(
      `${HEADER}${base}b2\t0.98\t44\tkeep\tfirst\nsecond\nc3\t0.97\t44\tkeep\t"in\nquotes"\n`,
    );
    expect(texts).toEqual([undefined, "first second", "in quotes"]);
    expect(odd).toEqual(["3: line 4 read as going on in line 3"]);
  });

  it("takes a quote that is no quote as text", async () => {
    const { texts } = await read(
      `${HEADER}${base}b2\t0.98\t44\tkeep\t"cosine" not linear\nc3\t0.97\t44\tkeep\t"open\n`,
    );
    expect(texts).toEqual([undefined, '"cosine" not linear', '"open']);
  });

  it("keeps percent where the column is in percent, and no number where the units differ", async () => {
    const percent = await read("commit\taccuracy\tstatus\na\t54.3%\tkeep\nb\t55%\tkeep\nc\t55.5\tdiscard\n");
    expect(percent.rows.map((row) => row[1])).toEqual([54.3, 55, 55.5]);
    expect(percent.odd).toEqual(['4: "55.5" read as 55.5%']);
    const mixed = await read("commit\tlatency\tstatus\na\t12 ms\tkeep\nb\t11 ms\tkeep\nc\t0.01 s\tkeep\n");
    expect(mixed.rows).toEqual([
      ["keep", 12],
      ["keep", 11],
      ["discard", undefined],
    ]);
  });

  it("keeps the other columns with the experiment", async () => {
    const { experiments } = await read(
      "commit\tval_loss\tmfu %\tseed note\tstatus\tpeak VRAM (MB)\na\t1\t40\tseven\tkeep\t2048\n",
    );
    expect(experiments[0]?.runs[0]?.measurement?.extra).toEqual({ mfu: 40, peak_memory_mb: 2048 });
  });

  it("reads a table without a header when told what it measures", async () => {
    const { rows, experiments } = await read(base + base.replace("0.99", "0.97"), { metric: "val_bpb" });
    expect(rows).toEqual([
      ["keep", 0.99],
      ["keep", 0.97],
    ]);
    expect(experiments[0]?.runs[0]?.measurement?.extra.peak_memory_mb).toBe(44 * 1024);
  });
});

describe("pi-autoresearch JSONL", () => {
  const config = '{"type":"config","name":"Speed","metricName":"total_ms","metricUnit":"ms","bestDirection":"lower"}\n';
  const run = (n: number, more: object) =>
    `${JSON.stringify({ run: n, commit: `abc123${n}`, metric: 100 - n, metrics: { compile_ms: n }, status: "keep", description: `d${n}`, timestamp: 1_700_000_000_000 + n * 60_000, ...more })}\n`;

  it("is read with its names, times, other metrics and notes", async () => {
    const { experiments, session } = await takeIn(
      config +
        run(1, {}) +
        run(2, { asi: { hypothesis: "cache", n: 2 } }) +
        run(3, { metric: 0, status: "crash" }) +
        run(4, { status: "checks_failed" }),
      {},
      "autoresearch.jsonl",
    );
    expect(session).toMatchObject({
      metric: { name: "total_ms", goal: "minimize" },
      startedAt: "2023-11-14T22:14:20.000Z",
    });
    expect(session.sittingMs).toBe(3 * 60_000);
    expect(experiments.map((e) => [e.verdict?.kind, e.verdict?.rule, meanMetric(e)])).toEqual([
      ["keep", "imported", 99],
      ["keep", "imported", 98],
      ["crash", "imported", undefined],
      ["discard", "gate", 96],
    ]);
    expect(experiments[1]).toMatchObject({
      closedAt: "2023-11-14T22:15:20.000Z",
      proposal: { description: "hypothesis: cache\nn: 2" },
    });
    expect(experiments[1]?.runs[0]?.measurement?.extra).toEqual({ compile_ms: 2 });
  });

  it("has a session per config line, and a half last line is said", async () => {
    const { sessions, seen } = await takeIn(
      `${config + run(1, {}) + config.replace("lower", "higher") + run(1, {})}{"run":2,"com`,
    );
    expect(sessions.map(({ session }) => session.metric.goal)).toEqual(["minimize", "maximize"]);
    expect(new Set(sessions.map(({ session }) => session.tag)).size).toBe(2);
    expect(seen.odd.map((odd) => odd.line)).toEqual([5]);
  });
});

describe("refusing", () => {
  it.each([
    ["nothing", "", /line 1: found nothing/],
    ["prose", "Dear diary,\ntoday I trained a model.\n", /line 1: found "Dear diary/],
    ["no status", "commit\tval_bpb\nabc\t0.9\n", /line 1: .*expected a column status/],
    ["binary", "commit\tval_bpb\n\0\0", /line 2: found binary data/],
    ["rows that are none", `${HEADER}x\ny\n`, /line 2: found 1 of 5 columns/],
    [
      "half a ledger",
      '{"format":"nightyard-ledger","version":1}\n{"at":"2025-01-01T00:00:00Z","clock":0,"event":{"type":"judged"}}\n',
      /line 2: /,
    ],
  ])("%s, with the line", async (_what, text, message) => {
    const error = await survey(fileOf(text), {}).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(message);
  });

  it("asks for the direction by naming the option, where name or record leave it open", async () => {
    const rows = (metric: string, ...values: number[]) =>
      `commit\t${metric}\tstatus\n${values.map((v, i) => `a${i}\t${v}\tkeep\n`).join("")}`;
    const fails = async (text: string) =>
      ((await survey(fileOf(text), {}).catch((e: unknown) => e)) as UserError).message;
    expect(await fails(rows("zorp", 3, 2, 1))).toMatch(
      /not clear whether a lower or a higher zorp is better; .* go down/,
    );
    expect(await fails(rows("val_loss", 1, 2, 3))).toMatch(/the name says minimize; .* go up/);
    expect((await survey(fileOf(rows("zorp", 1, 2)), { goal: "maximize" })).parts[0]?.goal).toBe("maximize");
    expect((await survey(fileOf(rows("accuracy", 1, 2)), {})).parts[0]?.goal).toBe("maximize");
  });

  it("is never anything but an answer or a UserError", async () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary", maxLength: 6 }),
      fc.constantFrom(
        "\t",
        "\n",
        ",",
        '"',
        "keep",
        "1.5",
        "0",
        "commit\tval_bpb\tstatus\n",
        '{"type":"config"}\n',
        "crash",
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
        try {
          await takeIn(pieces.join(""), { goal: "minimize" });
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
        }
      }),
      { numRuns: 60 },
    );
  });
});
