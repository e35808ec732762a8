/**
 * `nightyard status`: how a session stands, from the ledger, while it runs or afterwards.
 */
import { type Experiment, NO_COMMIT, shortCommit } from "../experiment.ts";
import { runSecondsOf } from "../ledger/figures.ts";
import { runningHolder } from "../ledger/lock.ts";
import { experimentOf, lastEventAt } from "../ledger/read.ts";
import { inFront, type Session } from "../ledger/session.ts";
import { summaryOf } from "../summary.ts";
import { experimentName } from "../util/format.ts";
import { oneLine } from "../util/text.ts";
import { type Opened, withSession } from "./lab.ts";
import { phaseOfRun, progressLine } from "./progress-line.ts";
import { countsLine, headline, trustLine } from "./summary-text.ts";
import { waitingWords, waitsUntil } from "./waiting.ts";

export interface ReadOptions {
  readonly session?: string | undefined;
  readonly json?: boolean | undefined;
}

export async function statusCommand(lab: string | undefined, options: ReadOptions): Promise<number> {
  return withSession(lab, options.session, async (opened) => {
    const { ws, ledger, session } = opened;
    const summary = summaryOf(ledger, session);
    const holder = runningHolder(ws.stateDir);
    const running = holder !== undefined && holder.tag === session.tag;
    const state = running ? "running" : (session.ended?.why ?? "stopped");
    const front = inFront(session);
    const open = front === undefined ? undefined : experimentOf(ledger, session.tag, front);
    const waiting = running ? waitsUntil(session, open, new Date().toISOString()) : undefined;
    if (options.json) {
      const out = {
        version: 1,
        tag: session.tag,
        branch: session.branch,
        state,
        pid: running ? holder.pid : undefined,
        waitingUntil: waiting,
        imported: session.imported,
      };
      const champion = { experiment: session.champion.experiment, commit: session.champion.commit };
      process.stdout.write(
        `${JSON.stringify({ ...out, lab: ws.labDir, champion, open: inFront(session), ...summary })}\n`,
      );
      return 0;
    }
    // It loads all that draws: 15 ms that `--json` does not need.
    const { filesDirOf } = await import("../session-files.ts");
    const lines = [
      `session ${session.tag} (${stateWords(state, waiting)}${running ? `, process ${holder.pid}` : ""})` +
        originWords(session),
      headline(summary),
      `  trust it?  ${trustLine(summary)}`,
      `  counts     ${countsLine(summary)}`,
      `  champion   ${experimentName(session.champion.experiment)} ${championName(opened)}`,
      `  files      ${filesDirOf(ws, session.tag)}`,
    ];
    if (running) {
      const runSeconds = runSecondsOf(session.figures);
      lines.unshift(lineOf(opened, open, { budgetSeconds: await budgetOf(ws), runSeconds }));
    }
    if (session.ended !== undefined) lines.push(`  ended      ${session.ended.why}: ${session.ended.detail}`);
    process.stdout.write(`${lines.join("\n")}\n`);
    return 0;
  });
}

function originWords(session: Session): string {
  return session.imported === undefined ? ` on ${session.branch}` : ` from ${oneLine(session.imported.file, 200)}`;
}

function championName({ ledger, session }: Opened): string {
  const champion = experimentOf(ledger, session.tag, session.champion.experiment);
  const named = champion === undefined ? undefined : shortCommit(champion);
  return named ?? (session.champion.commit === NO_COMMIT ? "(commit unknown)" : session.champion.commit.slice(0, 7));
}

function stateWords(state: string, waiting: string | undefined): string {
  return waiting === undefined ? state : `${state}, ${waitingWords(waiting)}`;
}

/** What the progress line needs and the ledger's state does not have. */
export interface Known {
  readonly budgetSeconds: number;
  readonly runSeconds: number;
}

/** The progress line as another process sees it: a phase has lasted since the last event. */
export function lineOf({ ledger, session }: Opened, open: Experiment | undefined, known: Known): string {
  const run = open?.runs.at(-1);
  const waiting = waitsUntil(session, open, new Date().toISOString());
  const working = open === undefined ? "idle" : run === undefined ? "think" : phaseOfRun(run);
  const phase = waiting === undefined ? working : waitingWords(waiting);
  const sinceEventMs = Math.max(0, Date.now() - Date.parse(lastEventAt(ledger, session.tag) ?? session.startedAt));
  return progressLine({
    ...known,
    session,
    experiment: open,
    champion: experimentOf(ledger, session.tag, session.champion.experiment),
    baseline: experimentOf(ledger, session.tag, 0),
    phase,
    phaseSeconds: sinceEventMs / 1000,
    sinceEventMs,
  });
}

/** What one run may take, as program.md says now. Loaded here because reading a program costs 50 ms at the start. */
export async function budgetOf(ws: Opened["ws"]): Promise<number> {
  const { needProgram } = await import("../session.ts");
  return (await needProgram(ws)).budgetSeconds;
}
