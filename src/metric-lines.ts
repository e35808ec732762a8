/**
 * Reads the numbers that a run or an evaluator prints or leaves behind: `name: value`, `METRIC name=value`, JSON.
 *
 * The text is untrusted and may be megabytes of progress bars, colours and binary: reading is one pass, without
 * backtracking, and bounded (lines of 1000 characters, names of 64, the last 200 names). A value that is not a finite
 * decimal number is no number: it is named in `problems`, never read as 0. Not covered: which name is the metric.
 */
import { METRIC_NAME } from "./program/guard.ts";

/** What was read. `values` has no prototype, so any name is safe to look up. */
export interface MetricLines {
  readonly values: Readonly<Record<string, number>>;
  /** One sentence for each name whose value is no number (`val_bpb: found "nan", …`); for the whole where it failed. */
  readonly problems: readonly string[];
}

/** At most this many different names are read; of more, those printed last. */
export const MAX_METRICS = 200;
const MAX_LINE = 1000;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const MAX_JSON = 1_048_576;
const MAX_JSON_DEPTH = 8;

/** A finite decimal number as Python, JavaScript and C print it; `0x10`, `1_000`, `1,000`, `nan` and `inf` are none. */
export function parseNumber(text: string): number | undefined {
  if (!/^[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][+-]?\d{1,4})?$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/**
 * Reads metric lines from everything a run printed.
 *
 * - a line begins with the name: `name: value`, or `METRIC name=value`; carriage returns end lines too
 * - the last value of a name counts; when that is no number the name is missing, whatever came before
 * - `METRIC` beats `name: value`, wherever it stands
 * - behind the last line `---` (the classic summary block) `name: value` beats the same above it
 */
export function parseMetricLines(text: string): MetricLines {
  const above = new Map<string, string>();
  const block = new Map<string, string>();
  const marked = new Map<string, string>();
  for (const line of lines(text)) {
    if (/^-{3,}$/.test(line)) {
      for (const [name, value] of block) remember(above, name, value);
      block.clear();
      continue;
    }
    const mark = /^METRIC[ \t]+([A-Za-z_][\w./-]{0,63})[ \t]*=[ \t]*(.*)$/.exec(line);
    const pair = mark ?? /^([A-Za-z_][\w./-]{0,63})[ \t]*:[ \t]*(\S*|[\d.+-].*|(?:nan|inf)\b.*)$/i.exec(line);
    if (pair !== null) remember(mark === null ? block : marked, pair[1]!, pair[2]!);
  }
  for (const kind of [block, marked]) for (const [name, value] of kind) remember(above, name, value);
  return numbersOf(above, (value) => parseNumber(value));
}

/** Reads a JSON object of numbers; nested objects become dotted names. At most 1 MiB and 8 levels. */
export function parseMetricsJson(text: string): MetricLines {
  const nothing = (problem: string): MetricLines => ({ values: Object.create(null), problems: [problem] });
  if (text.length > MAX_JSON) return nothing(`found ${text.length} characters of JSON, more than ${MAX_JSON}`);
  let data: unknown;
  try {
    data = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    const hint = /\b(?:NaN|Infinity)\b/.test(text) ? " (NaN and Infinity are no JSON)" : "";
    return nothing(`found no valid JSON${hint}: ${bounded(String((error as Error).message))}`);
  }
  if (typeof data !== "object" || data === null || Array.isArray(data)) return nothing("found JSON that is no object");
  const found = new Map<string, unknown>();
  flatten(data, "", 0, found);
  return numbersOf(found, (value) => (typeof value === "number" && Number.isFinite(value) ? value : undefined));
}

/** Lines without colours, control characters and trailing blanks; lines too long to be metrics are left out. */
function* lines(text: string): Generator<string> {
  let start = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const code = at < text.length ? text.charCodeAt(at) : LINE_FEED;
    if (code !== LINE_FEED && code !== CARRIAGE_RETURN) continue;
    if (at > start && at - start <= MAX_LINE) yield plain(text.slice(start, at));
    start = at + 1;
  }
}

function plain(line: string): string {
  if (!/[\u0000-\u001f\u007f-\u009f]/.test(line)) return line.trimEnd();
  return line
    .replace(/\u001b\[[0-?]*[ -/]*[@-~]/g, "")
    .replace(/\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g, "")
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "")
    .trimEnd();
}

/** Sets a value as the latest, and forgets the oldest name when there are too many. */
function remember<T>(found: Map<string, T>, name: string, value: T): void {
  found.delete(name);
  found.set(name, value);
  if (found.size > MAX_METRICS) found.delete(found.keys().next().value!);
}

function flatten(data: object, prefix: string, depth: number, found: Map<string, unknown>): void {
  for (const [key, value] of Object.entries(data)) {
    const name = prefix === "" ? key : `${prefix}.${key}`;
    const nested = typeof value === "object" && value !== null && !Array.isArray(value) && depth < MAX_JSON_DEPTH;
    if (nested) flatten(value, name, depth + 1, found);
    else remember(found, name.slice(0, 100), value);
  }
}

function numbersOf<T>(found: ReadonlyMap<string, T>, toNumber: (value: T) => number | undefined): MetricLines {
  const values: Record<string, number> = Object.create(null);
  const problems: string[] = [];
  for (const [name, value] of found) {
    const number = toNumber(value);
    if (!METRIC_NAME.test(name)) problems.push(`${bounded(name)}: not the name of a metric (letters, digits, _ . / -)`);
    else if (number === undefined)
      problems.push(`${name}: found ${bounded(show(value))}, which is not a finite number`);
    else values[name] = number;
  }
  return { values, problems };
}

function show(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object nested too deep";
  return typeof value === "string" ? `"${value}"` : String(value);
}

function bounded(text: string): string {
  const visible = text
    .slice(0, 400)
    .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g, "");
  return visible.length <= 80 ? visible : `${visible.slice(0, 78)}…${visible.endsWith('"') ? '"' : ""}`;
}
