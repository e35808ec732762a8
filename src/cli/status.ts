/**
 * `nightyard status`: how a session stands, from the ledger, while it runs or afterwards.
 */

import { runningHolder } from "../ledger/lock.ts";
import { experimentOf, experimentsOf } from "../ledger.ts";
import { filesDirOf } from "../session-files.ts";
import { summarize } from "../summary.ts";
import { experimentName } from "./format.ts";
import { withSession } from "./lab.ts";
import { progressLine } from "./progress-line.ts";
import { countsLine, headline, trustLine } from "./summary-text.ts";

export interface ReadOptions {
  readonly session?: string | undefined;
  readonly json?: boolean | undefined;
}

export async function statusCommand(lab: string | undefined, options: ReadOptions): Promise<number> {
  return withSession(lab, options.session, ({ ws, ledger, session }) => {
    const summary = summarize(session, experimentsOf(ledger, session.tag));
    const holder = runningHolder(ws.stateDir);
    const running = holder !== undefined && holder.tag === session.tag;
    const state = running ? "running" : (session.ended?.why ?? "stopped");
    const open = session.open === undefined ? undefined : experimentOf(ledger, session.tag, session.open);
    if (options.json) {
      const out = {
        version: 1,
        tag: session.tag,
        branch: session.branch,
        state,
        pid: running ? holder.pid : undefined,
      };
      const champion = { experiment: session.champion.experiment, commit: session.champion.commit };
      process.stdout.write(`${JSON.stringify({ ...out, lab: ws.labDir, champion, open: open?.number, ...summary })}\n`);
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
    if (running) lines.unshift(lineOf(session, ledger, open));
    if (session.ended !== undefined) lines.push(`  ended      ${session.ended.why}: ${session.ended.detail}`);
    process.stdout.write(`${lines.join("\n")}\n`);
    return 0;
  });
}

type Args = Parameters<Parameters<typeof withSession>[2]>[0];

function lineOf(session: Args["session"], ledger: Args["ledger"], open: ReturnType<typeof experimentOf>): string {
  const run = open?.runs.at(-1);
  const phase =
    open === undefined ? "idle" : run === undefined ? "think" : run.outcome === undefined ? "train" : "evaluate";
  return progressLine({
    session,
    experiment: open,
    champion: experimentOf(ledger, session.tag, session.champion.experiment),
    baseline: experimentOf(ledger, session.tag, 0),
    phase,
    phaseSeconds: 0,
    budgetSeconds: 0,
    runSeconds: 0,
    sinceEventMs: 0,
  });
}
