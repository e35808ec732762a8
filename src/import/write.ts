/**
 * A surveyed file written into a lab's ledger: one session per part, one event per experiment, a thousand at a time.
 *
 * Promises: what is there already is not written again (the same bytes, metric and direction are one session); an
 * import that was killed goes on where it stopped, because what it had written is in the ledger.
 */
import type { Commit } from "../experiment.ts";
import { NO_COMMIT } from "../experiment.ts";
import type { PartSurvey, Survey } from "../import.ts";
import { DEFAULT_RULES } from "../judge.ts";
import type { SessionEvent } from "../ledger/events.ts";
import type { Session } from "../ledger/session.ts";
import { appendPast, countEvents, type Ledger, type PastEvent, sessionOf, sessionsOf } from "../ledger.ts";
import { oneLine, plainText } from "../util/text.ts";
import { ledgerEvents } from "./own-json.ts";
import type { Row } from "./row.ts";

export interface WriteContext {
  readonly ledger: Ledger;
  readonly survey: Survey;
  /** The file's name without its folder. */
  readonly name: string;
  readonly labDir: string;
  readonly version: string;
  /** Full ids by what the file calls them. */
  readonly commits: ReadonlyMap<string, Commit>;
}

export interface Written {
  readonly tag: string;
  readonly part: PartSurvey;
  /** It was in the ledger already; nothing was written. */
  readonly already: boolean;
}

const BATCH = 1000;
/** So many lines that were left out are named in the ledger. */
const MAX_NOTED = 200;

/** The session that holds this part already, whole or in part. */
export function alreadyIn(ledger: Ledger, survey: Survey, part: PartSurvey): Session | undefined {
  return sessionsOf(ledger).find(
    ({ imported, metric }) =>
      imported?.sha256 === survey.sha256 &&
      imported.part === part.part &&
      metric.goal === part.goal &&
      metric.name === part.metric,
  );
}

/** Writes one part under a tag that is free, or goes on with the session that an earlier import has begun. */
export async function writePart(context: WriteContext, part: PartSurvey, tag: string): Promise<void> {
  const batch: PastEvent[] = [];
  const flush = () => {
    if (batch.length > 0) appendPast(context.ledger, tag, batch.splice(0));
  };
  for await (const event of missing(context, part, tag)) {
    batch.push(event);
    if (batch.length >= BATCH) flush();
  }
  flush();
}

async function* missing(context: WriteContext, part: PartSurvey, tag: string): AsyncGenerator<PastEvent> {
  const { survey, ledger } = context;
  let skip = countEvents(ledger, tag);
  const events = survey.reader.kind === "ledger" ? fromLedger(context, part) : fromRows(context, part);
  for await (const event of events) {
    if (skip > 0) skip -= 1;
    else yield event;
  }
}

/** A ledger's events as they are, but for the mark on the first. A session that was not ended is ended here. */
async function* fromLedger({ survey, name }: WriteContext, part: PartSurvey): AsyncGenerator<PastEvent> {
  if (survey.reader.kind !== "ledger") return;
  let ended = false;
  for await (const item of ledgerEvents(survey.file, survey.reader.lines)) {
    if ("wrong" in item) throw new Error(`${survey.file} was changed while it was read`);
    const { event } = item.past;
    ended = event.type === "session-ended";
    const marked = event.type === "session-started" ? { ...event, imported: sourceOf(survey, name, part) } : event;
    yield { ...item.past, event: marked };
  }
  if (!ended) yield ending(name, 0);
}

