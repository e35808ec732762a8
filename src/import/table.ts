/**
 * Tables: the classic results.tsv and what people and agents have made of it. Finds delimiter, header and columns, and
 * reads row by row.
 *
 * Promises: an odd cell costs its number, never the row; a keep without a number is no keep; a crash has no number
 * whatever stands there; nothing is guessed into a keep. What was done with an odd row stands in its remarks.
 */
import type { Goal } from "../experiment.ts";
import { type Columns, columnsOf, guessColumns } from "./columns.ts";
import { type Encoding, type Line, linesOf, type Sample } from "./lines.ts";
import { numberOf } from "./number.ts";
import { type Cells, type Delimiter, recordsOf, splitLine } from "./records.ts";
import type { Item, Part } from "./row.ts";
import { isYesOrNo, kindOf } from "./status.ts";
import { rowOf, type TableFacts } from "./table-row.ts";

export interface Table {
  readonly kind: "table";
  readonly encoding: Encoding;
  readonly delimiter: Delimiter;
  readonly columns: Columns;
  /** Line of the header; 0 without one. */
  readonly header: number;
  readonly part: Part;
}

const DELIMITERS: readonly Delimiter[] = ["\t", ",", ";", "|"];

/** How a file is to be read as a table, or why it is none: the best line of it and what was expected there. */
export async function tableOf(
  sample: Sample,
  metric: string | undefined,
): Promise<Table | { readonly wrong: string; readonly line: number }> {
  const { encoding } = sample;
  const lines = sample.lines.filter(({ text }) => text.trim() !== "" && !/^#[^\t,;|]*$/.test(text.trim()));
  const first = lines[0];
  if (first === undefined) return { line: 1, wrong: "found nothing" };
  for (const head of lines.slice(0, 10)) {
    for (const delimiter of DELIMITERS) {
      const cells = headerCells(head.text, delimiter);
      if (cells.length < 2) continue;
      const body = lines.filter(({ line }) => line > head.line).slice(0, 50);
      const columns = columnsOf(
        cells,
        body.map(({ text }) => splitLine(text, delimiter).cells),
        metric,
      );
      if ("wrong" in columns) continue;
      const part = { part: 1, metric: columns.names[columns.metric] };
      return { kind: "table", encoding, delimiter, columns, header: head.line, part };
    }
  }
  return headless(lines, encoding, metric) ?? { line: first.line, wrong: whatIsWrong(first, metric) };
}

function headerCells(text: string, delimiter: Delimiter): readonly string[] {
  const { cells } = splitLine(text, delimiter);
  return delimiter === "\t" && cells.length === 1 ? text.split("\\t") : cells;
}

function headless(lines: readonly Line[], encoding: Encoding, metric: string | undefined): Table | undefined {
  for (const delimiter of DELIMITERS) {
    const sample = lines.slice(0, 50).map(({ text }) => headerCells(text, delimiter));
    const columns = guessColumns(sample, metric);
    if (columns === undefined) continue;
    return { kind: "table", encoding, delimiter, columns, header: 0, part: { part: 1, metric } };
  }
  return undefined;
}

function whatIsWrong(first: Line, metric: string | undefined): string {
  const widths = DELIMITERS.map((d) => splitLine(first.text, d).cells.length);
  const delimiter = DELIMITERS[widths.indexOf(Math.max(...widths))] ?? "\t";
  const cells = splitLine(first.text, delimiter).cells;
  const columns = columnsOf(cells, [], metric);
  const expected =
    cells.length < 2
      ? "columns separated by tabs, commas, semicolons or bars"
      : "wrong" in columns
        ? columns.wrong
        : "rows";
  return `found "${cells.join(" | ").slice(0, 200)}", expected ${expected}`;
}

/** The rows of a table in order. `facts`: what is true of the whole column (see `factsOf`). */
export async function* tableItems(file: string, table: Table, facts: TableFacts): AsyncGenerator<Item> {
  let number = 0;
  for await (const record of tableRecords(file, table)) {
    const item = rowOf(record, table.columns, { ...facts, baseline: number === 0, comma: table.delimiter === ";" });
    if ("row" in item) number += 1;
    yield item;
  }
}

async function* tableRecords(file: string, table: Table): AsyncGenerator<Cells> {
  const { columns, delimiter } = table;
  const after = (async function* () {
    for await (const line of linesOf(file, table.encoding)) if (line.line > table.header) yield line;
  })();
  const name = columns.names[columns.status]?.toLowerCase() ?? "";
  const isRow = (cells: readonly string[]) => {
    const cell = cells[columns.status] ?? "";
    return kindOf(cell) !== undefined || isYesOrNo(name, cell) || cells.length === columns.names.length;
  };
  yield* recordsOf(after, delimiter, columns.names.length, isRow);
}

/** One pass over the whole column: which unit most cells have, and whether a 0 can be a measurement. */
export async function factsOf(file: string, table: Table): Promise<TableFacts & { readonly part: Part }> {
  const units = new Map<string, number>();
  let [lowest, numbers] = [Number.POSITIVE_INFINITY, 0];
  let part = table.part;
  for await (const { cells } of tableRecords(file, table)) {
    part = named(part, table.columns, cells);
    const found = numberOf(cells[table.columns.metric] ?? "", table.delimiter === ";");
    if (typeof found === "string" || kindOf(cells[table.columns.status] ?? "") === "crash") continue;
    units.set(found.unit, (units.get(found.unit) ?? 0) + 1);
    if (found.value === 0) continue;
    lowest = Math.min(lowest, found.value);
    numbers += 1;
  }
  const unit = [...units].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "";
  // Nothing else is 0 or below, so a 0 is an empty place and not the best run of the night.
  return { unit, zeroIsNothing: numbers > 0 && lowest > 0, part };
}

/** Our own CSV says in each row what the metric is. */
function named(part: Part, { named: at }: Columns, cells: readonly string[]): Part {
  const metric = cells[at.metric_name ?? -1];
  const goal = cells[at.goal ?? -1];
  const isGoal = (g: string | undefined): g is Goal => g === "minimize" || g === "maximize";
  return { ...part, ...(metric ? { metric } : {}), ...(isGoal(goal) ? { goal } : {}) };
}
