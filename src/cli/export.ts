/**
 * `nightyard export`: the ledger in other shapes. TSV is the classic five columns; JSONL is every event; CSV is one row
 * per experiment, with cells that a spreadsheet would run as a formula made safe.
 */
import { type Experiment, meanMetric } from "../experiment.ts";
import { entriesOf, experimentsOf } from "../ledger.ts";
import { formatResultsTsv } from "../results-tsv.ts";
import { resultRows } from "../session-files.ts";
import { UserError } from "../util/user-error.ts";
import { type Opened, withSession } from "./lab.ts";
import type { ReadOptions } from "./status.ts";

export interface ExportOptions extends ReadOptions {
  readonly format: string;
}

const FORMATS: Readonly<Record<string, (opened: Opened) => Iterable<string>>> = {
  tsv: ({ ledger, session }) => [
    formatResultsTsv(session.metric.name, resultRows(session, experimentsOf(ledger, session.tag))),
  ],
  jsonl: function* ({ ledger, session }) {
    yield `${JSON.stringify({ format: "nightyard-ledger", version: 1, session: session.tag })}\n`;
    for (const entry of entriesOf(ledger, session.tag)) yield `${JSON.stringify(entry)}\n`;
  },
  csv: function* ({ ledger, session }) {
    yield `${CSV_COLUMNS.join(",")}\r\n`;
    for (const e of experimentsOf(ledger, session.tag)) yield `${csvRow(e).map(csvCell).join(",")}\r\n`;
  },
};

const CSV_COLUMNS = [
  "experiment",
  "commit",
  "parent",
  "verdict",
  "label",
  "rule",
  "reason",
  "metric",
  "runs",
  "provenance",
  "lines_added",
  "lines_removed",
  "opened_at",
  "closed_at",
  "hypothesis",
] as const;

export async function exportCommand(lab: string | undefined, options: ExportOptions): Promise<number> {
  const write = Object.hasOwn(FORMATS, options.format) ? FORMATS[options.format] : undefined;
  if (write === undefined) {
    throw new UserError(`--format: expected one of ${Object.keys(FORMATS).join(", ")}, found "${options.format}"`);
  }
  return withSession(lab, options.session, (opened) => {
    for (const text of write(opened)) process.stdout.write(text);
    return 0;
  });
}

function csvRow(e: Experiment): readonly (string | number | undefined)[] {
  const p = e.proposal;
  const provenance = e.runs.find((r) => r.measurement !== undefined)?.measurement?.provenance;
  return [
    e.number,
    p?.commit,
    e.parent,
    e.verdict?.kind,
    e.verdict?.label,
    e.verdict?.rule,
    e.verdict?.reason,
    meanMetric(e),
    e.runs.length,
    provenance,
    p?.linesAdded,
    p?.linesRemoved,
    e.openedAt,
    e.closedAt,
    p?.hypothesis,
  ];
}

/** One cell: numbers as they are, text quoted, and text that begins like a formula led by an apostrophe. */
export function csvCell(value: string | number | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
