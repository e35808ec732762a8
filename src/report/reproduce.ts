/** How to reproduce it: what was measured, with what, by which commands; and the commands for the next step. Pure. */
import type { Experiment } from "../experiment.ts";
import type { Session } from "../ledger/session.ts";
import type { Program } from "../program.ts";
import type { Summary } from "../summary.ts";
import { experimentName, plural } from "../util/format.ts";
import type { Happenings } from "./happenings.ts";
import { shellWord, words } from "./listed.ts";
import type { Pasted, Reproduce } from "./shape.ts";

export interface ReproduceInput {
  readonly session: Session;
  readonly summary: Summary;
  readonly experiments: readonly Experiment[];
  readonly happenings: Happenings;
  readonly program: Program | undefined;
  /** The lab as the person names it on a command line. */
  readonly lab: string;
  readonly folder: string;
}

export function reproduceOf(input: ReproduceInput): Reproduce {
  if (input.session.imported !== undefined) return recordOnly(input);
  const { session, happenings, program } = input;
  const versions = [...new Set(happenings.versions)].filter((v) => v !== "").join(", ");
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["base commit", session.base],
    ["champion", `${session.champion.commit} (${experimentName(session.champion.experiment)})`],
    ["branch", session.branch],
    ["program", programWords(session, happenings)],
    ["prepare", program?.prepare],
    ["run", program?.run],
    ["evaluate", program?.evaluate],
    ["budget of a run", program === undefined ? undefined : `${program.budgetSeconds} s`],
    ["seed of the session", String(session.seed)],
    ["seeds of the champion's runs", seedsOf(input)],
    ["judge", judgeWords(session)],
    ["agent", session.agent],
    ["runner", session.runner],
    ["nightyard", versions === "" ? undefined : versions],
  ];
  const known = facts.filter((fact): fact is [string, string] => fact[1] !== undefined && fact[1] !== "");
  return {
    facts: known.map(([name, value]) => ({ name, value: words(value, 300) })),
    commands: reproduceCommands(input),
  };
}

/** Of an imported session there is the file, and nothing that could be run. */
function recordOnly({ session, lab }: ReproduceInput): Reproduce {
  const { imported, champion } = session;
  const facts = [
    ["imported from", imported?.file],
    ["sha256 of the file", imported?.sha256],
    ["best", experimentName(champion.experiment)],
  ];
  const known = facts.map(([name = "", value]) => ({ name, value: words(value, 300) }));
  return { facts: known, commands: [replayOf(session, lab)] };
}

function replayOf({ tag }: Session, lab: string): Pasted {
  const at = lab === "." ? "" : ` ${shellWord(lab)}`;
  const command = `nightyard replay${at} --session ${shellWord(tag)} --noise 0.001`;
  return { command, why: "judge the record again by our rules; put in the noise of its metric (one sigma)" };
}

function programWords(session: Session, { programs }: Happenings): string {
  const hash = session.program.hash.slice(0, 12);
  return programs.length < 2 ? hash : `${hash}, the last of ${programs.length} versions`;
}

function judgeWords({ rules }: Session): string {
  const kind = rules.deterministic ? "deterministic" : `${rules.scale} scale, up to ${rules.maxRuns} runs`;
  return `${kind}, keep from z ${rules.zKeep}, sure from ${rules.zSure}`;
}

function seedsOf({ session, experiments }: ReproduceInput): string | undefined {
  const champion = experiments.find((e) => e.number === session.champion.experiment);
  const seeds = [...new Set((champion?.runs ?? []).map((r) => r.seed))];
  if (seeds.length === 0) return undefined;
  return seeds.length > 8 ? `${seeds.slice(0, 8).join(", ")} and ${seeds.length - 8} more` : seeds.join(", ");
}

