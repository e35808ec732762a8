/**
 * `autoresearch.jsonl` of pi-autoresearch and its descendants: a `config` line begins a session, each further line is
 * an experiment (`run`, `commit`, `metric`, `metrics`, `status`, `description`, `timestamp`, and what some add:
 * `segment`, `confidence`, `iterationTokens`, `asi`). A second `config` begins another session.
 */
import type { Goal } from "../experiment.ts";
import { METRIC_NAME } from "../program/guard.ts";
import { type JsonItem, type JsonLines, type JsonObject, numbersIn, objectsOf } from "./json-lines.ts";
import { type Item, type LeftOut, type Part, type Row, runsOf, timeOf } from "./row.ts";
import { kindOf } from "./status.ts";

/** Rows in order, and a part whenever one begins. */
export async function* piItems(file: string, { encoding }: JsonLines): AsyncGenerator<Item | { readonly part: Part }> {
  let [part, inPart] = [0, 0];
  for await (const item of objectsOf(file, encoding)) {
    if ("object" in item && item.object.type === "config") {
      // A config right after another corrects it; one after experiments begins a session.
      if (part === 0 || inPart > 0) part += 1;
      inPart = 0;
      yield { part: partOf(item.object, part) };
      continue;
    }
    if (part === 0) part = 1;
    const read = itemOf(item, part, inPart === 0);
    if ("row" in read) inPart += 1;
    yield read;
  }
}

function partOf(config: JsonObject, part: number): Part {
  const text = (...names: readonly string[]) =>
    names.map((name) => config[name]).find((v): v is string => typeof v === "string" && v !== "");
  const direction = text("bestDirection", "direction", "best_direction");
  const goal: Goal | undefined =
    direction === undefined
      ? undefined
      : /^(low|min)/i.test(direction)
        ? "minimize"
        : /^(high|max)/i.test(direction)
          ? "maximize"
          : undefined;
  return { part, name: text("name"), metric: text("metricName", "metric_name"), goal };
}

function itemOf(item: JsonItem, part: number, baseline: boolean): Item {
  const left = (why: string, harmless = false): Item => ({
    leftOut: { line: item.line, why, harmless } satisfies LeftOut,
  });
  if ("wrong" in item) return left(item.wrong);
  const { object, line } = item;
  const status = object.status;
  if (typeof status !== "string")
    return left(`no experiment: ${JSON.stringify(object).slice(0, 80)}`, "type" in object);
  const word = kindOf(status);
  if (word === "open") return left(`"${status.slice(0, 40)}" is no end of an experiment`);
  const remarks: string[] = [];
  if (word === undefined) remarks.push(`status "${status.slice(0, 40)}" is not known: read as discard`);
  const claimed = word === "gate" || word === undefined ? "discard" : word;
  const metric = claimed === "crash" ? undefined : finite(object.metric, remarks);
  const kind = claimed === "keep" && metric === undefined ? "discard" : claimed;
  if (kind !== claimed) remarks.push(`"${status.slice(0, 40)}" without a number: read as discard`);
  return {
    row: {
      ...wordsOf(object, part, line, status),
      kind,
      rule: word === "gate" ? "gate" : undefined,
      remarks,
      runs: runsOf(kind, metric, { baseline, ...more(object) }),
    },
  };
}

function finite(value: unknown, remarks: string[]): number | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (value !== null && value !== undefined) remarks.push(`metric ${JSON.stringify(value).slice(0, 40)}: no number`);
  return undefined;
}

function more(object: JsonObject): { extra: Record<string, number>; seconds?: number } {
  const beside = { confidence: object.confidence, iteration_tokens: object.iterationTokens };
  const extra = { ...numbersIn(object.metrics, METRIC_NAME), ...numbersIn(beside, METRIC_NAME) };
  const seconds = object.durationSeconds ?? object.duration_s ?? object.duration;
  return typeof seconds === "number" && seconds > 0 && Number.isFinite(seconds) ? { extra, seconds } : { extra };
}

/** `asi` is what the agent noted for itself: its hypothesis, why it went back, what to try next. */
function wordsOf(object: JsonObject, part: number, line: number, status: string) {
  const asi = typeof object.asi === "object" && object.asi !== null ? Object.entries(object.asi) : [];
  const notes = asi.map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
  return {
    part,
    line,
    status,
    claimed: typeof object.commit === "string" ? object.commit : "",
    hypothesis: typeof object.description === "string" ? object.description : "",
    description: notes.join("\n"),
    closedAt: timeOf(object.timestamp),
  } satisfies Partial<Row>;
}
