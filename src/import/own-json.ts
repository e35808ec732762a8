/**
 * What `nightyard export` writes as JSONL, read again: one line per experiment, or every event of the ledger.
 *
 * Promises: numbers come back as they were. Provenance does not: what an evaluator measured there is somebody's word
 * here, so it becomes "self-reported". Commits of an event stay what they are: full ids that the file names.
 */
import { z } from "zod";
import {
  commitSchema,
  type ImportedRun,
  outcome,
  type SessionEvent,
  sessionEvent,
  tagsSchema,
  verdictSchema,
} from "../ledger/events.ts";
import type { PastEvent } from "../ledger.ts";
import { METRIC_NAME } from "../program/guard.ts";
import { type JsonItem, type JsonLines, numbersIn, objectsOf } from "./json-lines.ts";
import type { Item, Part, Row } from "./row.ts";

const goal = z.enum(["minimize", "maximize"]);
const header = z.object({ session: z.string(), metric: z.object({ name: z.string(), goal }).optional() });

const experiment = z.object({
  number: z.int().nonnegative(),
  openedAt: z.iso.datetime().optional(),
  closedAt: z.iso.datetime().optional(),
  proposal: z
    .object({
      commit: commitSchema,
      hypothesis: z.string(),
      description: z.string(),
      linesAdded: z.int(),
      linesRemoved: z.int(),
      files: z.array(z.string()),
    })
    .optional(),
  runs: z.array(
    z.object({
      role: z.enum(["baseline", "challenger", "reference", "canary", "confirm"]),
      outcome: outcome.optional(),
      resources: z.object({ wallSeconds: z.number() }).optional(),
      measurement: z
        .object({ metric: z.number().optional(), extra: z.record(z.string(), z.number()).optional() })
        .optional(),
    }),
  ),
  verdict: verdictSchema.optional(),
  tags: tagsSchema.optional(),
  imported: z.object({ commit: z.string(), status: z.string() }).optional(),
});
type Read = z.infer<typeof experiment>;

/** Rows of a file with one experiment per line. */
export async function* experimentItems(
  file: string,
  { encoding }: JsonLines,
): AsyncGenerator<Item | { readonly part: Part }> {
  for await (const item of objectsOf(file, encoding)) {
    if ("object" in item && item.object.format !== undefined) {
      const read = header.safeParse(item.object).data;
      yield { part: { part: 1, name: read?.session, metric: read?.metric?.name, goal: read?.metric?.goal } };
    } else yield experimentItem(item);
  }
}

function experimentItem(item: JsonItem): Item {
  if ("wrong" in item) return { leftOut: { line: item.line, why: item.wrong } };
  const { line } = item;
  const read = experiment.safeParse(item.object);
  if (!read.success) {
    const issue = read.error.issues[0];
    return { leftOut: { line, why: `${issue?.path.join(".")}: ${issue?.message}` } };
  }
  const { verdict } = read.data;
  if (verdict === undefined) return { leftOut: { line, why: "it has no verdict yet" } };
  return { row: rowOfExperiment(read.data, verdict, line) };
}

function rowOfExperiment(e: Read, verdict: NonNullable<Read["verdict"]>, line: number): Row {
  const p = e.proposal;
  const known = p !== undefined && (p.files.length > 0 || p.linesAdded + p.linesRemoved > 0);
  return {
    line,
    part: 1,
    claimed: e.imported?.commit ?? p?.commit ?? "",
    status: e.imported?.status ?? verdict.kind,
    kind: verdict.kind,
    rule: verdict.rule,
    reason: verdict.reason,
    label: verdict.label,
    hypothesis: p?.hypothesis ?? "",
    description: p?.description ?? "",
    runs: e.runs.filter((run) => run.measurement !== undefined).map(runOf),
    openedAt: e.openedAt,
    closedAt: e.closedAt,
    tags: e.tags,
    ...(known ? { linesAdded: p.linesAdded, linesRemoved: p.linesRemoved } : {}),
    remarks: [],
  };
}

function runOf({ role, outcome: end, measurement, resources }: Read["runs"][number]): ImportedRun {
  const { metric } = measurement ?? {};
  const extra = numbersIn(measurement?.extra, METRIC_NAME);
  return { role, outcome: end ?? { kind: "finished" }, metric, extra, seconds: resources?.wallSeconds };
}

const entry = z.object({ at: z.iso.datetime(), clock: z.number(), event: sessionEvent });

/** Events of an exported ledger, or what is wrong with a line. */
export async function* ledgerEvents(
  file: string,
  { encoding }: JsonLines,
): AsyncGenerator<
  { readonly line: number; readonly past: PastEvent } | { readonly line: number; readonly wrong: string }
> {
  for await (const item of objectsOf(file, encoding)) {
    if ("wrong" in item) yield item;
    else if (item.object.format === undefined) {
      const read = entry.safeParse(item.object);
      const issue = read.error?.issues[0];
      yield read.success
        ? { line: item.line, past: { ...read.data, event: selfReported(read.data.event) } }
        : { line: item.line, wrong: `${issue?.path.join(".")}: ${issue?.message}` };
    }
  }
}

function selfReported(event: SessionEvent): SessionEvent {
  if (event.type !== "measured") return event;
  return { ...event, measurement: { ...event.measurement, provenance: "self-reported" } };
}
