/**
 * One experiment as the page's table and plot need it: small, so that a hundred thousand of them fit into memory. The
 * experiment itself is read from the ledger when its own page is asked for.
 */
import {
  agentOf,
  type Experiment,
  meanMetric,
  NO_COMMIT,
  type Outcome,
  type Run,
  type VerdictKind,
} from "../../experiment.ts";
import { words } from "../../report/listed.ts";

export interface Row {
  readonly number: number;
  /** The champion it started from; missing in older ledgers. */
  readonly from?: number | undefined;
  readonly kind?: VerdictKind | undefined;
  readonly label?: "confirmed" | "likely" | undefined;
  readonly rule: string;
  readonly metric?: number | undefined;
  /** Runs that gave a number. */
  readonly measured: number;
  readonly hypothesis: string;
  readonly agent: string;
  readonly files: string;
  readonly tags: readonly string[];
  readonly linesAdded?: number | undefined;
  readonly linesRemoved?: number | undefined;
  /** Wall seconds of all its runs; missing when none has ended. */
  readonly seconds?: number | undefined;
  /** What its turns cost; missing when nobody reported a price. */
  readonly dollars?: number | undefined;
  /** Milliseconds since 1970; NaN when the record has no time. */
  readonly closedAt: number;
  /** What summaries are made from: the experiment without its texts. */
  readonly slim: Experiment;
}

/** One for all rows: most have none. */
const NO_TAGS: readonly string[] = [];

export function rowOf(e: Experiment): Row {
  const prices = e.turns.map((t) => t.usage.dollars).filter((d): d is number => d !== undefined);
  const times = e.runs.map((r) => r.resources?.wallSeconds).filter((s): s is number => s !== undefined);
  const p = e.proposal;
  // An imported record mostly does not say: 0 and 0 stands for that.
  const saysLines = e.imported === undefined || (p?.linesAdded ?? 0) + (p?.linesRemoved ?? 0) > 0;
  return {
    number: e.number,
    from: e.from,
    kind: e.verdict?.kind,
    label: e.verdict?.label,
    rule: words(e.verdict?.rule, 80),
    metric: meanMetric(e),
    measured: e.runs.filter((r) => r.measurement?.metric !== undefined).length,
    hypothesis: e.number === 0 ? "the baseline" : words(p?.hypothesis ?? whyNone(e), 200),
    agent: words(agentOf(e), 60),
    files: words(p?.files.slice(0, 8).join(", "), 160),
    tags: e.tags ?? NO_TAGS,
    linesAdded: saysLines ? p?.linesAdded : undefined,
    linesRemoved: saysLines ? p?.linesRemoved : undefined,
    seconds: times.length === 0 ? undefined : times.reduce((sum, s) => sum + s, 0),
    dollars: prices.length === 0 ? undefined : prices.reduce((sum, d) => sum + d, 0),
    closedAt: Date.parse(e.closedAt ?? ""),
    slim: slimmed(e),
  };
}

function whyNone(e: Experiment): string {
  return e.verdict === undefined ? "" : `no proposal: ${e.verdict.reason}`;
}

function slimmed(e: Experiment): Experiment {
  const { number, openedAt, closedAt, verdict } = e;
  return {
    number,
    openedAt,
    closedAt,
    parent: NO_COMMIT,
    program: "",
    turns: e.turns.map(({ turn, kind, usage, agent }) => ({
      turn,
      kind,
      usage: { seconds: usage.seconds, dollars: usage.dollars },
      agent,
    })),
    receipts: e.receipts?.map(({ command, passed }) => ({ command, passed, seconds: 0, inputs: "", tail: "" })),
    runs: e.runs.map(slimRun),
    verdict:
      verdict === undefined
        ? undefined
        : { kind: verdict.kind, rule: verdict.rule, label: verdict.label, reason: "", numbers: {} },
  };
}

const NOTHING: Readonly<Record<string, number>> = {};

function slimRun({ run, role, outcome, resources, measurement }: Run): Run {
  const base: Run = { run, role, commit: NO_COMMIT, job: "", seed: 0, outcome: slimOutcome(outcome) };
  const { wallSeconds, peakMemoryMb } = resources ?? {};
  return {
    ...base,
    resources: wallSeconds === undefined ? undefined : { wallSeconds, peakMemoryMb },
    measurement:
      measurement === undefined
        ? undefined
        : { metric: measurement.metric, provenance: measurement.provenance, extra: NOTHING },
  };
}

/** The numbers of a run that was stopped early stay: the summary says what they may have cost. */
function slimOutcome(outcome: Outcome | undefined): Outcome | undefined {
  if (outcome === undefined) return undefined;
  if (outcome.kind === "stoppedEarly") return { ...outcome, why: "" };
  if (outcome.kind === "lost" || outcome.kind === "outOfMemory") return { kind: outcome.kind, why: "" };
  return outcome.kind === "crashed" ? { kind: "crashed" } : outcome;
}
