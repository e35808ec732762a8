/**
 * One record of a table as a row, with a remark for everything odd. Pure.
 */
import type { VerdictKind } from "../experiment.ts";
import { METRIC_NAME } from "../program/guard.ts";
import { unsafeCell } from "../results-tsv.ts";
import { MOST_TAGS, tagsIn } from "../tags.ts";
import type { Columns, Named } from "./columns.ts";
import { numberOf } from "./number.ts";
import type { Cells } from "./records.ts";
import { type Item, type Row, runsOf, timeOf } from "./row.ts";
import { isYesOrNo, kindOf, yesOrNo } from "./status.ts";

export interface TableFacts {
  /** The unit that most numbers of the metric's column have; "" for none. */
  readonly unit: string;
  /** A 0 in the metric's column stands for nothing. */
  readonly zeroIsNothing: boolean;
}

interface Context extends TableFacts {
  readonly baseline: boolean;
  /** A comma stands before the fraction. */
  readonly comma: boolean;
}

export function rowOf(record: Cells, columns: Columns, context: Context): Item {
  const { line } = record;
  const cells = fitted(record.cells, columns);
  const remarks = [...record.remarks];
  const width = columns.names.length;
  if (isHeaderAgain(cells, columns)) return { leftOut: { line, why: "the header again", harmless: true } };
  if (cells.length <= Math.min(columns.status, columns.metric)) {
    return { leftOut: { line, why: `found ${cells.length} of ${width} columns: "${cells.join(" | ").slice(0, 80)}"` } };
  }
  if (cells.length < width) remarks.push(`found ${record.cells.length} columns, expected ${width}`);
  const status = (cells[columns.status] ?? "").trim();
  const word = kindOfCell(columns, status);
  if (word === "open") return { leftOut: { line, why: `"${status.slice(0, 40)}" is no end of an experiment` } };
  const { kind: claimed, rule } = meaning(word, status, remarks);
  const memory = memoryOf(cells, columns);
  const metric = claimed === "crash" ? undefined : metricOf(cells[columns.metric] ?? "", memory, context, remarks);
  const kind = claimed === "keep" && metric === undefined ? withoutNumber(status, remarks) : claimed;
  const { extra, words } = othersOf(cells, columns);
  if (memory !== undefined && memory > 0) extra.peak_memory_mb = memory;
  const seconds = secondsOf(cells, columns);
  const runs = runsOf(kind, metric, {
    baseline: context.baseline,
    extra,
    ...(seconds === undefined ? {} : { seconds }),
  });
  const text = (at: number | undefined) => (at === undefined ? "" : unsafeCell(cells[at] ?? ""));
  const row = {
    line,
    part: 1,
    claimed: text(columns.commit).trim(),
    status,
    kind,
    rule,
    hypothesis: text(columns.description),
    description: words.join("\n"),
    runs,
    openedAt: timeOf(cells[columns.openedAt ?? -1]),
    closedAt: timeOf(cells[columns.closedAt ?? -1]),
    remarks,
  };
  return { row: { ...row, ...ownWords(cells, columns, kind) } as Row };
}

/** A row of the header's width: what a delimiter in the last column tore apart is joined again. */
function fitted(cells: readonly string[], { names }: Columns): readonly string[] {
  if (cells.length <= names.length) return cells;
  return [
    ...cells.slice(0, names.length - 1),
    cells
      .slice(names.length - 1)
      .join(" ")
      .trimEnd(),
  ];
}

function isHeaderAgain(cells: readonly string[], { names, metric, status }: Columns): boolean {
  const same = (i: number) => (cells[i] ?? "").trim().toLowerCase() === (names[i] ?? "").toLowerCase();
  return same(metric) && same(status);
}

function kindOfCell(columns: Columns, cell: string): ReturnType<typeof kindOf> {
  const name = columns.names[columns.status]?.toLowerCase() ?? "";
  return isYesOrNo(name, cell) ? yesOrNo(cell) : kindOf(cell);
}

