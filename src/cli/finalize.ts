/**
 * `nightyard finalize`: the kept changes as clean branches, each measured again, with a text for a pull request.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Commit } from "../experiment.ts";
import { requestText, verdictWords } from "../finalize/text.ts";
import { type Finalized, type FinalizePlan, type FinalizeResult, finalize, planFinalize } from "../finalize.ts";
import { gainWords } from "../remeasure/payment.ts";
import { metricsOfRuns } from "../remeasure.ts";
import { words } from "../report/listed.ts";
import { filesDirOf } from "../session-files.ts";
import { experimentName } from "../util/format.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import { readRef } from "../workspace/refs.ts";
import type { Workspace } from "../workspace.ts";
import { type AfterOptions, type Night, nightOf, nothingKept, working } from "./after-night.ts";

export interface FinalizeCliOptions extends AfterOptions {
  /** A branch or commit from which the branches start in place of the session's base. */
  readonly onto?: string | undefined;
  /** Branches of these names are replaced. */
  readonly force?: boolean | undefined;
}

/** Answers the exit code: 3 when something needs the person's eye. */
export async function finalizeCommand(lab: string | undefined, options: FinalizeCliOptions): Promise<number> {
  const night = await nightOf(lab, options);
  if (night.session.champion.experiment === 0) return nothingKept(night, options.json);
  const onto = options.onto === undefined ? undefined : await ontoOf(night.ws, options.onto);
  const moved = onto === night.session.base ? undefined : onto;
  const plan = await planFinalize(night.ws, night.session, night.experiments, moved);
  if (options.dryRun) {
    print(options, planJson(night, plan), planText(night, plan));
    return EXIT.ok;
  }
  return working(night, "finalize", options, async (rest) => {
    const result = await finalize({ ...rest, plan, runs: options.runs, force: options.force === true });
    const folder = await writeTexts(night.ws, result);
    print(options, resultJson(result, folder), resultText(result, folder));
    return needsYou(result) ? EXIT.needsYou : EXIT.ok;
  });
}

async function ontoOf(ws: Workspace, onto: string): Promise<Commit> {
  const found = onto.startsWith("-") ? undefined : await readRef(ws, onto);
  if (found !== undefined) return found;
  throw new UserError(`--onto: expected a branch or a commit, found "${onto}"`, { fix: "git branch --list" });
}

function print(options: FinalizeCliOptions, json: unknown, text: string): void {
  process.stdout.write(options.json === true ? `${JSON.stringify(json)}\n` : `${text}\n`);
}

function needsYou({ branches, plan, difference }: FinalizeResult): boolean {
  const odd = branches.some((b) => b.failed !== undefined || b.payment?.word === "no longer pays");
  return odd || plan.conflicts.length > 0 || difference === undefined || difference.length > 0;
}

/** One file for each branch, and the whole as JSON. Answers their folder. */
async function writeTexts(ws: Workspace, result: FinalizeResult): Promise<string> {
  const folder = join(filesDirOf(ws, result.session.tag), "finalize");
  await mkdir(folder, { recursive: true });
  for (const branch of result.branches) {
    await writeFile(join(folder, fileOf(branch)), `${requestText(result, branch)}\n`);
  }
  await writeFile(join(folder, "finalize.json"), `${JSON.stringify(resultJson(result, folder), null, 2)}\n`);
  return folder;
}

function fileOf({ branch }: Pick<Finalized, "branch">): string {
  return `${branch.split("/").at(-1)}.md`;
}

type Row = FinalizePlan["branches"][number];

function branchJson({ branch, commit, changes }: Row) {
  return {
    branch,
    commit,
    experiments: changes.map((c) => c.experiment),
    hypotheses: changes.map((c) => words(c.hypothesis)),
  };
}

function leftJson({ empty, conflicts }: FinalizePlan) {
  return {
    empty: empty.map((c) => c.experiment),
    conflicts: conflicts.map(({ change, files }) => ({ experiment: change.experiment, files: files.slice(0, 100) })),
  };
}

function planJson({ session }: Night, plan: FinalizePlan) {
  const { difference, start } = plan;
  const branches = plan.branches.map(branchJson);
  return { version: 1, tag: session.tag, dryRun: true, start, branches, ...leftJson(plan), difference };
}

function resultJson(result: FinalizeResult, folder: string) {
  const { plan, session, baseline, branches, difference, aside } = result;
  return {
    ...{ version: 1, tag: session.tag, dryRun: false, start: plan.start, folder, aside },
    metric: session.metric.name,
    baseline: metricsOfRuns(baseline),
    branches: branches.map((b) => ({
      ...branchJson(b),
      failed: b.failed,
      metrics: metricsOfRuns(b.runs),
      word: b.payment?.word,
      gain: b.payment?.gain,
      moreRuns: b.payment?.more,
      verdict: verdictWords(b),
      text: fileOf(b),
    })),
    ...leftJson(plan),
    difference,
  };
}

function names(row: Row): string {
  return row.changes.map((c) => experimentName(c.experiment)).join(" + ");
}

function planText({ session }: Night, plan: FinalizePlan): string {
  const start = plan.start.slice(0, 7);
  const head = `would make ${plan.branches.length} ${plan.branches.length === 1 ? "branch" : "branches"} from ${start}`;
  const rows = plan.branches.map((b) => `  ${b.branch}  ${names(b)}  ${words(b.changes[0]?.hypothesis, 80)}`);
  const next = `each through the gates and measured again; session ${session.tag} and its branch stay as they are`;
  return [head, ...rows, ...leftText(plan), differenceText(plan.difference), next].join("\n");
}

function leftText({ empty, conflicts }: FinalizePlan): readonly string[] {
  return [
    ...empty.map((c) => `  ${experimentName(c.experiment)} leaves nothing behind (undone, or there already)`),
    ...conflicts.map(({ change, files }) => {
      const where = files.slice(0, 5).map((file) => words(file, 80));
      return `  ${experimentName(change.experiment)} does not apply there: conflict in ${where.join(", ")}`;
    }),
  ];
}

function differenceText(difference: readonly string[] | undefined): string {
  if (difference === undefined) return "! the champion as a whole does not merge onto the start: it cannot be compared";
  if (difference.length === 0) return "all branches together are exactly the champion";
  const shown = difference.slice(0, 10).map((path) => words(path, 120));
  const more = difference.length > 10 ? ` and ${difference.length - 10} more` : "";
  return `! all branches together differ from the champion in: ${shown.join(", ")}${more}`;
}

function resultText(result: FinalizeResult, folder: string): string {
  const { branches, plan, difference, aside, session } = result;
  const rows = branches.flatMap((b) => [
    `${b.failed === undefined ? b.branch : `! ${b.branch}`}  ${names(b)}`,
    `    ${verdictWords(b)}${b.payment === undefined ? "" : `; ${words(gainWords(session.metric.name, b.payment))}`}`,
  ]);
  const texts = branches.flatMap((b) => ["", `--- ${fileOf(b)}`, requestText(result, b)]);
  return [
    ...rows,
    ...leftText(plan),
    differenceText(difference),
    ...aside.map((ref) => `the branch that was there is kept as ${ref}`),
    `texts: ${folder}`,
    ...texts,
  ].join("\n");
}
