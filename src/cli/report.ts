/**
 * `nightyard report`: the morning report of any session at any time. Without a format it is written into the session's
 * folder, as at the end of every sitting; with one it goes to standard output, or to `--out`.
 */
import { writeFile } from "node:fs/promises";
import { extname, relative } from "node:path";
import { reportHtml } from "../dashboard/components/report-page.tsx";
import { runningHolder } from "../ledger/lock.ts";
import { workedMs } from "../ledger/session.ts";
import { entriesAsWritten, experimentsOf } from "../ledger.ts";
import { type PlotAxis, plotPng } from "../plot.ts";
import { reportMarkdown } from "../report/markdown.ts";
import { type Report, report } from "../report.ts";
import { type ReportTexts, sessionPlot, spentBy, writeReport } from "../session-files.ts";
import { UserError } from "../util/user-error.ts";
import { type Opened, withSession } from "./lab.ts";
import type { ReadOptions } from "./status.ts";

const FORMATS = ["html", "md", "json", "svg", "png"] as const;
type Format = (typeof FORMATS)[number];

export interface ReportOptions extends ReadOptions {
  readonly format?: string | undefined;
  readonly out?: string | undefined;
  /** Of svg and png: "experiment", "time" or "cost". */
  readonly by?: string | undefined;
}

export async function reportCommand(lab: string | undefined, options: ReportOptions): Promise<number> {
  const format = formatOf(options);
  const by = axisOf(options.by);
  return withSession(lab, options.session, async (opened) => {
    const labArgument = lab ?? ".";
    const holder = runningHolder(opened.ws.stateDir);
    const running = holder !== undefined && holder.tag === opened.session.tag;
    if (format === undefined) {
      const files = await writeSessionReport(opened, labArgument, running);
      const { headline } = reportOf(opened, labArgument, running);
      process.stdout.write(`${headline}\n${files.map((file) => `  ${file}`).join("\n")}\n`);
      return 0;
    }
    const content = drawn(opened, format, { labArgument, running, by });
    if (options.out !== undefined) await writeOut(options.out, content);
    else if (format === "png" && process.stdout.isTTY) {
      throw new UserError("a PNG is no text for a terminal", {
        fix: "nightyard report --format png --out progress.png",
      });
    } else process.stdout.write(content);
    return 0;
  });
}

/** Writes report.html, report.md and report.json into the session's folder; answers their paths. */
export async function writeSessionReport(
  opened: Opened,
  labArgument: string,
  running: boolean,
): Promise<readonly string[]> {
  return writeReport(opened.ws, opened.session.tag, reportTexts(opened, reportOf(opened, labArgument, running)));
}

function reportTexts(opened: Opened, made: Report): ReportTexts {
  return {
    "report.html": reportHtml(made, plotsOf(opened)),
    "report.md": reportMarkdown(made),
    "report.json": `${JSON.stringify(made, null, 2)}\n`,
  };
}

function reportOf({ ws, ledger, session }: Opened, lab: string, running: boolean): Report {
  const there = relative(process.cwd(), ws.labDir);
  return report({
    session,
    experiments: experimentsOf(ledger, session.tag),
    entries: entriesAsWritten(ledger, session.tag),
    running,
    now: new Date().toISOString(),
    lab: relative(process.cwd(), lab) === "" ? "." : lab,
    folder: there === "" ? "." : there.startsWith("..") ? ws.labDir : there,
  });
}

/** By time only where the record has times that differ: an imported one may have none. */
function plotsOf({ ledger, session }: Opened) {
  const experiments = experimentsOf(ledger, session.tag);
  const times = new Set(experiments.slice(0, 1000).map((e) => e.closedAt));
  const drawings = (by: PlotAxis) => ({
    wide: sessionPlot(session, experiments, by),
    narrow: sessionPlot(session, experiments, by, true),
  });
  return {
    byExperiment: drawings("experiment"),
    byTime: times.size > 2 && workedMs(session) > 0 ? drawings("time") : undefined,
    byCost: spentBy(experiments).size > 0 ? drawings("cost") : undefined,
  };
}

interface Drawing {
  readonly labArgument: string;
  readonly running: boolean;
  readonly by: PlotAxis;
}

function drawn(opened: Opened, format: Format, { labArgument, running, by }: Drawing): string | Uint8Array {
  if (format === "svg" || format === "png") {
    const experiments = experimentsOf(opened.ledger, opened.session.tag);
    if (by === "cost" && spentBy(experiments).size === 0) {
      throw new UserError("--by cost: the cost is unknown, no turn reported a price", {
        fix: "nightyard report --by time --format svg --out progress.svg",
      });
    }
    const svg = sessionPlot(opened.session, experiments, by);
    return format === "svg" ? svg : plotPng(svg);
  }
  return reportTexts(opened, reportOf(opened, labArgument, running))[`report.${format}`];
}

async function writeOut(file: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeFile(file, content);
  } catch (error) {
    throw new UserError(`--out: expected a file that can be written, found ${(error as Error).message}`);
  }
  process.stderr.write(`wrote ${file}\n`);
}

/** What was asked for; without a word on it the ending of `--out`, and without that none. */
function formatOf({ format, out, json }: ReportOptions): Format | undefined {
  if (json === true && format !== undefined && format !== "json") {
    throw new UserError(`--json and --format ${format}: expected one of the two`);
  }
  const ending = out === undefined ? undefined : extname(out).slice(1).toLowerCase();
  const wanted =
    json === true ? "json" : (format ?? (ending === "markdown" ? "md" : ending === "htm" ? "html" : ending));
  if (wanted === undefined) return undefined;
  const found = FORMATS.find((known) => known === wanted);
  if (found !== undefined) return found;
  const where = format === undefined ? `--out ${out}` : "--format";
  throw new UserError(`${where}: expected one of ${FORMATS.join(", ")}, found "${wanted}"`, {
    fix: "nightyard report --format html --out report.html",
  });
}

function axisOf(by: string | undefined): PlotAxis {
  if (by === undefined || by === "experiment") return "experiment";
  if (by === "time" || by === "cost") return by;
  throw new UserError(`--by: expected experiment, time or cost, found "${by}"`);
}
