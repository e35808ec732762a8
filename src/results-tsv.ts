/**
 * The classic results.tsv: five columns `commit <metric> memory_gb status description`, written and read.
 *
 * Only here a missing number becomes 0.000000, as the classic tools expect; reading turns it back into nothing.
 * Reading takes the shapes such files have in the wild (other headers, more columns, ragged rows, other words for a
 * status) or refuses them with the line; an unknown status is never guessed.
 */
import { parseNumber } from "./metric-lines.ts";
import { header, type Layout, layoutOf, type Status, statusOf } from "./results-tsv/columns.ts";

export type { Status } from "./results-tsv/columns.ts";

/** One experiment. A crash has no metric. */
export interface ResultRow {
  /** Full or short commit id; the classic file also says `baseline`. */
  readonly commit: string;
  readonly metric?: number | undefined;
  readonly memoryGb?: number | undefined;
  readonly status: Status;
  readonly description: string;
}

/** The file's text. Ids are cut to 7 characters; tabs, line feeds and control characters become blanks. */
export function formatResultsTsv(metric: string, rows: readonly ResultRow[]): string {
  return [...resultsTsvLines(metric, rows)].join("");
}

/** The same line by line, each with its line feed: for more rows than should be held at once. */
export function* resultsTsvLines(metric: string, rows: Iterable<ResultRow>): Generator<string> {
  yield `${header(oneLine(metric)).join("\t")}\n`;
  for (const row of rows) {
    const metricText = row.status === "crash" || row.metric === undefined ? "0.000000" : metricCell(row.metric);
    const memoryText = (row.memoryGb ?? 0).toFixed(1);
    const cells = [shortCommit(row.commit), metricText, memoryText, row.status, safeCell(oneLine(row.description))];
    yield `${cells.join("\t")}\n`;
  }
}

function shortCommit(commit: string): string {
  return /^[0-9a-f]{7,64}$/.test(commit) ? commit.slice(0, 7) : oneLine(commit);
}

/** Six decimals; below a thousandth six significant digits, so that a small metric does not become 0.000000. */
function metricCell(value: number): string {
  return value !== 0 && Math.abs(value) < 0.001 ? value.toPrecision(6) : value.toFixed(6);
}

function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim();
}

/**
 * A spreadsheet would run a cell that begins with one of these; the apostrophe in front is taken off again by
 * `unsafeCell`. A text that begins with apostrophes and then one of these gets one more, so that nothing is lost.
 */