async function* fromRows(context: WriteContext, part: PartSurvey): AsyncGenerator<PastEvent> {
  const { survey, name } = context;
  if (survey.reader.kind !== "rows") return;
  let experiment = 0;
  let clock = 0;
  for await (const item of survey.reader.items()) {
    if (!("row" in item) || item.row.part !== part.part) continue;
    const { row } = item;
    if (experiment === 0) yield { clock: 0, event: startOf(context, part, row) };
    const end = row.closedAt === undefined ? Number.NaN : Date.parse(row.closedAt) - Date.parse(part.startedAt ?? "");
    if (Number.isFinite(end)) clock = Math.max(clock, end);
    yield { clock, event: eventOf(row, experiment, context.commits.get(row.claimed.slice(0, 64))) };
    experiment += 1;
  }
  const lost = survey.odd.filter((odd) => odd.leftOut).slice(0, MAX_NOTED);
  for (const { line, what } of part.part === survey.parts[0]?.part ? lost : []) {
    yield { clock, event: { type: "noted", what: "line of the imported file", detail: `line ${line}: ${what}` } };
  }
  yield ending(name, clock);
}

function ending(name: string, clock: number): PastEvent {
  return { clock, event: { type: "session-ended", why: "imported", detail: `imported from ${oneLine(name, 200)}` } };
}

function sourceOf(survey: Survey, name: string, part: PartSurvey) {
  const { sha256, reader } = survey;
  return { format: reader.format, file: oneLine(name, 400), sha256, part: part.part, startedAt: part.startedAt };
}

function startOf(context: WriteContext, part: PartSurvey, first: Row): SessionEvent {
  const { survey, name, labDir, version, commits } = context;
  // "none" must survive JSON, which drops undefined: the fold would then read the default.
  const rules = Object.fromEntries(
    Object.entries({ ...DEFAULT_RULES, goal: part.goal }).map(([key, value]) => [key, value ?? null]),
  );
  return {
    type: "session-started",
    base: commits.get(first.claimed.slice(0, 64)) ?? NO_COMMIT,
    baseTree: "",
    branch: "",
    lab: labDir,
    prefix: "",
    agent: "imported",
    runner: "imported",
    seed: 0,
    rules,
    metric: { name: part.metric, goal: part.goal },
    program: { hash: "", text: "" },
    environment: {},
    version,
    imported: sourceOf(survey, name, part),
  };
}

function eventOf(row: Row, experiment: number, commit: Commit | undefined): SessionEvent {
  const { line, kind, label, openedAt, closedAt, linesAdded, linesRemoved } = row;
  const remarks = row.remarks.slice(0, 20).map((r) => oneLine(r, 400));
  const said = oneLine(row.status, 100);
  const reason = row.reason === undefined ? `the file says "${said}"` : oneLine(row.reason, 2000);
  const rule = oneLine(row.rule ?? "imported", 80);
  return {
    type: "imported",
    experiment,
    line,
    claimed: oneLine(row.claimed, 100),
    status: said,
    commit,
    hypothesis: oneLine(row.hypothesis, 400),
    description: plainText(longer(row), 4000),
    verdict: { kind, rule, reason, label, numbers: {} },
    runs: row.runs.slice(0, 1000).map((run) => ({ ...run })),
    openedAt,
    closedAt,
    linesAdded,
    linesRemoved,
    remarks,
    ...(row.tags === undefined || row.tags.length === 0 ? {} : { tags: row.tags }),
  };
}

/** What does not fit on the hypothesis's one line stands in full in the description. */
function longer(row: Row): string {
  const fits = row.hypothesis.trim().length <= 400 && !row.hypothesis.trim().includes("\n");
  return fits ? row.description : `${row.hypothesis}\n${row.description}`;
}

/** A tag from the file's name that no session of the ledger has. */
export function freeTag(ledger: Ledger | undefined, name: string, taken: ReadonlySet<string>): string {
  const stem = name.replace(/\.(tsv|csv|txt|jsonl?|md|log)$/i, "").replace(/[._-]?results$/i, "");
  const plain = (stem === "" ? name : stem)
    .replace(/[^a-z0-9_-]+/gi, "-")
    .replace(/^[^a-z0-9]+|-+$/gi, "")
    .slice(0, 50);
  const base = plain === "" ? "imported" : plain;
  const isTaken = (tag: string) => taken.has(tag) || (ledger !== undefined && sessionOf(ledger, tag) !== undefined);
  for (let n = 1; ; n += 1) {
    const tag = n === 1 ? base : `${base}-${n}`;
    if (!isTaken(tag)) return tag;
  }
}
