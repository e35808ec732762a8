/**
 * Importing somebody's record of a night: first the whole file is read and nothing written (`survey`), then it is
 * written into the ledger as sessions like any other (`import/write.ts`).
 *
 * Contract of a survey:
 * - every line that is odd or left out is named, with what was done about it; nothing is guessed into a keep;
 * - throws UserError, with the line, when no experiment can be read, or fewer than are left out;
 * - throws UserError that names the option when the direction, or the metric, is not clear: it never asks;
 * - the file is read in a stream: of its text, only the names of commits and 1000 remarks are held.
 *
 * Not covered: two files of one night; undoing an import (the ledger is append-only).
 */
import type { Goal, VerdictKind } from "./experiment.ts";
import { goalOf, NO_TREND, type Trend, withKept } from "./import/goal.ts";
import { hashOf } from "./import/lines.ts";
import { ledgerEvents } from "./import/own-json.ts";
import { type Reader, readerOf } from "./import/reader.ts";
import type { Item, LeftOut, Part, Row } from "./import/row.ts";
import { oneLine } from "./util/text.ts";
import { UserError } from "./util/user-error.ts";

export interface ImportOptions {
  readonly goal?: Goal | undefined;
  readonly metric?: string | undefined;
}

/** One session of a file, as it will be. */
export interface PartSurvey {
  readonly part: number;
  readonly name?: string | undefined;
  readonly metric: string;
  readonly goal: Goal;
  readonly counts: Readonly<Record<VerdictKind, number>>;
  /** Of the kept ones. */
  readonly best?: { readonly metric: number; readonly experiment: number } | undefined;
  /** The experiment kept last, where the branch stood at the end. */
  readonly lastKept: number;
  readonly startedAt?: string | undefined;
}

/** Something odd about a line. `leftOut`: it is no experiment of the session. */
export interface Odd {
  readonly line: number;
  readonly what: string;
  readonly leftOut: boolean;
}

export interface Survey {
  readonly file: string;
  readonly sha256: string;
  readonly reader: Reader;
  readonly parts: readonly PartSurvey[];
  /** At most 1000; `oddCount` is how many there are. */
  readonly odd: readonly Odd[];
  readonly oddCount: number;
  /** What the file calls its commits. */
  readonly claimed: ReadonlySet<string>;
}

const MAX_ODD = 1000;

export async function survey(file: string, options: ImportOptions): Promise<Survey> {
  const reader = await readerOf(file, options.metric);
  const sha256 = await hashOf(file);
  const seen = reader.kind === "ledger" ? await readLedgerFile(file, reader) : await readRows(reader);
  refuseUnreadable(file, seen);
  const parts = seen.parts.filter((p) => p.rows > 0).map((p) => settled(file, p, options));
  return { file, sha256, reader, parts, odd: seen.odd, oddCount: seen.oddCount, claimed: seen.claimed };
}

interface Tallied extends Part {
  rows: number;
  counts: Record<VerdictKind, number>;
  trend: Trend;
  lowest?: { metric: number; experiment: number };
  highest?: { metric: number; experiment: number };
  lastKept: number;
  startedAt?: string | undefined;
}

interface Seen {
  readonly parts: Tallied[];
  readonly odd: Odd[];
  oddCount: number;
  readonly claimed: Set<string>;
  leftOut: number;
  firstLeftOut?: LeftOut;
}

function nothingSeen(): Seen {
  return { parts: [], odd: [], oddCount: 0, claimed: new Set(), leftOut: 0 };
}

function tallied(part: Part): Tallied {
  return { ...part, rows: 0, counts: { keep: 0, discard: 0, crash: 0 }, trend: NO_TREND, lastKept: 0 };
}

async function readRows(reader: Extract<Reader, { kind: "rows" }>): Promise<Seen> {
  const seen = nothingSeen();
  for await (const item of reader.items()) {
    if ("part" in item) {
      // A config line right after another corrects it.
      const at = seen.parts.findIndex((p) => p.part === item.part.part);
      if (at >= 0) seen.parts[at] = tallied(item.part);
      else seen.parts.push(tallied(item.part));
    } else noteItem(seen, item);
  }
  return seen;
}

