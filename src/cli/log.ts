/**
 * `nightyard log`, `show`, `diff` and `best`: what was tried, one line each or one in full.
 */

import { readEnd } from "../evaluator.ts";
import { describeOutcome, type Experiment, meanMetric } from "../experiment.ts";
import { experimentOf, experimentsOf } from "../ledger.ts";
import { logFileOf } from "../steps/logs.ts";
import { git } from "../util/git.ts";
import { oneLine, plainText, tail } from "../util/text.ts";
import { UserError } from "../util/user-error.ts";
import { experimentName, number, percent } from "./format.ts";
import { experimentNumber, type Opened, withSession } from "./lab.ts";
import type { ReadOptions } from "./status.ts";
import { verdictInWords } from "./verdict-words.ts";

export interface LogOptions extends ReadOptions {
  readonly verdict?: string | undefined;
}

/** One line per experiment, or one JSON object per line. */
export async function logCommand(lab: string | undefined, options: LogOptions): Promise<number> {
  return withSession(lab, options.session, ({ ledger, session }) => {
    const experiments = experimentsOf(ledger, session.tag).filter(
      (e) => options.verdict === undefined || e.verdict?.kind === options.verdict,
    );
    for (const e of experiments) {
      const line = options.json ? JSON.stringify({ version: 1, ...e }) : logLine(e, session.champion.experiment);
      process.stdout.write(`${line}\n`);
    }
    return 0;
  });
}

function logLine(e: Experiment, champion: number): string {
  const verdict =
    e.verdict === undefined ? "open" : e.verdict.kind + (e.verdict.label === undefined ? "" : ` ${e.verdict.label}`);
  const text = e.number === 0 ? "baseline" : (e.proposal?.hypothesis ?? e.verdict?.reason ?? "");
  const commit = e.proposal?.commit.slice(0, 7) ?? "-------";
  const star = e.number === champion ? "*" : " ";
  const metric = number(meanMetric(e)).padStart(10);
  return `${star}${experimentName(e.number)} ${commit} ${verdict.padEnd(14)} ${metric}  ${oneLine(text, 120)}`;
}

export interface OneOptions extends ReadOptions {
  readonly lab?: string | undefined;
}

/** Everything about one experiment: hypothesis, runs, verdict and rule, diff, the end of its log. */
export async function showCommand(which: string, options: OneOptions): Promise<number> {
  return withSession(options.lab, options.session, async (opened) => {
    const e = needExperiment(opened, which);
    if (options.json) {
      process.stdout.write(`${JSON.stringify({ version: 1, session: opened.session.tag, ...e })}\n`);
      return 0;
    }
    process.stdout.write(`${[...facts(opened, e), "", ...(await diffAndLog(opened, e))].join("\n")}\n`);
    return 0;
  });
}

function needExperiment({ ledger, session }: Opened, which: string): Experiment {
  const n = which === "best" ? session.champion.experiment : experimentNumber(which);
  const e = experimentOf(ledger, session.tag, n);
  if (e !== undefined) return e;
  throw new UserError(`session ${session.tag} has no experiment ${n}; its last is ${session.lastExperiment}`, {
    fix: "nightyard log",
  });
}

