/**
 * `nightyard status`: how a session stands, from the ledger, while it runs or afterwards.
 */
import type { Experiment } from "../experiment.ts";
import { runningHolder } from "../ledger/lock.ts";
import { experimentsOf, lastEventAt } from "../ledger.ts";
import { needProgram } from "../session.ts";
import { filesDirOf } from "../session-files.ts";
import { runSeconds, summarize } from "../summary.ts";
import { experimentName } from "./format.ts";
import { type Opened, withSession } from "./lab.ts";
import { phaseOfRun, progressLine } from "./progress-line.ts";
import { countsLine, headline, trustLine } from "./summary-text.ts";

export interface ReadOptions {
  readonly session?: string | undefined;
  readonly json?: boolean | undefined;
}

export async function statusCommand(lab: string | undefined, options: ReadOptions): Promise<number> {
  return withSession(lab, options.session, async (opened) => {
    const { ws, ledger, session } = opened;
    const experiments = experimentsOf(ledger, session.tag);
    const summary = summarize(session, experiments);
    const holder = runningHolder(ws.stateDir);
    const running = holder !== undefined && holder.tag === session.tag;
    const state = running ? "running" : (session.ended?.why ?? "stopped");
    if (options.json) {
      const out = {
        version: 1,
        tag: session.tag,
        branch: session.branch,
        state,
        pid: running ? holder.pid : undefined,
      };
      const champion = { experiment: session.champion.experiment, commit: session.champion.commit };
      process.stdout.write(`${JSON.stringify({ ...out, lab: ws.labDir, champion, open: session.open, ...summary })}\n`);
      return 0;
    }
    const lines = [
      `session ${session.tag} (${state}${running ? `, process ${holder.pid}` : ""}) on ${session.branch}`,
      headline(summary),
      `  trust it?  ${trustLine(summary)}`,
      `  counts     ${countsLine(summary)}`,
      `  champion   ${experimentName(session.champion.experiment)} ${session.champion.commit.slice(0, 7)}`,
      `  files      ${filesDirOf(ws, session.tag)}`,
    ];
    if (running) lines.unshift(await lineOf(opened, experiments));
    if (session.ended !== undefined) lines.push(`  ended      ${session.ended.why}: ${session.ended.detail}`);
    process.stdout.write(`${lines.join("\n")}\n`);
    return 0;
  });
}

/** The progress line as another process sees it: a phase has lasted since the last event. */
async function lineOf({ ws, ledger, session }: Opened, experiments: readonly Experiment[]): Promise<string> {
  const open = experiments.find((e) => e.number === session.open);
  const run = open?.runs.at(-1);
  const phase = open === undefined ? "idle" : run === undefined ? "think" : phaseOfRun(run);
  const sinceEventMs = Math.max(0, Date.now() - Date.parse(lastEventAt(ledger, session.tag) ?? session.startedAt));
  return progressLine({
    session,
    experiment: open,
    champion: experiments.find((e) => e.number === session.champion.experiment),
    baseline: experiments.find((e) => e.number === 0),
    phase,
    phaseSeconds: sinceEventMs / 1000,
    budgetSeconds: (await needProgram(ws)).budgetSeconds,
    runSeconds: runSeconds(experiments),
    sinceEventMs,
  });
}