/** Names of commits and files, and what program.md says: nothing that an agent wrote is put on a command line. */
function reproduceCommands({ session, summary, program, lab, folder: home }: ReproduceInput): readonly Pasted[] {
  const at = lab === "." ? "" : ` ${shellWord(lab)}`;
  const commit = session.champion.commit.slice(0, 12);
  const folder = shellWord(`${session.tag}-champion`);
  const inside = session.prefix === "" ? folder : `${folder}/${shellWord(session.prefix.replace(/\/+$/, ""))}`;
  const where = home === "." ? folder : `"$PWD"/${folder}`;
  const command = `nightyard confirm${at} --session ${shellWord(session.tag)}`;
  const confirm = { command, why: "measure baseline and champion afresh, under the harness" };
  const checkout = `${gitIn(home)} worktree add --detach ${where} ${commit} && cd ${inside}`;
  return [
    ...(summary.kept > 0 ? [confirm] : []),
    { command: checkout, why: `${summary.kept > 0 ? "the champion" : "the baseline"} in a folder of its own` },
    ...byHand(session, program),
  ];
}

/** One run without the harness: its environment, then the commands of program.md that fit on a line. */
function byHand(session: Session, program: Program | undefined): readonly Pasted[] {
  if (program === undefined) return [];
  const data = `mkdir -p data held-out && export NIGHTYARD_DATA="$PWD/data" NIGHTYARD_HELD_OUT="$PWD/held-out"`;
  const numbers = `NIGHTYARD_BUDGET_SECONDS=${program.budgetSeconds} NIGHTYARD_SEED=${session.seed}`;
  const steps: readonly (readonly [string | undefined, string])[] = [
    [`${data} NIGHTYARD_RUN_DIR="$PWD" ${numbers}`, "what the harness would give it"],
    [program.prepare, "prepare"],
    [program.run, "one run"],
    [program.evaluate, "evaluate"],
  ];
  const isLine = (text: string | undefined): text is string => text !== undefined && /^[^\n\r]{1,400}$/.test(text);
  return steps.flatMap(([text, why]) => (isLine(text) ? [{ command: words(text, 400), why }] : []));
}

/** What a person does next, ready to paste. */
export function commandsOf({ session, summary: s, lab, folder }: ReproduceInput): readonly Pasted[] {
  const tag = shellWord(session.tag);
  const at = lab === "." ? "" : ` ${shellWord(lab)}`;
  const one = `${lab === "." ? "" : ` --lab ${shellWord(lab)}`} --session ${tag}`;
  const git = gitIn(folder);
  const best = experimentName(s.bestExperiment);
  const kept: readonly Pasted[] = [
    { command: `nightyard show ${best}${one}`, why: "the best one, with its change and the end of its log" },
    {
      command: `${git} log --oneline ${session.base.slice(0, 12)}..${shellWord(session.branch)}`,
      why: "the kept commits",
    },
    {
      command: `${git} diff ${session.base.slice(0, 12)} ${session.champion.commit.slice(0, 12)}`,
      why: "all that was kept",
    },
  ];
  const confirm = { command: `nightyard confirm${at} --session ${tag}`, why: "fresh runs: is the gain real?" };
  const finalize = {
    command: `nightyard finalize${at} --session ${tag}`,
    why: "clean branches for review, each measured again; --dry-run first",
  };
  const crashes = {
    command: `nightyard log${at} --session ${tag} --verdict crash`,
    why: plural(s.crashed, "crashed one"),
  };
  const all = { command: `nightyard log${at} --session ${tag}`, why: "all experiments, one line each" };
  if (session.imported !== undefined) return [all, ...(s.crashed > 0 ? [crashes] : []), replayOf(session, lab)];
  return [
    ...(s.kept > 0 ? kept : []),
    ...(s.kept > 0 && s.fresh?.proven !== true ? [confirm] : []),
    ...(s.kept > 0 ? [finalize] : []),
    ...(s.crashed > 0 ? [crashes] : []),
    all,
    { command: `nightyard ui${at}`, why: "the page: plot, diffs, logs, notes and tags" },
    {
      command: `nightyard run${at} --tag ${tag} --experiments ${Math.max(0, session.lastExperiment) + 20}`,
      why: "twenty more",
    },
  ];
}

function gitIn(folder: string): string {
  return folder === "." ? "git" : `git -C ${shellWord(folder)}`;
}