function facts({ session }: Opened, e: Experiment): readonly string[] {
  const p = e.proposal;
  const title = e.number === 0 ? "the baseline" : (p?.hypothesis ?? "no proposal");
  const runs = e.runs.map((r) => {
    const metric =
      r.measurement?.metric === undefined ? (r.measurement?.why ?? "not measured") : number(r.measurement.metric);
    const outcome = r.outcome === undefined ? "on its way" : describeOutcome(r.outcome);
    const seconds = r.resources === undefined ? "" : `, ${r.resources.wallSeconds.toFixed(1)} s`;
    const memory = r.resources?.peakMemoryMb === undefined ? "" : `, ${Math.round(r.resources.peakMemoryMb)} MB`;
    const how = `${oneLine(outcome, 200)}${seconds}${memory}`;
    return `  run ${r.run} (${r.role}, seed ${r.seed}): ${oneLine(metric, 200)} [${how}]`;
  });
  const gates = (e.receipts ?? []).map(
    (r) => `  gate ${r.passed ? "passed" : "FAILED"}: ${r.command} (${r.seconds.toFixed(1)} s)`,
  );
  return [
    `${experimentName(e.number)} of session ${session.tag}: ${title}`,
    ...(p === undefined || p.description === "" ? [] : [`  ${p.description.replaceAll("\n", "\n  ")}`]),
    ...(p === undefined
      ? []
      : [
          `  commit ${p.commit} on ${p.parent.slice(0, 7)}`,
          `  +${p.linesAdded} −${p.linesRemoved} in ${p.files.join(", ")}`,
        ]),
    ...gates,
    ...runs,
    `  mean ${session.metric.name} ${number(meanMetric(e))}`,
    `  verdict: ${verdictInWords(e, session)}`,
  ];
}

async function diffAndLog(opened: Opened, e: Experiment): Promise<readonly string[]> {
  const diff = e.proposal === undefined ? "" : await diffOf(opened, e);
  const last = e.runs.at(-1);
  const log =
    last === undefined ? "" : await readEnd(logFileOf({ ws: opened.ws, tag: opened.session.tag }, last.job), 32 * 1024);
  const shown = plainText(tail(log, 3000), 3000);
  return [
    ...(diff === "" ? [] : ["diff:", plainText(diff, 20_000), ""]),
    ...(shown === "" ? [] : [`end of the log of run ${last?.run}:`, shown]),
  ];
}

/** The change of a proposal against its parent, as git prints it. */
export async function diffCommand(which: string, options: OneOptions): Promise<number> {
  return withSession(options.lab, options.session, async (opened) => {
    const e = needExperiment(opened, which);
    if (e.proposal === undefined) {
      throw new UserError(`${experimentName(e.number)} has no proposal, so there is no change to show`);
    }
    process.stdout.write(await diffOf(opened, e));
    return 0;
  });
}

async function diffOf({ ws }: Opened, e: Experiment): Promise<string> {
  const p = e.proposal;
  if (p === undefined) return "";
  // No external diff program and no textconv: the repository under study could name one.
  const args = ["diff", "--no-ext-diff", "--no-textconv", "--no-color", p.parent, p.commit];
  return plainText(await git(args, { cwd: ws.root }), 2_000_000).concat("\n");
}

/** The champion and how far it has come. */
export async function bestCommand(lab: string | undefined, options: ReadOptions): Promise<number> {
  return withSession(lab, options.session, ({ ws, ledger, session }) => {
    const best = experimentOf(ledger, session.tag, session.champion.experiment);
    const first = experimentOf(ledger, session.tag, 0);
    const metric = best === undefined ? undefined : meanMetric(best);
    const from = first === undefined ? undefined : meanMetric(first);
    const { experiment, commit } = session.champion;
    if (options.json) {
      const out = { version: 1, experiment, commit, branch: session.branch, metric, baseline: from };
      process.stdout.write(`${JSON.stringify({ ...out, label: best?.verdict?.label })}\n`);
      return 0;
    }
    const change =
      experiment === 0
        ? "the baseline is still the best"
        : `${percent(from, metric)} (${best?.verdict?.label ?? "kept"})`;
    const lines = [
      `${experimentName(experiment)} ${commit.slice(0, 7)}: ${session.metric.name} ${number(metric)}, ${change}`,
      ...(best?.proposal === undefined ? [] : [`  ${best.proposal.hypothesis}`]),
      `  git -C '${ws.root}' diff ${session.base.slice(0, 12)} ${commit.slice(0, 12)}   # all that was kept`,
      `  git -C '${ws.root}' switch ${session.branch}   # when the session is over`,
    ];
    process.stdout.write(`${lines.join("\n")}\n`);
    return 0;
  });
}
