/**
 * The files beside the ledger that people and other tools read: results.tsv in the classic five columns, the progress
 * plot as SVG and PNG, and a summary. All are derived and replaced as a whole; the ledger alone is the record.
 */
import { randomUUID } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { noiseInMetric } from "./briefing.ts";
import { type Experiment, meanMetric } from "./experiment.ts";
import type { Session } from "./ledger/session.ts";
import { type PlotPoint, plotPng, progressPlot } from "./plot.ts";
import { formatResultsTsv, type ResultRow } from "./results-tsv.ts";
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
      commit: e.proposal?.commit ?? (e.number === 0 ? session.base : e.parent),
      metric: meanMetric(e),
      memoryGb: peakGb(e),
      status: e.verdict?.kind ?? "discard",
      description: e.number === 0 ? "baseline" : (e.proposal?.hypothesis ?? `no proposal: ${e.verdict?.reason}`),
    }));
}

function peakGb(e: Experiment): number | undefined {
  const peaks = e.runs.map((r) => r.resources?.peakMemoryMb).filter((x): x is number => x !== undefined);
  return peaks.length === 0 ? undefined : Math.max(...peaks) / 1024;
}

/** Writes results.tsv; called after every verdict. */
export async function writeResults(ws: Workspace, session: Session, experiments: readonly Experiment[]): Promise<void> {
  const text = formatResultsTsv(session.metric.name, resultRows(session, experiments));
  await replace(join(filesDirOf(ws, session.tag), "results.tsv"), text);
}

/** The progress plot of a session as SVG. */
export function sessionPlot(session: Session, experiments: readonly Experiment[]): string {
  const start = Date.parse(session.startedAt);
  const champion = experiments.find((e) => e.number === session.champion.experiment);
  const points: PlotPoint[] = experiments
    .filter((e) => e.verdict !== undefined)
    .map((e) => ({
      experiment: e.number,
      kind: e.verdict?.kind ?? "discard",
      label: e.verdict?.label,
      metric: meanMetric(e),
      description: e.number === 0 ? "baseline" : (e.proposal?.hypothesis ?? ""),
      minutes: (Date.parse(e.closedAt ?? session.startedAt) - start) / 60_000,
    }));
  return progressPlot({
    title: `${session.tag}: ${session.metric.name}`,
    metric: session.metric.name,
    goal: session.metric.goal,
    noise: noiseInMetric(session, champion === undefined ? undefined : meanMetric(champion)),
    points,
  });
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

async function replace(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  // A name of its own: the last verdict's file may still be on its way when the sitting's end writes it again.
  const fresh = `${path}.${randomUUID()}.new`;
  await writeFile(fresh, content);
  await rename(fresh, path);
}
