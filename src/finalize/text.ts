/**
 * The text of a pull request for one branch, as Markdown: what, why, what was measured, with which runs, how to repeat
 * it, and the verdict in words. Pure. What an agent wrote is escaped; nothing of it gets onto a command line.
 */
import type { Finalized, FinalizeResult } from "../finalize.ts";
import { mean } from "../judge.ts";
import type { Kept } from "../remeasure/kept.ts";
import { gainWords, payWords } from "../remeasure/payment.ts";
import { metricsOfRuns, type Remeasured } from "../remeasure.ts";
import { shellWord, words } from "../report/listed.ts";
import { block, code, plain, table } from "../report/markdown/escape.ts";
import { experimentName, number, plural } from "../util/format.ts";
import { plainText } from "../util/text.ts";

/** Of the files of a branch, and of its numbers, so many are listed. */
const MOST = 50;

/** The whole text. */
export function requestText(result: FinalizeResult, branch: Finalized): string {
  const [first] = branch.changes;
  return [
    `# ${plain(words(first?.hypothesis, 72)) || "A change"}`,
    ...what(branch),
    ...measured(result, branch),
    ...gates(branch),
    ...reproduce(result, branch),
    `Made by \`nightyard finalize\` from session ${code(result.session.tag)}.`,
  ].join("\n\n");
}

function what({ changes }: Finalized): readonly string[] {
  const together = "These changes overlap or build on each other, so they are one branch.";
  return ["## What and why", ...(changes.length > 1 ? [together] : []), ...changes.flatMap(oneChange)];
}

function oneChange(change: Kept): readonly string[] {
  const description = plainText(change.description, 2000);
  const shown = change.files.slice(0, MOST).map((file) => code(words(file, 200)));
  const more = change.files.length > MOST ? ` and ${change.files.length - MOST} more` : "";
  return [
    `- **${experimentName(change.experiment)}** ${plain(words(change.hypothesis))} (${shown.join(", ")}${more})`,
    ...(description === "" ? [] : [block(description, "text")]),
  ];
}

function measured(result: FinalizeResult, branch: Finalized): readonly string[] {
  const { session, baseline, plan } = result;
  if (branch.payment === undefined) return ["## Measured", "Nothing was run: a gate failed."];
  const { name } = session.metric;
  const row = (label: string, runs: readonly Remeasured[]) => {
    const metrics = metricsOfRuns(runs);
    const all = metrics.slice(0, MOST).map(number).join(", ");
    return [label, String(metrics.length), number(metrics.length === 0 ? undefined : mean(metrics)), all];
  };
  const rows = [row(code(plan.start.slice(0, 12)), baseline), row(code(branch.branch), branch.runs)];
  return [
    "## Measured",
    `**${verdictWords(branch)}.** ${plain(gainWords(name, branch.payment))}${intervalWords(branch)}`,
    table(["commit", "runs", `mean ${codeName(name)}`, "each"], rows),
    `Both in turn, each run afresh with a seed of its own; ${sourceOf(branch.runs)}.`,
  ];
}

function codeName(name: string): string {
  return code(name);
}

function intervalWords({ payment }: Finalized): string {
  return payment?.gain === undefined || payment.gain.se === 0 ? "" : ", the interval is the 95 % one";
}

function sourceOf(runs: readonly Remeasured[]): string {
  const provenance = runs.find((r) => r.measurement?.metric !== undefined)?.measurement?.provenance;
  if (provenance === undefined) return "no run gave a number";
  return provenance === "evaluated"
    ? "the number is the sealed evaluator's"
    : "the number is the run's own word (there is no evaluator)";
}

/** The verdict on a branch: what is said first of it everywhere. */
export function verdictWords(branch: Finalized): string {
  if (branch.failed !== undefined) return `not made: ${words(branch.failed, 300)}`;
  if (branch.payment === undefined) return "not measured";
  const alone = branch.changes.length === 1 ? "alone" : "together";
  const simpler = branch.changes.every((c) => c.simpler) && branch.payment.word === "pays";
  return simpler ? "simpler, and not shown to be worse" : payWords(branch.payment).replace(/pays/, `pays ${alone}`);
}

function gates({ receipts }: Finalized): readonly string[] {
  if (receipts.length === 0) return ["## Gates", "The lab has none."];
  const one = (r: Finalized["receipts"][number]) =>
    `- ${code(r.command)}: ${r.passed ? "passed" : "failed"} in ${r.seconds.toFixed(1)} s`;
  const broken = receipts.find((r) => !r.passed);
  return ["## Gates", receipts.map(one).join("\n"), ...(broken === undefined ? [] : [block(broken.tail, "text")])];
}

function reproduce(result: FinalizeResult, branch: Finalized): readonly string[] {
  const folder = branch.branch.split("/").at(-1) ?? "branch";
  const { prefix } = result.session;
  const seed = branch.runs.find((r) => r.measurement?.metric !== undefined)?.seed ?? result.session.seed;
  const lines = [
    `git worktree add --detach ${shellWord(folder)} ${branch.commit.slice(0, 12)}`,
    `cd ${shellWord(prefix === "" ? folder : `${folder}/${prefix.replace(/\/+$/, "")}`)}`,
    `NIGHTYARD_BUDGET_SECONDS=${result.budgetSeconds} NIGHTYARD_SEED=${seed} ${words(result.run, 400)}`,
  ];
  const again = `nightyard finalize --session ${shellWord(result.session.tag)}`;
  const seeds = branch.runs.slice(0, MOST).map((r) => String(r.seed));
  return [
    "## How to reproduce",
    block([...lines, `${again}   # all branches, measured by the harness`].join("\n"), "sh"),
    ...(seeds.length === 0 ? [] : [`Seeds of ${plural(seeds.length, "run")}: ${seeds.join(", ")}.`]),
  ];
}