function noteItem(seen: Seen, item: Item): void {
  if ("leftOut" in item) {
    noteOdd(seen, { line: item.leftOut.line, what: `left out: ${oneLine(item.leftOut.why, 200)}`, leftOut: true });
    if (item.leftOut.harmless === true) return;
    seen.leftOut += 1;
    seen.firstLeftOut ??= item.leftOut;
    return;
  }
  const { row } = item;
  for (const remark of row.remarks) noteOdd(seen, { line: row.line, what: oneLine(remark, 200), leftOut: false });
  if (row.claimed !== "") seen.claimed.add(row.claimed.slice(0, 64));
  const part = seen.parts.find((p) => p.part === row.part) ?? tallied({ part: row.part });
  if (!seen.parts.includes(part)) seen.parts.push(part);
  tally(part, row);
}

function noteOdd(seen: Seen, odd: Odd): void {
  seen.oddCount += 1;
  if (seen.odd.length < MAX_ODD) seen.odd.push(odd);
}

function tally(part: Tallied, row: Row): void {
  const experiment = part.rows++;
  part.counts[row.kind] += 1;
  part.startedAt ??= row.openedAt ?? row.closedAt;
  if (row.kind !== "keep") return;
  part.lastKept = experiment;
  const metrics = row.runs.flatMap((r) => (r.role === "confirm" ? [] : (r.metric ?? [])));
  const metric = metrics.length === 0 ? undefined : metrics.reduce((sum, m) => sum + m, 0) / metrics.length;
  part.trend = withKept(part.trend, metric);
  if (metric === undefined) return;
  if (metric < (part.lowest?.metric ?? Number.POSITIVE_INFINITY)) part.lowest = { metric, experiment };
  if (metric > (part.highest?.metric ?? Number.NEGATIVE_INFINITY)) part.highest = { metric, experiment };
}

/** A ledger says everything itself; what does not fit its schema is refused, not mended. */
async function readLedgerFile(file: string, reader: Extract<Reader, { kind: "ledger" }>): Promise<Seen> {
  const seen = nothingSeen();
  for await (const item of ledgerEvents(file, reader.lines)) {
    if ("wrong" in item) throw new UserError(`${file}: line ${item.line}: ${oneLine(item.wrong, 300)}`);
    const { event } = item.past;
    const part = seen.parts[0];
    if ((part === undefined) !== (event.type === "session-started")) {
      throw new UserError(`${file}: line ${item.line}: found ${event.type}; expected one session, from its start`);
    }
    if (event.type === "session-started") {
      const { name, goal } = event.metric;
      seen.parts.push({ ...tallied({ part: 1, metric: name, goal }), startedAt: item.past.at });
    } else if (part !== undefined && (event.type === "judged" || event.type === "imported")) {
      part.rows += 1;
      part.counts[event.verdict.kind] += 1;
      if (event.verdict.kind === "keep") part.lastKept = event.experiment;
    }
  }
  return seen;
}

function refuseUnreadable(file: string, seen: Seen): void {
  const rows = seen.parts.reduce((sum, part) => sum + part.rows, 0);
  if (rows > 0 && rows >= seen.leftOut) return;
  const first = seen.firstLeftOut;
  const where = first === undefined ? "line 1: found no experiment" : `line ${first.line}: ${oneLine(first.why, 200)}`;
  const many = seen.leftOut > 1 ? ` (and ${seen.leftOut - 1} more such lines; ${rows} could be read)` : "";
  throw new UserError(`${file}: ${where}${many}`, {
    fix: `head -3 '${file}'   # one experiment per line, with a status`,
  });
}

function settled(file: string, part: Tallied, options: ImportOptions): PartSurvey {
  const metric = oneLine(options.metric ?? part.metric ?? "metric", 80);
  const found = options.goal ?? part.goal ?? goalOf(metric, part.trend);
  if (typeof found === "object") {
    const named = part.metric === undefined && options.metric === undefined ? " --metric <name>" : "";
    throw new UserError(`${file}: it is not clear ${found.unclear}`, {
      fix: `nightyard import '${file}'${named} --goal minimize   # or: --goal maximize`,
    });
  }
  const best = found === "minimize" ? part.lowest : part.highest;
  const { name, counts, lastKept, startedAt } = part;
  return { part: part.part, name, metric, goal: found, counts, best, lastKept, startedAt };
}
