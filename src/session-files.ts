/**
 * The files beside the ledger that people and other tools read: results.tsv in the classic five columns, the progress
 * plot as SVG and PNG, and a summary. All are derived; results.tsv grows by a row per verdict, the others are replaced
 * as a whole. The ledger alone is the record.
 */
import { randomUUID } from "node:crypto";
import { appendFile, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { noiseInMetric } from "./evidence.ts";
import { type Experiment, meanMetric, NO_COMMIT, type Run } from "./experiment.ts";
import type { Session } from "./ledger/session.ts";
import { type PlotAxis, type PlotPoint, plotPng, progressPlot } from "./plot.ts";
import { formatResultsTsv, type ResultRow, resultsTsvLines } from "./results-tsv.ts";
import type { Workspace } from "./workspace.ts";

/** Where a session's files are; absolute. */
export function filesDirOf(ws: Workspace, tag: string): string {
  return join(ws.stateDir, "sessions", tag);
}

/** Rows of results.tsv: every judged experiment, the baseline first. */
export function resultRows(session: Session, experiments: readonly Experiment[]): readonly ResultRow[] {
  return experiments
    .filter((e) => e.verdict !== undefined)
    .map((e) => ({
      commit: commitCell(session, e),
      metric: meanMetric(e),
      memoryGb: peakGb(e),
      status: e.verdict?.kind ?? "discard",
      description: e.number === 0 ? "baseline" : (e.proposal?.hypothesis ?? `no proposal: ${e.verdict?.reason}`),
    }));
}

/** An imported experiment keeps the name that its file gave it. */
function commitCell(session: Session, e: Experiment): string {
  if (e.imported !== undefined && e.imported.commit !== "") return e.imported.commit;
  const commit = e.proposal?.commit ?? (e.number === 0 ? session.base : e.parent);
  return commit === NO_COMMIT ? "unknown" : commit;
}

function peakGb(e: Experiment): number | undefined {
  const peaks = e.runs
    .map((r) => r.resources?.peakMemoryMb ?? importedPeak(e, r))
    .filter((x): x is number => x !== undefined);
  return peaks.length === 0 ? undefined : Math.max(...peaks) / 1024;
}

/** An imported run has no resources that were measured here; its memory is a number like any other of the file. */
function importedPeak(e: Experiment, run: Run): number | undefined {
  return e.imported === undefined ? undefined : run.measurement?.extra.peak_memory_mb;
}

/** Writes results.tsv as a whole: rows in the order of their numbers. */
export async function writeResults(ws: Workspace, session: Session, experiments: readonly Experiment[]): Promise<void> {
  const text = formatResultsTsv(session.metric.name, resultRows(session, experiments));
  await replace(join(filesDirOf(ws, session.tag), "results.tsv"), text);
}

/** Experiments up to which results.tsv is written anew when an earlier row of it has changed. */
export const WHOLE_RESULTS = 1000;

/** What a sitting has written of results.tsv so far. */
export interface ResultsFile {
  readonly ws: Workspace;
  /** Number of the experiment in the last row; undefined before this sitting's first row. */
  readonly last?: number | undefined;
  /** An earlier row has changed since: the champion was run once more, and its mean is another. */
  readonly stale: boolean;
}

/**
 * Adds an experiment that was judged. A row is appended, which costs the same at the hundred-thousandth; the file is
 * written anew at a sitting's first verdict and, up to `WHOLE_RESULTS` experiments, whenever an earlier row changed or
 * a verdict came out of order. Beyond that the end of the sitting puts it right, which writes the file as a whole.
 */
export async function addResult(
  file: ResultsFile,
  session: Session,
  judged: Experiment,
  all: () => readonly Experiment[],
): Promise<ResultsFile> {
  const { ws, last, stale } = file;
  const changed = stale || (last !== undefined && judged.number < last);
  if (last === undefined || (changed && session.lastExperiment <= WHOLE_RESULTS)) {
    const experiments = all();
    await writeResults(ws, session, experiments);
    return { ws, last: Math.max(judged.number, experiments.at(-1)?.number ?? 0), stale: false };
  }
  const [, ...rows] = resultsTsvLines(session.metric.name, resultRows(session, [judged]));
  await appendFile(join(filesDirOf(ws, session.tag), "results.tsv"), rows.join(""));
  return { ws, last: Math.max(last, judged.number), stale: changed };
}

/** The progress plot of a session as SVG. */
export function sessionPlot(
  session: Session,
  experiments: readonly Experiment[],
  by: PlotAxis = "experiment",
  narrow = false,
): string {
  const start = Date.parse(session.startedAt);
  const champion = experiments.find((e) => e.number === session.champion.experiment);
  const spent = spentBy(experiments);
  const points: PlotPoint[] = experiments
    .filter((e) => e.verdict !== undefined)
    .map((e) => ({
      experiment: e.number,
      kind: e.verdict?.kind ?? "discard",
      label: e.verdict?.label,
      metric: meanMetric(e),
      description: e.number === 0 ? "baseline" : (e.proposal?.hypothesis ?? ""),
      minutes: (Date.parse(e.closedAt ?? session.startedAt) - start) / 60_000,
      dollars: spent.get(e.number),
    }));
  return progressPlot({
    title: `${session.tag}: ${session.metric.name}`,
    metric: session.metric.name,
    goal: session.metric.goal,
    noise: noiseInMetric(session, champion === undefined ? undefined : meanMetric(champion)),
    points,
    by,
    narrow,
  });
}

/**
 * Dollars spent when each experiment was judged, in the order of verdicts; empty when no turn reported a price. Turns
 * without a price add nothing: where there are some, it is at least so much.
 */
export function spentBy(experiments: readonly Experiment[]): ReadonlyMap<number, number> {
  const priced = experiments.some((e) => e.turns.some((t) => t.usage.dollars !== undefined));
  if (!priced) return new Map();
  const ended = experiments.filter((e) => e.verdict !== undefined);
  const inOrder = [...ended].sort((a, b) => (a.closedAt ?? "").localeCompare(b.closedAt ?? "") || a.number - b.number);
  let dollars = 0;
  return new Map(
    inOrder.map((e) => {
      dollars += e.turns.reduce((sum, t) => sum + (t.usage.dollars ?? 0), 0);
      return [e.number, dollars] as const;
    }),
  );
}

/** Writes the plot and the summary; called when a sitting ends. */
export async function writePlots(
  ws: Workspace,
  session: Session,
  experiments: readonly Experiment[],
  summary: string,
): Promise<void> {
  const dir = filesDirOf(ws, session.tag);
  const svg = sessionPlot(session, experiments);
  await replace(join(dir, "progress.svg"), svg);
  await replace(join(dir, "progress.png"), plotPng(svg));
  await replace(
    join(dir, "summary.md"),
    `# Session ${session.tag}\n\n\`\`\`\n${summary}\n\`\`\`\n\n![progress](progress.png)\n`,
  );
}

/** The report in each of its formats, by the name of its file. */
export type ReportTexts = Readonly<Record<"report.html" | "report.md" | "report.json", string>>;

/** Writes the report; called when a sitting ends, and whenever a person asks for it. Answers where. */
export async function writeReport(ws: Workspace, tag: string, texts: ReportTexts): Promise<readonly string[]> {
  const files = Object.entries(texts).map(([name, text]) => ({ path: join(filesDirOf(ws, tag), name), text }));
  for (const { path, text } of files) await replace(path, text);
  return files.map(({ path }) => path);
}

async function replace(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  // A name of its own: the last verdict's file may still be on its way when the sitting's end writes it again.
  const fresh = `${path}.${randomUUID()}.new`;
  await writeFile(fresh, content);
  await rename(fresh, path);
}
