/**
 * Which column of a table is which: by its header, or without one by what stands in it. Pure.
 *
 * Only a status is demanded, and a metric; whatever else is there is kept with the experiment under its own name.
 */
import { parseNumber } from "../metric-lines.ts";
import { COMMIT, DESCRIPTION, LIKELY_METRIC, MEMORY, NO_METRIC, STATUS } from "../results-tsv/columns.ts";
import { numberOf } from "./number.ts";
import { isYesOrNo, kindOf } from "./status.ts";

export interface Columns {
  readonly names: readonly string[];
  readonly metric: number;
  readonly status: number;
  readonly commit?: number | undefined;
  readonly memory?: number | undefined;
  /** What one unit of the memory column is in MB. */
  readonly memoryUnit: number;
  readonly description?: number | undefined;
  readonly seconds?: number | undefined;
  readonly openedAt?: number | undefined;
  readonly closedAt?: number | undefined;
  /** Columns that our own CSV has and others may have, by their names. */
  readonly named: Readonly<Record<Named, number | undefined>>;
  /** Positions of the columns that have no meaning here; empty names and counters are not among them. */
  readonly others: readonly number[];
}

const NAMED = ["label", "rule", "reason", "lines_added", "lines_removed", "metric_name", "goal", "tags"] as const;
export type Named = (typeof NAMED)[number];

const TIME = /^(time|timestamp|date|datetime|when|finished|finished_at|closed_at|ended_at|utc)$/;
const OPENED = /^(opened_at|started|started_at|start)$/;
const SECONDS = /^(seconds|secs|duration|elapsed|(wall|train|training|total|duration|elapsed|run)_?(seconds|secs|s))$/;
/** Counters, and what our own CSV says that follows from the rest. */
const NOTHING_NEW = /^(|#|n|no|nr|id|exp|experiment|run|iter|iteration|trial|index|parent|runs|provenance)$/;

/** The columns that a header names, or what it lacks. `metric`: the name the person gave. */
export function columnsOf(
  header: readonly string[],
  sample: readonly (readonly string[])[],
  metric: string | undefined,
): Columns | { readonly wrong: string } {
  const names = header.map((name) =>
    name
      .slice(0, 100)
      .trim()
      .replace(/^[#*_`"'\s]+|[*_`"'\s]+$/g, ""),
  );
  const plain = names.map((name) => name.toLowerCase());
  const find = (pattern: RegExp) => position(plain.findIndex((name) => pattern.test(name)));
  const status = statusColumn(plain, sample);
  if (status === undefined) return { wrong: "a column status with keep, discard or crash" };
  const [commit, memory, openedAt, closedAt, seconds] = [COMMIT, MEMORY, OPENED, TIME, SECONDS].map(find);
  const named = Object.fromEntries(NAMED.map((name) => [name, position(plain.indexOf(name))])) as Columns["named"];
  const description = position(plain.findIndex((n, i) => DESCRIPTION.test(n) && i !== status));
  const taken = [status, commit, memory, openedAt, closedAt, seconds, description, ...Object.values(named)];
  const free = plain.map((_, i) => i).filter((i) => !taken.includes(i));
  const found = metricColumn(plain, free, metric);
  if (found === undefined) return { wrong: metric === undefined ? "a column with the metric" : `a column ${metric}` };
  const others = free.filter((i) => i !== found && !NOTHING_NEW.test(plain[i] ?? ""));
  const memoryUnit = memory !== undefined && /mi?b\)?$/.test(plain[memory] ?? "") ? 1 : 1024;
  return {
    names,
    metric: found,
    status,
    commit,
    memory,
    memoryUnit,
    description,
    seconds,
    openedAt,
    closedAt,
    named,
    others,
  };
}

function position(index: number): number | undefined {
  return index < 0 ? undefined : index;
}

/** Of the columns that may be the status by their names, the one that holds most words for one. */
function statusColumn(names: readonly string[], sample: readonly (readonly string[])[]): number | undefined {
  const hits = (i: number) =>
    sample.filter((cells) => kindOf(cells[i] ?? "") !== undefined || isYesOrNo(names[i] ?? "", cells[i] ?? "")).length;
  const possible = names.map((_, i) => i).filter((i) => STATUS.test(names[i] ?? ""));
  return possible.sort((a, b) => hits(b) - hits(a) || Number(names[b] === "status") - Number(names[a] === "status"))[0];
}

function metricColumn(
  names: readonly string[],
  free: readonly number[],
  given: string | undefined,
): number | undefined {
  if (given !== undefined) {
    const exact = free.find((i) => names[i] === given.toLowerCase());
    if (exact !== undefined) return exact;
    // Our own CSV calls the column "metric", whatever the metric is.
    return free.find((i) => names[i] === "metric");
  }
  const numbers = free.filter((i) => !NO_METRIC.some((pattern) => pattern.test(names[i] ?? "")));
  return numbers.find((i) => LIKELY_METRIC.test(names[i] ?? "")) ?? numbers[0];
}

/** The columns of a table without a header; undefined when the cells do not say which is which. */
export function guessColumns(sample: readonly (readonly string[])[], metric: string | undefined): Columns | undefined {
  const width = Math.max(0, ...sample.map((cells) => cells.length));
  const indices = Array.from({ length: width }, (_, i) => i);
  const share = (i: number, is: (cell: string) => boolean) =>
    sample.filter((cells) => is(cells[i]?.trim() ?? "")).length / Math.max(1, sample.length);
  const status = indices.find((i) => share(i, (cell) => kindOf(cell) !== undefined && cell.length < 24) > 0.6);
  const isCommit = (cell: string) => /^([0-9a-f]{6,64}|baseline)$/i.test(cell) && parseNumber(cell) === undefined;
  const commit = indices.find((i) => i !== status && share(i, isCommit) > 0.4);
  const isCounter = (i: number) => sample.every((cells, row) => Number(cells[i]) === row + Number(sample[0]?.[i]));
  const isNumber = (i: number) =>
    i !== status && i !== commit && share(i, (c) => typeof numberOf(c, false) === "object") > 0.6;
  const numbers = indices.filter((i) => isNumber(i) && !(sample.length > 1 && isCounter(i)));
  const found = numbers[0];
  if (status === undefined || found === undefined) return undefined;
  // The classic order: commit, metric, memory_gb, status, description.
  const memory = width === 5 && status === 3 && numbers[1] === 2 ? 2 : undefined;
  const texts = indices.filter((i) => ![status, commit, ...numbers].includes(i) && !isCounter(i));
  const length = (i: number) => sample.reduce((sum, cells) => sum + (cells[i]?.length ?? 0), 0);
  const description = texts.sort((a, b) => length(b) - length(a))[0];
  const names = indices.map((i) => (i === found ? (metric ?? "metric") : `column ${i + 1}`));
  const others = indices.filter((i) => ![status, commit, found, memory, description].includes(i) && !isCounter(i));
  const named = Object.fromEntries(NAMED.map((name) => [name, undefined])) as Columns["named"];
  return { names, metric: found, status, commit, memory, memoryUnit: 1024, description, named, others };
}
