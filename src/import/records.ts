/**
 * Lines of a table put together to records of cells: quotes as spreadsheets write them, cells with line feeds in them,
 * rows that a bare line feed tore apart, and literal `\t` where a tab was meant.
 *
 * Promises: one record is held at a time. A quote that is never closed is a character like any other.
 */
import type { Line } from "./lines.ts";

export type Delimiter = "\t" | "," | ";" | "|";

export interface Cells {
  readonly line: number;
  readonly cells: readonly string[];
  readonly remarks: readonly string[];
}

/** A cell in quotes reaches over so many lines at most. */
const MAX_JOINED = 50;

/** The cells of one line; `open` when a quote in it is not closed. */
export function splitLine(
  text: string,
  delimiter: Delimiter,
): { readonly cells: readonly string[]; readonly open: boolean } {
  if (delimiter === "|") return { cells: bars(text), open: false };
  if (!text.includes('"')) return { cells: text.split(delimiter), open: false };
  const cells: string[] = [];
  for (let at = 0; ; ) {
    const cell = cellAt(text, at, delimiter);
    if (cell === undefined) return { cells: text.split(delimiter), open: true };
    cells.push(cell.value);
    if (cell.end >= text.length) return { cells, open: false };
    at = cell.end + 1;
    if (at === text.length) return { cells: [...cells, ""], open: false };
  }
}

/** A row of a Markdown table. */
function bars(text: string): readonly string[] {
  return text
    .trim()
    .replace(/^\|/, "")
    .replace(/\|$/, "")
    .split("|")
    .map((cell) => cell.trim());
}

/** The cell that begins at `at`; undefined when its quote is not closed on these lines. */
function cellAt(text: string, at: number, delimiter: string): { value: string; end: number } | undefined {
  const next = (from: number) => {
    const found = text.indexOf(delimiter, from);
    return found < 0 ? text.length : found;
  };
  const bare = { value: text.slice(at, next(at)), end: next(at) };
  if (text[at] !== '"') return bare;
  let value = "";
  for (let from = at + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return undefined;
    value += text.slice(from, quote);
    if (text[quote + 1] === '"') {
      value += '"';
      from = quote + 2;
      continue;
    }
    // `"cosine" instead of linear`: a quote that does not end its cell is part of the text.
    return next(quote) === quote + 1 || quote + 1 === text.length ? { value, end: quote + 1 } : bare;
  }
}

/** Records of a table. `width`: cells of the header. `isRow`: whether cells are a row by themselves. */
export async function* recordsOf(
  lines: AsyncIterable<Line> | Iterable<Line>,
  delimiter: Delimiter,
  width: number,
  isRow: (cells: readonly string[]) => boolean,
): AsyncGenerator<Cells> {
  let last: Cells | undefined;
  for await (const record of quotedRecords(lines, delimiter)) {
    const next = untabbed(record, delimiter, width);
    const joined = last === undefined || isRow(next.cells) ? undefined : join(last, next, width);
    if (joined === undefined && last !== undefined) yield last;
    last = joined ?? next;
  }
  if (last !== undefined) yield last;
}

/** `a\tb` typed as four characters: what `echo` without `-e` leaves. */
function untabbed(record: Cells, delimiter: Delimiter, width: number): Cells {
  if (delimiter !== "\t" || record.cells.length >= width || !record.cells.some((c) => c.includes("\\t"))) return record;
  const cells = record.cells.flatMap((cell) => cell.split("\\t"));
  return { ...record, cells, remarks: [...record.remarks, "literal \\t read as tabs"] };
}

/** A line that is no row of its own goes on where the one before it ended, when they fit. */
function join(last: Cells, next: Cells, width: number): Cells | undefined {
  const fits = next.cells.length === 1 || last.cells.length + next.cells.length - 1 === width;
  if (!fits || last.remarks.length > 10) return undefined;
  const [first = "", ...more] = next.cells;
  const end = `${last.cells.at(-1) ?? ""}\n${first}`;
  const remark = `line ${next.line} read as going on in line ${last.line}`;
  return { line: last.line, cells: [...last.cells.slice(0, -1), end, ...more], remarks: [...last.remarks, remark] };
}

async function* quotedRecords(
  lines: AsyncIterable<Line> | Iterable<Line>,
  delimiter: Delimiter,
): AsyncGenerator<Cells> {
  let held: Line[] = [];
  for await (const line of lines) {
    if (held.length === 0 && isEmpty(line.text)) continue;
    held.push(line);
    const joined = held.map((l) => l.text).join("\n");
    const { cells, open } = splitLine(joined, delimiter);
    if (!open) {
      const first = held[0] ?? line;
      held = [];
      yield { line: first.line, cells, remarks: [] };
    } else if (held.length > MAX_JOINED || joined.length > 65_536) {
      yield* literal(held, delimiter);
      held = [];
    }
  }
  yield* literal(held, delimiter);
}

function* literal(lines: readonly Line[], delimiter: Delimiter): Generator<Cells> {
  for (const { line, text } of lines) {
    if (!isEmpty(text)) yield { line, cells: text.split(delimiter), remarks: ['a " that is never closed'] };
  }
}

/** Blank lines, fences of a code block, comments, and the rule under the header of a Markdown table. */
function isEmpty(text: string): boolean {
  const bare = text.trim();
  if (bare === "" || /^`{3,}\w*$/.test(bare) || /^[|\s:+=-]+$/.test(bare)) return true;
  return bare.startsWith("#") && (bare.match(/[\t,;|]/g)?.length ?? 0) < 2;
}
