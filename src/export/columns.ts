/**
 * One experiment as one row: the columns that CSV and Parquet share. Pure.
 *
 * A number that nobody knows is an empty cell: the changed lines of an imported experiment, the metric of a crash.
 */
import { type Experiment, meanMetric, NO_COMMIT } from "../experiment.ts";
import type { Session } from "../ledger/session.ts";

export type Cell = string | number | undefined;

export interface Column {
  readonly name: string;
  readonly type: "text" | "integer" | "number" | "time";
  readonly of: (e: Experiment, session: Session) => Cell;
}

const text = (name: string, of: Column["of"]): Column => ({ name, type: "text", of });

export const COLUMNS: readonly Column[] = [
  { name: "experiment", type: "integer", of: (e) => e.number },
  text("commit", (e, s) => e.imported?.commit ?? known(e.proposal?.commit ?? baseOf(e, s))),
  text("parent", (e) => known(e.parent)),
  text("verdict", (e) => e.verdict?.kind),
  text("label", (e) => e.verdict?.label),
  text("rule", (e) => e.verdict?.rule),
  text("reason", (e) => e.verdict?.reason),
  { name: "metric", type: "number", of: meanMetric },
  { name: "runs", type: "integer", of: (e) => e.runs.length },
  text("provenance", (e) => e.runs.find((r) => r.measurement !== undefined)?.measurement?.provenance),
  { name: "seconds", type: "number", of: secondsOf },
  { name: "peak_memory_mb", type: "number", of: memoryOf },
  { name: "lines_added", type: "integer", of: (e) => (linesKnown(e) ? e.proposal?.linesAdded : undefined) },
  { name: "lines_removed", type: "integer", of: (e) => (linesKnown(e) ? e.proposal?.linesRemoved : undefined) },
  { name: "opened_at", type: "time", of: (e) => e.openedAt },
  { name: "closed_at", type: "time", of: (e) => e.closedAt },
  text("metric_name", (_, s) => s.metric.name),
  text("goal", (_, s) => s.metric.goal),
  text("tags", (e) => (e.tags === undefined || e.tags.length === 0 ? undefined : e.tags.join(" "))),
  text("hypothesis", (e) => e.proposal?.hypothesis),
];

function known(commit: string | undefined): string | undefined {
  return commit === NO_COMMIT ? undefined : commit;
}

/** The baseline has no proposal: what it ran is the session's base. */
function baseOf(e: Experiment, session: Session): string | undefined {
  return e.number === 0 ? session.base : undefined;
}

function secondsOf(e: Experiment): number | undefined {
  const seconds = e.runs.map((r) => r.resources?.wallSeconds).filter((s): s is number => s !== undefined);
  return seconds.length === 0 ? undefined : seconds.reduce((sum, s) => sum + s, 0);
}

function memoryOf(e: Experiment): number | undefined {
  const peaks = e.runs.map((r) => r.resources?.peakMemoryMb ?? r.measurement?.extra.peak_memory_mb);
  const known = peaks.filter((peak): peak is number => peak !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function linesKnown(e: Experiment): boolean {
  const p = e.proposal;
  return e.imported === undefined || (p !== undefined && p.linesAdded + p.linesRemoved > 0);
}
