/**
 * Which reader a file gets: looked at, never told by its name.
 */
import { UserError } from "../util/user-error.ts";
import { type JsonLines, jsonKindOf } from "./json-lines.ts";
import { sampleOf } from "./lines.ts";
import { experimentItems } from "./own-json.ts";
import { piItems } from "./pi.ts";
import type { Item, Part } from "./row.ts";
import { factsOf, type Table, tableItems, tableOf } from "./table.ts";
import type { TableFacts } from "./table-row.ts";

export type Reader =
  | {
      readonly kind: "rows";
      readonly format: string;
      readonly items: () => AsyncGenerator<Item | { readonly part: Part }>;
    }
  | { readonly kind: "ledger"; readonly format: string; readonly lines: JsonLines };

/** The reader of a file; throws UserError with the line when it is of no kind that can be read. */
export async function readerOf(file: string, metric: string | undefined): Promise<Reader> {
  const sample = await sampleOf(file);
  const lines = jsonKindOf(sample);
  if (lines?.kind === "nightyard-ledger") return { kind: "ledger", format: "nightyard ledger", lines };
  if (lines !== undefined) {
    const read = lines.kind === "pi-autoresearch" ? piItems : experimentItems;
    const format = lines.kind === "pi-autoresearch" ? "pi-autoresearch JSONL" : "nightyard experiments";
    return { kind: "rows", format, items: () => read(file, lines) };
  }
  const table = await tableOf(sample, metric);
  if ("wrong" in table) {
    throw new UserError(`${file}: line ${table.line}: ${table.wrong}`, {
      fix: `head -3 '${file}'   # a header such as: commit, val_bpb, memory_gb, status, description`,
    });
  }
  return tableReader(file, table, await factsOf(file, table));
}

const NAMES = { "\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars" } as const;

function tableReader(file: string, table: Table, facts: TableFacts & { readonly part: Part }): Reader {
  const items = async function* () {
    yield { part: facts.part };
    yield* tableItems(file, table, facts);
  };
  const header = table.header === 0 ? ", no header" : "";
  return { kind: "rows", format: `table, ${NAMES[table.delimiter]}${header}`, items };
}
