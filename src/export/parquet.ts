/**
 * A Parquet file with one row per experiment and the columns of the CSV; a row group per 10,000 rows.
 *
 * Promises: text is text (nothing runs it, so nothing is put before it); what is unknown is null. The file appears
 * under its name when it is whole.
 */
import { renameSync, rmSync } from "node:fs";
import { type ColumnSource, fileWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import type { Experiment } from "../experiment.ts";
import { type Exported, experimentsInPages } from "../export.ts";
import { COLUMNS, type Column } from "./columns.ts";

const ROW_GROUP = 10_000;
const TYPES = { text: "STRING", integer: "INT32", number: "DOUBLE", time: "TIMESTAMP" } as const;

/** Writes the file; answers the number of rows. */
export async function writeParquet(from: Exported, file: string): Promise<number> {
  const fresh = `${file}.new`;
  try {
    const { tag, metric } = from.session;
    const writer = new ParquetWriter({
      writer: fileWriter(fresh),
      schema: schemaFromColumnData({ columnData: columnsOf([], from) }),
      kvMetadata: [
        { key: "nightyard.session", value: tag },
        { key: "nightyard.metric", value: JSON.stringify(metric) },
      ],
      createdBy: "nightyard",
    });
    let rows = 0;
    for (const page of pagesOf(experimentsInPages(from))) {
      await writer.write({ columnData: columnsOf(page, from), rowGroupSize: ROW_GROUP });
      rows += page.length;
    }
    await writer.finish();
    renameSync(fresh, file);
    return rows;
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

function* pagesOf(all: Iterable<Experiment>): Generator<readonly Experiment[]> {
  let page: Experiment[] = [];
  for (const e of all) {
    page.push(e);
    if (page.length < ROW_GROUP) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

function columnsOf(page: readonly Experiment[], { session }: Exported): ColumnSource[] {
  return COLUMNS.map((column) => ({
    name: column.name,
    type: TYPES[column.type],
    nullable: true,
    data: page.map((e) => toValue(column, column.of(e, session))),
  }));
}

function toValue(column: Column, cell: string | number | undefined): string | number | Date | null {
  if (cell === undefined) return null;
  return column.type === "time" ? new Date(cell) : cell;
}
