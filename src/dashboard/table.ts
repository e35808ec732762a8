/**
 * A window of a session's experiments for the table: filtered, sorted, fifty at a time. Pure. What is asked for comes
 * from the address of the page, so anything may stand there: what is not known means the default.
 */
import { TAG } from "../tags.ts";
import type { Row } from "./board/row.ts";

export const FILTERS = ["all", "keep", "confirmed", "likely", "discard", "crash", "open"] as const;
export type Filter = (typeof FILTERS)[number];

export const SORTS = ["newest", "oldest", "best", "longest", "dearest"] as const;
export type Sort = (typeof SORTS)[number];

export interface TableQuery {
  readonly q: string;
  readonly show: Filter;
  readonly sort: Sort;
  /** Only what has this tag; "": whatever it has. */
  readonly tag: string;
  /** The first row that is shown, from 0. */
  readonly from: number;
}

export interface TableWindow {
  readonly query: TableQuery;
  readonly rows: readonly Row[];
  /** Rows that the filter lets through. */
  readonly matching: number;
}

export const PAGE = 50;

export function tableQuery(params: Readonly<Record<string, string>>): TableQuery {
  const from = Number(params.from ?? 0);
  return {
    q: (params.q ?? "").slice(0, 200),
    show: FILTERS.find((known) => known === params.show) ?? "all",
    sort: SORTS.find((known) => known === params.sort) ?? "newest",
    tag: TAG.test(params.tag ?? "") ? (params.tag ?? "") : "",
    from: Number.isSafeInteger(from) && from > 0 ? from : 0,
  };
}

/** The query as it stands in an address; only what differs from the default. */
export function queryText(query: TableQuery): string {
  const params = new URLSearchParams();
  if (query.q !== "") params.set("q", query.q);
  if (query.show !== "all") params.set("show", query.show);
  if (query.sort !== "newest") params.set("sort", query.sort);
  if (query.tag !== "") params.set("tag", query.tag);
  if (query.from > 0) params.set("from", String(query.from));
  return params.toString();
}

export function matching(rows: readonly Row[], query: TableQuery, goal: "minimize" | "maximize"): readonly Row[] {
  const wanted = query.q.trim().toLowerCase();
  const found = rows.filter((row) => passes(row, query.show) && hasTag(row, query.tag) && says(row, wanted));
  return sorted(found, query.sort, goal === "minimize" ? 1 : -1);
}

export function tableWindow(rows: readonly Row[], query: TableQuery, goal: "minimize" | "maximize"): TableWindow {
  const all = matching(rows, query, goal);
  const last = Math.max(0, Math.floor((all.length - 1) / PAGE) * PAGE);
  const from = Math.min(query.from, last);
  return { query: { ...query, from }, rows: all.slice(from, from + PAGE), matching: all.length };
}

function hasTag(row: Row, tag: string): boolean {
  return tag === "" || row.tags.includes(tag);
}

function passes(row: Row, show: Filter): boolean {
  if (show === "all") return true;
  if (show === "open") return row.kind === undefined;
  return show === "confirmed" || show === "likely" ? row.label === show : row.kind === show;
}

function says(row: Row, wanted: string): boolean {
  if (wanted === "") return true;
  const number = /^e?0*(\d+)$/.exec(wanted)?.[1];
  if (number !== undefined && Number(number) === row.number) return true;
  return [row.hypothesis, row.files, row.agent, row.rule].some((text) => text.toLowerCase().includes(wanted));
}

function sorted(rows: Row[], sort: Sort, sign: number): readonly Row[] {
  switch (sort) {
    case "oldest":
      return rows;
    case "newest":
      return rows.reverse();
    case "best":
      return by(rows, (row) => (row.metric === undefined ? undefined : sign * row.metric));
    case "longest":
      return by(rows, (row) => (row.seconds === undefined ? undefined : -row.seconds));
    case "dearest":
      return by(rows, (row) => (row.dollars === undefined ? undefined : -row.dollars));
    default:
      return sort satisfies never;
  }
}

/** The smallest first; what has no number comes last. */
function by(rows: Row[], key: (row: Row) => number | undefined): readonly Row[] {
  const of = (row: Row) => key(row) ?? Number.MAX_VALUE;
  return rows.sort((a, b) => of(a) - of(b) || a.number - b.number);
}
