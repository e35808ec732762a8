/**
 * Reads of a session that stay cheap with a hundred thousand experiments: a window of a filtered and sorted list, and
 * every experiment as a point. What a summary adds up is folded into the session (figures.ts).
 *
 * Not covered: a search in the words, which looks at every experiment (about 0.8 s for 100,000).
 */
import type { Experiment, VerdictKind } from "../experiment.ts";
import { experimentOf, type Ledger } from "./read.ts";

export type Sort = "oldest" | "newest" | "lowest" | "highest";

export interface WindowAsk {
  /** Index of the first one in the filtered and sorted list, from 0. */
  readonly from: number;
  readonly count: number;
  readonly verdict?: VerdictKind | "open" | undefined;
  /** By number, or by the mean of the metric; those without a number stand last. Default: "oldest". */
  readonly sort?: Sort | undefined;
  /** Only those with these words in the hypothesis; large and small letters are the same. */
  readonly search?: string | undefined;
}

export interface ExperimentsWindow {
  /** How many the whole list has. */
  readonly total: number;
  readonly from: number;
  readonly experiments: readonly Experiment[];
}

const ORDERS: Readonly<Record<Sort, string>> = {
  oldest: "number",
  newest: "number DESC",
  lowest: "metric NULLS LAST, number",
  highest: "metric DESC NULLS LAST, number",
};

/** A part of the list of a session's experiments; a `from` beyond its end gives none. */
export function experimentsWindow(ledger: Ledger, tag: string, ask: WindowAsk): ExperimentsWindow {
  const { where, values } = filterOf(tag, ask);
  const from = Math.max(0, Math.floor(ask.from));
  const { total } = ledger.db.prepare(`SELECT count(*) AS total FROM experiments WHERE ${where}`).get(...values) as {
    total: number;
  };
  // Numbers first, from an index alone: bodies that are only passed over are not read.
  const sql = `SELECT number FROM experiments WHERE ${where} ORDER BY ${ORDERS[ask.sort ?? "oldest"]} LIMIT ? OFFSET ?`;
  const numbers = ledger.db.prepare(sql).all(...values, Math.max(0, Math.floor(ask.count)), from);
  const experiments = (numbers as { number: number }[])
    .map(({ number }) => experimentOf(ledger, tag, number))
    .filter((e) => e !== undefined);
  return { total, from, experiments };
}

/** Where an experiment stands in the list in its first order: how many of it have a smaller number. */
export function indexInWindow(ledger: Ledger, tag: string, number: number, ask: Omit<WindowAsk, "from" | "count">) {
  const { where, values } = filterOf(tag, ask);
  const sql = `SELECT count(*) AS n FROM experiments WHERE ${where} AND number < ?`;
  return (ledger.db.prepare(sql).get(...values, number) as { n: number }).n;
}

function filterOf(tag: string, { verdict, search }: Pick<WindowAsk, "verdict" | "search">) {
  const parts = ["session = ?"];
  const values: (string | number)[] = [tag];
  if (verdict === "open") parts.push("verdict IS NULL");
  else if (verdict !== undefined) {
    parts.push("verdict = ?");
    values.push(verdict);
  }
  if (search !== undefined && search !== "") {
    parts.push("instr(lower(coalesce(json_extract(body, '$.proposal.hypothesis'), '')), lower(?)) > 0");
    values.push(search.slice(0, 200));
  }
  return { where: parts.join(" AND "), values };
}

/** All experiments of a session in order, read a thousand at a time. */
export function* eachExperiment(ledger: Ledger, tag: string, verdict?: string): Generator<Experiment> {
  const and = verdict === undefined ? "" : "AND verdict = ?";
  const sql = `SELECT number, body FROM experiments WHERE session = ? AND number > ? ${and} ORDER BY number LIMIT 1000`;
  const statement = ledger.db.prepare(sql);
  for (let last = -1; ; ) {
    const rows = statement.all(tag, last, ...(verdict === undefined ? [] : [verdict]));
    for (const { number, body } of rows as { number: number; body: string }[]) {
      yield JSON.parse(body) as Experiment;
      last = number;
    }
    if (rows.length < 1000) return;
  }
}

/** A point of a plot or a line of a list, without the body. */
export interface Point {
  readonly number: number;
  readonly verdict: VerdictKind | null;
  readonly label: "confirmed" | "likely" | null;
  readonly metric: number | null;
}

/** Every experiment as a point, in order: 100,000 take about 0.2 s. */
export function pointsOf(ledger: Ledger, tag: string): readonly Point[] {
  const sql = "SELECT number, verdict, label, metric FROM experiments WHERE session = ? ORDER BY number";
  return ledger.db.prepare(sql).all(tag) as Point[];
}

/** Number of the newest event of all sessions; 0 without one. */
export function lastSeq(ledger: Ledger): number {
  return (ledger.db.prepare("SELECT coalesce(max(seq), 0) AS seq FROM events").get() as { seq: number }).seq;
}
