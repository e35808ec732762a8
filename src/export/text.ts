/**
 * The forms that are text, piece by piece: the classic TSV, CSV, and JSONL of every event or of every experiment.
 */
import { type Exported, experimentsInPages } from "../export.ts";
import { entriesOf } from "../ledger.ts";
import { resultsTsvLines, safeCell } from "../results-tsv.ts";
import { resultRows } from "../session-files.ts";
import { type Cell, COLUMNS } from "./columns.ts";

/** The classic five columns; experiments without a verdict are left out. */
export function* tsv(from: Exported): Generator<string> {
  const { session } = from;
  const rows = (function* () {
    for (const e of experimentsInPages(from)) yield* resultRows(session, [e]);
  })();
  yield* resultsTsvLines(session.metric.name, rows);
}

/** One row per experiment, by RFC 4180. */
export function* csv(from: Exported): Generator<string> {
  yield `${COLUMNS.map((column) => column.name).join(",")}\r\n`;
  for (const e of experimentsInPages(from)) {
    yield `${COLUMNS.map((column) => csvCell(column.of(e, from.session))).join(",")}\r\n`;
  }
}

/**
 * Numbers as they are, text quoted where it must be. Text that a spreadsheet would run as a formula (it begins with
 * = + - @, a tab or a line end) is led by an apostrophe, which `unsafeCell` takes off again.
 */
export function csvCell(value: Cell): string {
  if (value === undefined) return "";
  if (typeof value === "number") return String(value);
  const safe = safeCell(value);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Every event, as the ledger has it. */
export function* events({ ledger, session }: Exported): Generator<string> {
  yield `${JSON.stringify({ format: "nightyard-ledger", version: 1, session: session.tag })}\n`;
  for (const entry of entriesOf(ledger, session.tag)) yield `${JSON.stringify(entry)}\n`;
}

/** One line per experiment, in the shape of `show --json`, behind a line that says of what. */
export function* experiments(from: Exported): Generator<string> {
  const { tag, metric } = from.session;
  yield `${JSON.stringify({ format: "nightyard-experiments", version: 1, session: tag, metric })}\n`;
  for (const e of experimentsInPages(from)) yield `${JSON.stringify({ version: 1, session: tag, ...e })}\n`;
}
