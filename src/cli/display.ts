/**
 * What `run` shows on the way: on a terminal one line that is painted anew each second, elsewhere one plain line per
 * event that matters. Messages go to standard error; standard output is for the summary.
 */
import { join } from "node:path";
import type { Experiment, Run } from "../experiment.ts";
import type { Entry } from "../ledger/events.ts";
import { inFront, type Session } from "../ledger/session.ts";
import { gpuUseOf } from "../runners/local/job-folder.ts";
import { clock, experimentName, number } from "../util/format.ts";
import { oneLine } from "../util/text.ts";
import { phaseOfRun, progressLine } from "./progress-line.ts";
import { waitingWords, waitsUntil } from "./waiting.ts";

export interface Display {
  readonly stream: NodeJS.WriteStream;
  readonly live: boolean;
  readonly budgetSeconds: number;
  session?: Session | undefined;
  experiment?: Experiment | undefined;
  champion?: Experiment | undefined;
  baseline?: Experiment | undefined;
  phase: string;
  phaseAt: number;
  eventAt: number;
  runSeconds: number;
  timer?: NodeJS.Timeout | undefined;
  /** Where the local runner keeps its jobs, to tell how busy the GPU is. */
  jobsDir?: string | undefined;
}

/** A display for a session; `painted` lines only when the stream is a terminal. */
export function startDisplay(stream: NodeJS.WriteStream, budgetSeconds: number, jobsDir?: string): Display {
  const live = stream.isTTY === true && process.env.TERM !== "dumb";
  const now = performance.now();
  const times = { phaseAt: now, eventAt: now, runSeconds: 0 };
  const display: Display = { stream, live, budgetSeconds, phase: "start", ...times, jobsDir };
  if (live) {
    display.timer = setInterval(() => paint(display), 1000);
    display.timer.unref();
  }
  return display;
}

/** Takes in one event of the ledger and shows what of it a person wants to see. */
export function showEvent(display: Display, entry: Entry, session: Session, experiment: Experiment | undefined): void {
  const now = performance.now();
  display.session = session;
  display.eventAt = now;
  if (experiment?.number === 0) display.baseline = experiment;
  if (experiment?.number === session.champion.experiment) display.champion = experiment;
  if (experiment !== undefined && experiment.number === inFront(session)) display.experiment = experiment;
  const phase = phaseAfter(entry, experiment);
  if (phase !== undefined && phase !== display.phase) {
    display.phase = phase;
    display.phaseAt = now;
  }
  if (entry.event.type === "run-ended") display.runSeconds += entry.event.resources.wallSeconds;
  const line = eventLine(entry, session, experiment);
  if (line !== undefined) say(display, line);
  else if (display.live) paint(display);
}

/** A message above the painted line. */
export function say(display: Display, text: string): void {
  display.stream.write(display.live ? `\r\u001b[2K${text}\n` : `${text}\n`);
  if (display.live) paint(display);
}

/** Ends the painting and leaves the cursor on a line of its own. */
export function stopDisplay(display: Display): void {
  clearInterval(display.timer);
  if (display.live) display.stream.write("\r\u001b[2K");
}

function paint(display: Display): void {
  if (display.session === undefined) return;
  const now = performance.now();
  const { session, experiment } = display;
  const open = experiment !== undefined && experiment.number === inFront(session) ? experiment : undefined;
  const until = waitsUntil(session, open, new Date().toISOString());
  const line = progressLine({
    session,
    experiment,
    champion: display.champion,
    baseline: display.baseline,
    phase: until === undefined ? display.phase : waitingWords(until),
    phaseSeconds: (now - display.phaseAt) / 1000,
    budgetSeconds: display.budgetSeconds,
    runSeconds: display.runSeconds,
    gpuUse: gpuUse(display),
    sinceEventMs: now - display.eventAt,
  });
  const width = Math.max(20, display.stream.columns || 80);
  display.stream.write(`\r\u001b[2K${line.length < width ? line : `${line.slice(0, width - 2)}…`}`);
}

