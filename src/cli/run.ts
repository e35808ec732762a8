/**
 * `nightyard run`: a sitting of a session, from the command line. Chooses the session, shows it as it goes, and ends
 * with the summary on standard output. Ctrl-C once ends it cleanly and leaves it to be continued; twice ends it at
 * once.
 */
import { join, relative } from "node:path";
import { agentOf, runnerOf } from "../kinds.ts";
import type { Caps, Entry } from "../ledger/events.ts";
import type { Session } from "../ledger/session.ts";
import { closeLedger, experimentsOf, type Ledger, readLedger, sessionOf, sessionsOf } from "../ledger.ts";
import { exitCodeOf, needProgram, type Sitting, sit } from "../session.ts";
import { filesDirOf, writePlots, writeResults } from "../session-files.ts";
import { type Summary, summarize } from "../summary.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import { branchOf, branchTags } from "../workspace/refs.ts";
import { copyOf, shippedName } from "../workspace/shipped.ts";
import { headCommit, uncommittedFiles, type Workspace } from "../workspace.ts";
import { type Display, say, showEvent, startDisplay, stopDisplay } from "./display.ts";
import { offerImport } from "./earlier-results.ts";
import { withSession, workspaceForRun } from "./lab.ts";
import { closeNews, type News, noticeEnd, noticeEvent, noticeFailure, openNews } from "./notify-sitting.ts";
import { writeSessionReport } from "./report.ts";
import { noteResult, type ResultsWriter, resultsWriter, resultsWritten } from "./results-writer.ts";
import { chooseSandbox, sandboxMode } from "./sandbox-option.ts";
import { chooseSlots } from "./slots-option.ts";
import { summaryText } from "./summary-text.ts";