function meaning(
  word: VerdictKind | "gate" | undefined,
  status: string,
  remarks: string[],
): { readonly kind: VerdictKind; readonly rule?: string } {
  if (word === "gate") return { kind: "discard", rule: "gate" };
  if (word !== undefined) return { kind: word };
  remarks.push(`status "${status.slice(0, 40)}" is not known: read as discard`);
  return { kind: "discard" };
}

function withoutNumber(status: string, remarks: string[]): VerdictKind {
  remarks.push(`"${status.slice(0, 40)}" without a number: read as discard`);
  return "discard";
}

function metricOf(cell: string, memory: number | undefined, context: Context, remarks: string[]): number | undefined {
  const found = numberOf(cell, context.comma);
  if (found === "nothing") return undefined;
  const shown = `"${cell.trim().slice(0, 40)}"`;
  if (found === "wrong") {
    remarks.push(`${shown} is no number that has one meaning: no number`);
    return undefined;
  }
  if (found.unit !== context.unit && found.unit !== "") {
    remarks.push(
      `${shown} has another unit than the column (${context.unit === "" ? "none" : context.unit}): no number`,
    );
    return undefined;
  }
  if (found.value === 0 && (memory === 0 || context.zeroIsNothing)) {
    remarks.push("0 where nothing was measured: no number");
    return undefined;
  }
  if (found.unit !== context.unit || found.beside !== "")
    remarks.push(`${shown} read as ${found.value}${context.unit}`);
  return found.value;
}

/** In MB. */
function memoryOf(cells: readonly string[], columns: Columns): number | undefined {
  const found = numberOf(cells[columns.memory ?? -1] ?? "", false);
  if (typeof found === "string" || found.value < 0) return undefined;
  if (/^mi?b$/i.test(found.unit)) return found.value;
  return /^gi?b$/i.test(found.unit) ? found.value * 1024 : found.value * columns.memoryUnit;
}

/** Columns that have no meaning here: numbers beside the metric, words behind the description. */
function othersOf(
  cells: readonly string[],
  columns: Columns,
): { extra: Record<string, number>; words: readonly string[] } {
  const extra: Record<string, number> = {};
  const words: string[] = [];
  for (const i of columns.others) {
    const [cell, name] = [(cells[i] ?? "").trim(), columns.names[i] ?? ""];
    if (cell === "") continue;
    const found = numberOf(cell, false);
    const key = name.replace(/[^\w./-]+/g, "_").replace(/_+$/, "");
    if (typeof found === "object" && found.beside === "" && METRIC_NAME.test(key)) extra[key] = found.value;
    else words.push(`${name}: ${cell}`);
  }
  return { extra, words };
}

function secondsOf(cells: readonly string[], columns: Columns): number | undefined {
  const found = numberOf(cells[columns.seconds ?? -1] ?? "", false);
  return typeof found === "object" && found.value > 0 && /^(|s|sec|secs|seconds)$/.test(found.unit)
    ? found.value
    : undefined;
}

/** What our own CSV says beyond the classic columns. */
function ownWords(cells: readonly string[], { named }: Columns, kind: VerdictKind): Partial<Row> {
  const cell = (name: Named) => unsafeCell(cells[named[name] ?? -1] ?? "").trim();
  const lines = (name: Named) => (/^\d{1,9}$/.test(cell(name)) ? Number(cell(name)) : undefined);
  const label = cell("label");
  return {
    label: kind === "keep" && (label === "confirmed" || label === "likely") ? label : undefined,
    ...(cell("rule") === "" ? {} : { rule: cell("rule") }),
    ...(cell("reason") === "" ? {} : { reason: cell("reason") }),
    tags: ownTags(cell("tags")),
    linesAdded: lines("lines_added"),
    linesRemoved: lines("lines_removed"),
  };
}

/** Only when every word of the cell is a tag: a column of this name may be somebody else's. */
function ownTags(cell: string): readonly string[] | undefined {
  const { tags, wrong } = tagsIn(cell);
  return wrong === undefined && tags.length > 0 && tags.length <= MOST_TAGS ? tags : undefined;
}