export function safeCell(text: string): string {
  return /^'*[=+@\t\r\n-]/.test(text) ? `'${text}` : text;
}

export function unsafeCell(text: string): string {
  return /^'+[=+@\t\r\n-]/.test(text) ? text.slice(1) : text;
}

/** What a file holds, or every reason why it cannot be read. Messages begin with the line: `line 3: …`. */
export type ResultsTsv =
  | {
      readonly ok: true;
      readonly metric: string;
      readonly rows: readonly (ResultRow & { readonly line: number })[];
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly string[] };

const MAX_CHARACTERS = 64 * 1024 * 1024;
const MAX_MESSAGES = 50;

/** Reads a results.tsv. `metric` names the column where the file has no header. */
export function parseResultsTsv(text: string, metric = "val_bpb"): ResultsTsv {
  if (text.length > MAX_CHARACTERS) return { ok: false, problems: [`line 1: more than ${MAX_CHARACTERS} characters`] };
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r\n|\n|\r/)
    .map((line, index) => ({ line: index + 1, cells: line.split("\t") }))
    .filter(({ cells }) => cells.some((cell) => cell.trim() !== "") && !isComment(cells));
  const first = lines[0];
  if (first === undefined) return { ok: false, problems: ["line 1: found nothing; expected a header"] };
  const bare = first.cells.length === 5 && statusOf(first.cells[3]!) !== undefined;
  const layout = layoutOf(bare ? header(metric) : first.cells);
  if ("wrong" in layout) return { ok: false, problems: [badHeader(first.line, first.cells, layout.wrong)] };
  const warnings = bare ? [`line ${first.line}: no header; read as ${header(metric).join(", ")}`] : [];
  for (const name of layout.ignored) warnings.push(`line ${first.line}: column ${quote(name)} is not read`);
  return readRows(bare ? lines : lines.slice(1), layout, warnings);
}

function isComment(cells: readonly string[]): boolean {
  return cells.length < 3 && cells[0]!.startsWith("#");
}

function badHeader(line: number, cells: readonly string[], wrong: string): string {
  const advice = cells.length === 1 ? "columns separated by tabs" : wrong;
  return `line ${line}: found the header ${quote(cells.join(" | "))}; expected ${advice}`;
}

interface Line {
  readonly line: number;
  readonly cells: readonly string[];
}

function readRows(lines: readonly Line[], layout: Layout, warnings: readonly string[]): ResultsTsv {
  const rows: (ResultRow & { line: number })[] = [];
  const remarks = [...warnings];
  const problems: string[] = [];
  for (const line of lines) {
    const { row, wrong, remark } = readRow(fitted(line, layout), layout);
    if (wrong !== undefined) problems.push(`line ${line.line}: ${wrong}`);
    if (remark !== undefined) remarks.push(`line ${line.line}: ${remark}`);
    if (row !== undefined) rows.push({ ...row, line: line.line });
  }
  if (problems.length > 0) return { ok: false, problems: atMost(problems) };
  return { ok: true, metric: layout.metricName, rows, warnings: atMost(remarks) };
}

/** A row of the header's width: what a tab in the last column tore apart is joined again. */
function fitted({ cells }: Line, layout: Layout): readonly string[] {
  if (cells.length <= layout.width) return cells;
  return [...cells.slice(0, layout.width - 1), cells.slice(layout.width - 1).join(" ")];
}

interface ReadRow {
  readonly row?: ResultRow;
  readonly wrong?: string;
  readonly remark?: string;
}

function readRow(cells: readonly string[], layout: Layout): ReadRow {
  const commit = oneLine(cells[layout.commit] ?? "");
  const statusCell = cells[layout.status];
  if (statusCell === undefined) return { wrong: `found ${cells.length} columns; expected ${layout.width}` };
  const status = statusOf(statusCell);
  if (status === undefined) return { wrong: `status: found ${quote(statusCell)}; expected keep, discard or crash` };
  if (commit === "") return { wrong: "commit: found nothing; expected a commit id" };
  const memory = memoryOf(cells[layout.memory ?? -1] ?? "", layout);
  const metric = metricOf(cells[layout.metric] ?? "", status, memory);
  if (metric === "wrong") {
    return { wrong: `${layout.metricName}: found ${quote(cells[layout.metric] ?? "")}; expected a number` };
  }
  if (status === "keep" && metric === undefined) return { wrong: `${layout.metricName}: a keep without a number` };
  const description = unsafeCell(oneLine(cells[layout.description ?? -1] ?? ""));
  const short = cells.length < layout.width ? `found ${cells.length} columns, expected ${layout.width}` : undefined;
  const row = { commit, metric, memoryGb: memory === 0 ? undefined : memory, status, description };
  return short === undefined ? { row } : { row, remark: short };
}

function memoryOf(cell: string, layout: Layout): number | undefined {
  const match = /^\s*([\d.eE+-]+)\s*(gi?b|mi?b)?\s*$/i.exec(cell);
  const number = parseNumber(match?.[1] ?? "");
  if (number === undefined || number < 0) return undefined;
  return /^m/i.test(match?.[2] ?? "") ? number / 1024 : number * layout.memoryUnit;
}

/** A crash has no number, and 0 beside a memory of 0 is a crash that was filed under another word. */
function metricOf(cell: string, status: Status, memoryGb: number | undefined): number | undefined | "wrong" {
  const text = cell.trim();
  if (status === "crash" || /^(|-+|—|–|n\/?a|nan|inf|none|null|\?)$/i.test(text)) return undefined;
  const number = parseNumber(text);
  if (number === undefined) return "wrong";
  return number === 0 && memoryGb === 0 ? undefined : number;
}

function quote(text: string): string {
  const flat = oneLine(text);
  return `"${flat.length <= 80 ? flat : `${flat.slice(0, 79)}…`}"`;
}

function atMost(messages: readonly string[]): readonly string[] {
  if (messages.length <= MAX_MESSAGES) return messages;
  return [...messages.slice(0, MAX_MESSAGES), `and ${messages.length - MAX_MESSAGES} more`];
}
