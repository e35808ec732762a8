/** What scales: windows of the list, and a summary without reading the experiments, against the plain reading of all. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Experiment, meanMetric } from "../../src/experiment.ts";
import type { SessionEvent } from "../../src/ledger/events.ts";
import { eachExperiment, experimentsWindow, indexInWindow, pointsOf, type Sort } from "../../src/ledger/windows.ts";
import { appendPast, experimentsOf, type Ledger, openLedger, rebuild, sessionOf } from "../../src/ledger.ts";
import { summarize, summaryOf } from "../../src/summary.ts";
import { removeTemps, tempDir } from "../support/repo.ts";
import { experimentEvents, fill, START } from "./fill.ts";

afterAll(removeTemps);

const KINDS = ["discard", "keep", "crash", "discard", "discard"] as const;
const stopped = { kind: "stoppedEarly" as const, why: "w", behind: 0.3, spread: 0.2 };

/** Experiment `n`; every seventh was stopped on its way, every third keep is proven, one is left open. */
function eventsOf(n: number): SessionEvent[] {
  const kind = n === 0 ? "keep" : (KINDS[n % 5] ?? "discard");
  const events = experimentEvents(n, kind === "crash" ? undefined : 10 - ((n * 37) % 101) / 50, kind);
  return events
    .map((event): SessionEvent => {
      if (event.type === "run-ended") {
        const outcome = n % 7 === 6 ? stopped : event.outcome;
        return { ...event, outcome, resources: { wallSeconds: 1 + (n % 13) } };
      }
      if (event.type !== "judged") return event;
      return { ...event, verdict: { ...event.verdict, ...(n % 3 === 0 ? { label: "confirmed" as const } : {}) } };
    })
    .filter((event) => n !== 200 || event.type !== "judged");
}

let ledger: Ledger;
let all: readonly Experiment[];

beforeAll(() => {
  ledger = openLedger(tempDir());
  fill(ledger, "other");
  const events = [START, ...Array.from({ length: 201 }, (_, n) => eventsOf(n)).flat()];
  appendPast(
    ledger,
    "t",
    events.map((event, clock) => ({ event, clock })),
  );
  all = experimentsOf(ledger, "t");
});

const numbers = (experiments: readonly Experiment[]) => experiments.map((e) => e.number);

describe("a window of the list", () => {
  const orders: Readonly<Record<Sort, (a: Experiment, b: Experiment) => number>> = {
    oldest: (a, b) => a.number - b.number,
    newest: (a, b) => b.number - a.number,
    lowest: (a, b) => (meanMetric(a) ?? 1e9) - (meanMetric(b) ?? 1e9) || a.number - b.number,
    highest: (a, b) => (meanMetric(b) ?? -1e9) - (meanMetric(a) ?? -1e9) || a.number - b.number,
  };

  it.each(["oldest", "newest", "lowest", "highest"] as const)("is what sorting all by %s gives", (sort) => {
    for (const verdict of [undefined, "keep", "crash", "open"] as const) {
      const expected = all
        .filter((e) => verdict === undefined || (e.verdict?.kind ?? "open") === verdict)
        .sort(orders[sort]);
      const part = experimentsWindow(ledger, "t", { from: 3, count: 20, verdict, sort });
      expect(part.total).toBe(expected.length);
      expect(numbers(part.experiments)).toEqual(numbers(expected.slice(3, 23)));
    }
  });

  it("finds words, whatever their letters, and takes signs of a pattern as they are", () => {
    const found = (search: string) =>
      numbers(experimentsWindow(ledger, "t", { from: 0, count: 9, search }).experiments);
    expect(found("TRY 17")).toEqual([17, 170, 171, 172, 173, 174, 175, 176, 177]);
    expect(found("try%17")).toEqual([]);
    expect(found("' OR 1=1 --")).toEqual([]);
  });

  it("is empty beyond the end, and knows the place of a number", () => {
    expect(experimentsWindow(ledger, "t", { from: 500, count: 5 }).experiments).toEqual([]);
    expect(indexInWindow(ledger, "t", 42, {})).toBe(42);
    const keeps = numbers(all.filter((e) => e.verdict?.kind === "keep"));
    expect(indexInWindow(ledger, "t", keeps[4] ?? -1, { verdict: "keep" })).toBe(4);
  });

  it("has the points, and each experiment one after the other", () => {
    const points = all.map((e) => ({
      number: e.number,
      verdict: e.verdict?.kind ?? null,
      label: e.verdict?.label ?? null,
      metric: meanMetric(e) ?? null,
    }));
    expect(pointsOf(ledger, "t")).toEqual(points);
    expect([...eachExperiment(ledger, "t")]).toEqual(all);
    expect([...eachExperiment(ledger, "t", "crash")]).toEqual(all.filter((e) => e.verdict?.kind === "crash"));
  });
});

describe("a summary without reading the experiments", () => {
  const session = () => sessionOf(ledger, "t") as NonNullable<ReturnType<typeof sessionOf>>;

  it("is the one that reading all gives", () => {
    const expected = summarize(session(), all);
    expect(expected.earlyStop?.runs).toBeGreaterThan(10);
    expect(expected.confirmed).toBeGreaterThan(1);
    expect(summaryOf(ledger, session())).toEqual(expected);
  });

  it("follows from the events alone", () => {
    const before = summaryOf(ledger, session());
    const tables = () =>
      ["experiments", "sessions", "sessions_seldom"].map((t) => ledger.db.prepare(`SELECT * FROM ${t}`).all());
    const was = tables();
    ledger.db.exec(`UPDATE experiments SET metric = 1, label = NULL;
      DELETE FROM sessions_seldom; UPDATE sessions SET body = json_set(body, '$.figures.kept', 1)`);
    expect(summaryOf(ledger, session())).not.toEqual(before);
    rebuild(ledger);
    expect(summaryOf(ledger, session())).toEqual(before);
    expect(tables()).toEqual(was);
  });
});