/** Of the runs that are on, their mean. */
function gpuUse({ jobsDir, experiment }: Display): number | undefined {
  if (jobsDir === undefined) return undefined;
  const on = (experiment?.runs ?? []).filter((r) => r.outcome === undefined);
  const uses = on.map((r) => gpuUseOf(join(jobsDir, r.job))).filter((use) => use !== undefined);
  return uses.length === 0 ? undefined : Math.round(uses.reduce((a, b) => a + b, 0) / uses.length);
}

function phaseAfter(entry: Entry, experiment: Experiment | undefined): string | undefined {
  const { event } = entry;
  switch (event.type) {
    case "experiment-opened":
      return event.experiment === 0 ? "gate" : "think";
    case "proposed":
      return "gate";
    case "gated":
    case "measured":
      return "judge";
    case "run-asked":
    case "run-ended": {
      const run = experiment?.runs.find((r) => r.run === event.run);
      return run === undefined ? undefined : phaseOfRun(run);
    }
    default:
      return undefined;
  }
}

function eventLine(entry: Entry, session: Session, experiment: Experiment | undefined): string | undefined {
  const { event } = entry;
  switch (event.type) {
    case "sitting-started":
      return `session ${session.tag} on ${session.branch}, agent ${event.agent}`;
    case "proposed":
      return `  ${experimentName(event.experiment)} tries: ${oneLine(event.proposal.hypothesis, 120)}`;
    case "measured":
      return measuredLine(session, experiment, event.run);
    case "judged":
      return judgedLine(session, event);
    case "integrity":
      return `! integrity: ${event.what}: ${oneLine(event.detail, 200)}`;
    case "noted":
      return `! ${event.what}: ${oneLine(event.detail, 200)}`;
    case "program-changed":
      return `  program.md was edited; the next experiment uses ${event.hash.slice(0, 7)}`;
    case "program-refused":
      return `! the edited program.md is not used: ${oneLine(event.problems[0] ?? "", 200)}`;
    case "turn-ended":
      return turnLine(event);
    case "paused":
      return `! the agent gets a pause: ${oneLine(event.detail, 200)}; ${waitingWords(event.until)}`;
    case "note":
      return `  your note is in the ledger; the next briefing has it: ${oneLine(event.text, 120)}`;
    default:
      return undefined;
  }
}

function turnLine(event: Extract<Entry["event"], { type: "turn-ended" }>): string | undefined {
  const who = event.agent === undefined ? "the agent" : oneLine(event.agent, 60);
  if (event.kind !== "rateLimited") {
    return event.elsewhere === true ? `  ${who} made no proposal (${event.kind}); another one is asked` : undefined;
  }
  if (event.elsewhere === true) return `  ${who} is rate-limited until ${event.until}; another one is asked`;
  return `  ${who} is rate-limited; waiting until ${event.until}`;
}

function measuredLine(session: Session, e: Experiment | undefined, number_: number): string | undefined {
  const run: Run | undefined = e?.runs.find((r) => r.run === number_);
  if (run === undefined || e === undefined) return undefined;
  const what =
    run.measurement?.metric === undefined
      ? `nothing: ${oneLine(run.measurement?.why ?? "", 160)}`
      : number(run.measurement.metric);
  const took = run.resources === undefined ? "" : ` in ${clock(run.resources.wallSeconds)}`;
  return `  ${experimentName(e.number)} ${run.role} run ${run.run}: ${session.metric.name} ${what}${took}`;
}

function judgedLine(session: Session, event: Extract<Entry["event"], { type: "judged" }>): string {
  const { verdict } = event;
  const label = verdict.label === undefined ? "" : ` (${verdict.label})`;
  const mark = verdict.kind === "keep" ? "✓" : verdict.kind === "crash" ? "✗" : "·";
  const z = verdict.numbers.z === undefined ? "" : `, z ${verdict.numbers.z.toFixed(2)}`;
  const total = ` [${session.counts.runs} runs]`;
  const name = experimentName(event.experiment);
  return `${mark} ${name} ${verdict.kind}${label}: ${oneLine(verdict.reason, 160)}${z}${total}`;
}
