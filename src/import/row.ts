/**
 * What every reader of `import/` makes of a file: rows, each an experiment, and what was left out and why.
 */
import type { Goal, VerdictKind } from "../experiment.ts";
import type { ImportedRun } from "../ledger/events.ts";

/** One experiment of a file. All text is untrusted and not yet cleaned. */
export interface Row {
  readonly line: number;
  /** Which session of the file it belongs to, from 1. */
  readonly part: number;
  readonly claimed: string;
  /** The file's own word for its end. */
  readonly status: string;
  readonly kind: VerdictKind;
  readonly rule?: string | undefined;
  readonly reason?: string | undefined;
  readonly label?: "confirmed" | "likely" | undefined;
  readonly hypothesis: string;
  readonly description: string;
  readonly runs: readonly ImportedRun[];
  /** ISO times. */
  readonly openedAt?: string | undefined;
  readonly closedAt?: string | undefined;
  readonly linesAdded?: number | undefined;
  readonly linesRemoved?: number | undefined;
  /** Only our own exports have them. */
  readonly tags?: readonly string[] | undefined;
  readonly remarks: readonly string[];
}

/** A line that holds no experiment, or none that can be read. `harmless`: nobody will miss it (a header again). */
export interface LeftOut {
  readonly line: number;
  readonly why: string;
  readonly harmless?: boolean | undefined;
}

export type Item = { readonly row: Row } | { readonly leftOut: LeftOut };

/** What a file says of one of its sessions; what it does not say is asked for. */
export interface Part {
  readonly part: number;
  readonly name?: string | undefined;
  readonly metric?: string | undefined;
  readonly goal?: Goal | undefined;
}

/** How a crash, or an experiment without a number, stands in a row. */
export function runsOf(
  kind: VerdictKind,
  metric: number | undefined,
  more: { readonly baseline: boolean; readonly extra: Readonly<Record<string, number>>; readonly seconds?: number },
): readonly ImportedRun[] {
  const { baseline, extra, seconds } = more;
  const role = baseline ? ("baseline" as const) : ("challenger" as const);
  const timed = seconds === undefined ? {} : { seconds };
  if (kind === "crash") return [{ role, outcome: { kind: "crashed", why: "as the file says" }, extra, ...timed }];
  // Without a number nothing says that anything ran: it may have been dropped before its run.
  return metric === undefined ? [] : [{ role, outcome: { kind: "finished" }, metric, extra, ...timed }];
}

/** ISO time from milliseconds, seconds, or a date with a year; undefined for anything else. */
export function timeOf(value: unknown): string | undefined {
  const text = typeof value === "string" ? value.trim() : value;
  const digits = typeof text === "string" && /^\d{9,17}(\.\d+)?$/.test(text) ? Number(text) : text;
  if (typeof digits === "number") return iso(digits > 1e11 ? digits : digits * 1000);
  return typeof digits === "string" && /^\d{4}-\d\d-\d\d/.test(digits) ? iso(Date.parse(digits)) : undefined;
}

/** Between 2000 and 2100: a counter is no time. */
function iso(ms: number): string | undefined {
  return ms > 946_684_800_000 && ms < 4_102_444_800_000 ? new Date(ms).toISOString() : undefined;
}
