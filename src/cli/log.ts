/**
 * `nightyard log`, `show`, `diff` and `best`: what was tried, one line each or one in full.
 */

import { once } from "node:events";
import { readEnd } from "../evaluator.ts";
import { describeOutcome, type Experiment, meanMetric, NO_COMMIT, shortCommit } from "../experiment.ts";
import { experimentOf } from "../ledger/read.ts";
import { eachExperiment } from "../ledger/windows.ts";
import { logFileOf } from "../steps/logs.ts";
import { experimentName, gpuWords, number, percent } from "../util/format.ts";
import { git, tryGit } from "../util/git.ts";
import { oneLine, plainText, tail } from "../util/text.ts";
import { UserError } from "../util/user-error.ts";
import { verdictInWords } from "../verdict-words.ts";
import { experimentNumber, type Opened, withSession } from "./lab.ts";
import type { ReadOptions } from "./status.ts";

export interface LogOptions extends ReadOptions {
  readonly verdict?: string | undefined;
}

/** One line per experiment, or one JSON object per line. */
export async function logCommand(lab: string | undefined, options: LogOptions): Promise<number> {
  return withSession(lab, options.session, async ({ ledger, session }) => {
    for (const e of eachExperiment(ledger, session.tag, options.verdict)) {
      const line = options.json ? JSON.stringify({ version: 1, ...e }) : logLine(e, session.champion.experiment);
      // A hundred thousand lines are not held in memory while a slow reader takes them.
      if (!process.stdout.write(`${line}\n`)) await once(process.stdout, "drain");
    }
    return 0;
  });
}

function logLine(e: Experiment, champion: number): string {
  const verdict =
    e.verdict === undefined ? "open" : e.verdict.kind + (e.verdict.label === undefined ? "" : ` ${e.verdict.label}`);
  const text = e.number === 0 ? "baseline" : (e.proposal?.hypothesis ?? e.verdict?.reason ?? "");
  const commit = oneLine(shortCommit(e) ?? "-------", 12).padEnd(7);
  const star = e.number === champion ? "*" : " ";
  const metric = number(meanMetric(e)).padStart(10);
  const tags = (e.tags ?? []).map((tag) => ` #${tag}`).join("");
  return `${star}${experimentName(e.number)} ${commit} ${verdict.padEnd(14)} ${metric}  ${oneLine(text, 120)}${tags}`;
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
    const gpu = gpuWords(r.resources?.gpu);
    const how = `${oneLine(outcome, 200)}${seconds}${memory}${gpu === undefined ? "" : `, ${gpu}`}`;
    const origin = e.imported === undefined ? `seed ${r.seed}` : "imported";
    return `  run ${r.run} (${r.role}, ${origin}): ${oneLine(metric, 200)} [${how}]`;
  });
  const gates = (e.receipts ?? []).map(
    (r) => `  gate ${r.passed ? "passed" : "FAILED"}: ${r.command} (${r.seconds.toFixed(1)} s)`,
  );
  return [
    `${experimentName(e.number)} of session ${session.tag}: ${title}`,
    ...(p === undefined || p.description === "" ? [] : [`  ${p.description.replaceAll("\n", "\n  ")}`]),
    ...originOf(e),
    ...(p === undefined || p.commit === NO_COMMIT ? [] : [`  commit ${p.commit} on ${p.parent.slice(0, 7)}`]),
    ...(p === undefined || p.files.length === 0
      ? []
      : [`  +${p.linesAdded} −${p.linesRemoved} in ${p.files.join(", ")}`]),
    ...gates,
    ...runs,
    `  mean ${session.metric.name} ${number(meanMetric(e))}`,
    `  verdict: ${verdictInWords(e, session)}`,
    ...(e.tags === undefined || e.tags.length === 0 ? [] : [`  tags: ${e.tags.join(", ")}`]),
  ];
}

/** Where an imported experiment stands in its file, and what was odd about its row. */
function originOf({ imported }: Experiment): readonly string[] {
  if (imported === undefined) return [];
  const commit = imported.commit === "" ? "no commit" : `commit "${oneLine(imported.commit, 100)}"`;
  const words = `  imported: line ${imported.line}, ${commit}, status "${oneLine(imported.status, 100)}"`;
  return [words, ...imported.remarks.map((remark) => `  odd: ${oneLine(remark, 400)}`)];
}

async function diffAndLog(opened: Opened, e: Experiment): Promise<readonly string[]> {
  const isHere = e.proposal !== undefined && (opened.session.imported === undefined || (await knows(opened, e)));
  const diff = isHere ? await diffOf(opened, e) : "";
  const last = e.runs.at(-1);
  const log =
    last === undefined || e.imported !== undefined
      ? ""
      : await readEnd(logFileOf({ ws: opened.ws, tag: opened.session.tag }, last.job), 32 * 1024);
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
    if (opened.session.imported !== undefined && !(await knows(opened, e))) {
      throw new UserError(`${experimentName(e.number)} was imported, and its change is not in this repository`);
    }
    process.stdout.write(await diffOf(opened, e));
    return 0;
  });
}

/** Whether both commits of an imported change are in this repository. */
async function knows({ ws }: Opened, { proposal }: Experiment): Promise<boolean> {
  if (proposal === undefined) return false;
  const { commit, parent } = proposal;
  if (commit === NO_COMMIT || parent === NO_COMMIT) return false;
  const found = await tryGit(["cat-file", "--batch-check"], { cwd: ws.labDir, input: `${commit}\n${parent}\n` });
  return found.code === 0 && (found.stdout.match(/ commit /g)?.length ?? 0) === 2;
}

async function diffOf({ ws }: Opened, e: Experiment): Promise<string> {
  const p = e.proposal;
  if (p === undefined) return "";
  // No external diff program and no textconv: the repository under study could name one.
  const args = ["diff", "--no-ext-diff", "--no-textconv", "--no-color", p.parent, p.commit];
  return plainText(await git(args, { cwd: ws.root }), 2_000_000).concat("\n");
}

function commitName(e: Experiment | undefined, commit: string): string {
  return (e === undefined ? undefined : shortCommit(e)) ?? (commit === NO_COMMIT ? "(unknown)" : commit.slice(0, 7));
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
      `${experimentName(experiment)} ${commitName(best, commit)}: ${session.metric.name} ${number(metric)}, ${change}`,
      ...(best?.proposal === undefined ? [] : [`  ${best.proposal.hypothesis}`]),
      ...(session.imported === undefined
        ? [
            `  git -C '${ws.root}' diff ${session.base.slice(0, 12)} ${commit.slice(0, 12)}   # all that was kept`,
            `  git -C '${ws.root}' switch ${session.branch}   # when the session is over`,
          ]
        : [`  imported from ${oneLine(session.imported.file, 200)}: nobody here measured it`]),
    ];
    process.stdout.write(`${lines.join("\n")}\n`);
    return 0;
  });
}