export interface RunOptions {
  readonly tag?: string | undefined;
  readonly experiments?: number | undefined;
  /** Seconds. */
  readonly for?: number | undefined;
  readonly agent: string;
  readonly runner: string;
  /** Fresh runs each of baseline and champion at the end; default: what program.md says. */
  readonly confirmRuns?: number | undefined;
  /** Confirm anew what was confirmed. */
  readonly again?: boolean | undefined;
  /** Experiments without a keep that are a plateau; 0: never. */
  readonly plateau?: number | undefined;
  /** Seconds of the pauses of an agent that fails again and again. */
  readonly agentPauses?: readonly number[] | undefined;
  readonly seed?: number | undefined;
  /** Promises of the whole session: experiments, seconds, tokens, dollars. */
  readonly maxExperiments?: number | undefined;
  readonly maxTime?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly maxDollars?: number | undefined;
  /** Runs at once, and what each is bound to. */
  readonly slots?: number | undefined;
  readonly bind?: string | undefined;
  /** Proposals made ahead; default: 1, and 0 for an agent that costs nothing, because it also thinks fast. */
  readonly lookahead?: number | undefined;
  /** "require" (default), "auto", or false. */
  readonly sandbox?: string | boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Runs a session on a lab; answers the exit code. A failure that calls for a person is told before it is thrown. */
export async function runCommand(lab: string, options: RunOptions): Promise<number> {
  try {
    return await runSitting(lab, options);
  } catch (error) {
    if (options.dryRun !== true) await noticeFailure(lab, options.tag, error);
    throw error;
  }
}

async function runSitting(lab: string, options: RunOptions): Promise<number> {
  const mode = sandboxMode(options.sandbox);
  const slots = chooseSlots(options.slots, options.bind);
  const agent = agentOf(options.agent);
  const runner = runnerOf(options.runner);
  if (options.dryRun) return dryRun(lab, options);
  const ws = await workspaceForRun(lab);
  const program = await needProgram(ws);
  const tag = options.tag ?? (await chooseTag(ws));
  const display = startDisplay(process.stderr, program.budgetSeconds, join(ws.stateDir, "jobs"));
  await announce(display, ws);
  if (agent.note !== undefined) say(display, `! ${agent.note}`);
  const sandbox = await chooseSandbox(mode, (text) => say(display, text)).catch((error) => {
    stopDisplay(display);
    throw error;
  });
  const stop = stopOnSignals(display);
  const limits = { experiments: options.experiments, seconds: options.for };
  const say_ = (text: string) => say(display, text);
  const results = resultsWriter(ws, say_);
  const news = await openNews(ws, tag, say_);
  try {
    const sitting = await sit({
      ws,
      tag,
      agent,
      runner,
      limits,
      caps: capsOf(options),
      sandbox,
      slots,
      lookahead: options.lookahead ?? (agent.free === true ? 0 : 1),
      confirmRuns: options.confirmRuns ?? program.confirmRuns,
      confirmAgain: options.again === true,
      plateau: options.plateau,
      agentPauses: options.agentPauses,
      seed: options.seed,
      observe: observer(display, results, news),
      say: say_,
      signal: stop.signal,
    });
    stopDisplay(display);
    await resultsWritten(results);
    const ended = await finish(ws, lab, tag, options);
    const code = endedWith(display, sitting);
    await noticeEnd(news, ended, sitting.ending.detail, code);
    return code;
  } catch (error) {
    stopDisplay(display);
    if (!stop.signal.aborted) throw error;
    await resultsWritten(results);
    const ended = await finish(ws, lab, tag, options);
    await noticeEnd(news, ended, "stopped by the person", EXIT.interrupted);
    process.stderr.write(`stopped; nothing is lost. Continue with: nightyard run ${lab} --tag ${tag}\n`);
    return EXIT.interrupted;
  } finally {
    await closeNews(news);
    stop.off();
  }
}

export interface ConfirmOptions {
  readonly session?: string | undefined;
  readonly runs?: number | undefined;
  readonly sandbox?: string | boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/**
 * `nightyard confirm`: fresh runs on a session that has ended, without another experiment. A session that was confirmed
 * is confirmed again, by new runs.
 */
export async function confirmCommand(lab: string | undefined, options: ConfirmOptions): Promise<number> {
  const session = await withSession(lab, options.session, (opened) => opened.session);
  const { experiment, commit } = session.champion;
  if (experiment === 0) {
    process.stdout.write(`session ${session.tag} kept nothing, so there is no gain to confirm\n`);
    return EXIT.ok;
  }
  if (options.dryRun) {
    const runs = options.runs === undefined ? "fresh runs" : `${options.runs} fresh runs`;
    process.stdout.write(`would make ${runs} each of ${session.base.slice(0, 7)} and ${commit.slice(0, 7)}\n`);
    return EXIT.ok;
  }
  return runCommand(lab ?? ".", {
    tag: session.tag,
    experiments: session.lastExperiment,
    agent: "tuner",
    runner: session.runner,
    confirmRuns: options.runs,
    again: true,
    sandbox: options.sandbox,
    json: options.json,
  });
}

function capsOf(options: RunOptions): Caps {
  const given = {
    experiments: options.maxExperiments,
    seconds: options.maxTime,
    tokens: options.maxTokens,
    dollars: options.maxDollars,
  };
  return Object.fromEntries(Object.entries(given).filter(([, cap]) => cap !== undefined));
}

function endedWith(display: Display, sitting: Sitting): number {
  const { why, detail } = sitting.ending;
  const code = exitCodeOf(sitting.ending);
  display.stream.write(`${code === EXIT.ok ? "done" : "! ended"}: ${why}: ${detail}\n`);
  return code;
}

/** Continues the newest session unless it has ended; a new one is named after the day: nov24, nov24-2, … */
export async function chooseTag(ws: Workspace): Promise<string> {
  const sessions = await withLedger(ws, async (ledger) => sessionsOf(ledger));
  const last = sessions?.at(-1);
  if (last !== undefined && last.ended === undefined) return last.tag;
  return freshTag(ws, "", new Date());
}

/** A tag that no session and no branch has: <prefix>nov24, <prefix>nov24-2, … */
export async function freshTag(ws: Workspace, prefix: string, now: Date): Promise<string> {
  const sessions = await withLedger(ws, async (ledger) => sessionsOf(ledger));
  const taken = [...(await branchTags(ws)), ...(sessions ?? []).map((s) => s.tag)];
  return dayTag(prefix, now, new Set(taken));
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"] as const;

function dayTag(prefix: string, now: Date, taken: ReadonlySet<string>): string {
  const day = `${prefix}${MONTHS[now.getMonth()]}${now.getDate()}`;
  if (!taken.has(day)) return day;
  for (let n = 2; ; n++) if (!taken.has(`${day}-${n}`)) return `${day}-${n}`;
}

async function announce(display: Display, ws: Workspace): Promise<void> {
  say(display, `lab ${ws.labDir}`);
  const dirty = await uncommittedFiles(ws);
  const frozen = dirty.filter((path) => !path.endsWith("program.md"));
  if (frozen.length > 0) {
    say(display, `! not committed, so not part of the session: ${frozen.slice(0, 5).join(", ")}`);
  }
  const earlier = await offerImport(ws);
  if (earlier !== undefined) say(display, earlier);
}

/** Shows events, and keeps results.tsv up to date. */
function observer(display: Display, results: ResultsWriter, news: News) {
  return (entry: Entry, session: Session, experiment: Parameters<typeof showEvent>[3]) => {
    showEvent(display, entry, session, experiment);
    noteResult(results, entry, session, experiment);
    noticeEvent(news, entry);
  };
}

async function withLedger<T>(ws: Workspace, use: (ledger: Ledger) => Promise<T>): Promise<T | undefined> {
  const ledger = readLedger(ws.stateDir);
  if (ledger === undefined) return undefined;
  try {
    return await use(ledger);
  } finally {
    closeLedger(ledger);
  }
}

type Ended = { readonly session: Session; readonly summary: Summary } | undefined;

async function finish(ws: Workspace, lab: string, tag: string, options: RunOptions): Promise<Ended> {
  return withLedger(ws, async (ledger): Promise<Ended> => {
    const session = sessionOf(ledger, tag);
    if (session === undefined) return undefined;
    const experiments = experimentsOf(ledger, tag);
    const summary = summarize(session, experiments);
    const filesDir = filesDirOf(ws, tag);
    const labArgument = relative(process.cwd(), lab) === "" ? "." : lab;
    const text = summaryText(session, summary, { labDir: ws.labDir, labArgument, filesDir });
    await writeResults(ws, session, experiments);
    await writePlots(ws, session, experiments, text);
    process.stdout.write(options.json ? `${JSON.stringify({ version: 1, tag, ...summary })}\n` : `${text}\n`);
    // Last, so that a report that cannot be made hides nothing.
    await writeSessionReport({ ws, ledger, session }, labArgument, false).catch((error: Error) =>
      process.stderr.write(`! the report could not be written: ${error.message}\n`),
    );
    return { session, summary };
  });
}

/** The first signal asks the sitting to end; the second ends this process at once, and the supervisors end the runs. */
function stopOnSignals(display: Display): { readonly signal: AbortSignal; off: () => void } {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    say(display, "stopping: the run is ended and recorded (Ctrl-C again: at once)");
    controller.abort(new Error("stopped by the person"));
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  const off = () => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.off(name, onSignal);
  };
  return { signal: controller.signal, off };
}

/** Says what would be done and changes nothing. */
async function dryRun(lab: string, options: RunOptions): Promise<number> {
  const name = await shippedName(lab, process.cwd());
  if (name !== undefined) {
    process.stdout.write(
      `would copy the shipped lab ${name} to ${copyOf(name, process.cwd())} and run a session there\n`,
    );
    return EXIT.ok;
  }
  const ws = await workspaceForRun(lab);
  const program = await needProgram(ws);
  const tag = options.tag ?? (await chooseTag(ws));
  const base = await headCommit(ws);
  if (program.run.trim() === "") throw new UserError("program.md: run: found nothing to run");
  const by = program.evaluate === undefined ? "self-reported" : `by ${program.evaluate}`;
  const lines = [
    `session  ${tag} on branch ${branchOf(tag)}, from ${base.slice(0, 7)}, in ${ws.labDir}`,
    `agent    ${options.agent} may change: ${program.scope.join(", ")}`,
    `run      ${program.run} (budget ${program.budgetSeconds} s, timeout ${program.timeoutSeconds} s)`,
    `metric   ${program.metric.name}, ${program.metric.goal}, ${by}`,
    `limits   experiments: ${options.experiments ?? "none"}, seconds: ${options.for ?? "none"}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return EXIT.ok;
}
