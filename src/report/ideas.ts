/**
 * What to try next, from what the ledger shows and nothing else, and a careful edit of program.md as a diff. Pure. Each
 * idea carries its reason. No sentence of an agent enters the edit: it would come back to the next agent as an order.
 */
import type { Experiment } from "../experiment.ts";
import type { Family } from "../families.ts";
import type { Session } from "../ledger/session.ts";
import type { Program } from "../program.ts";
import type { Summary } from "../summary.ts";
import { experimentName, number, plural } from "../util/format.ts";
import { words } from "./listed.ts";
import { diffAtEnd } from "./program-diff.ts";
import type { Machine, Next, Pace } from "./shape.ts";

const MOST_IDEAS = 8;
/** So many tries without a keep are a dead end. */
const DEAD = 4;
/** So large a part of the tries kept, of three at least, is a family that pays. */
const PAYS = 0.25;
const MOST_LINES = 6;

export interface IdeasInput {
  readonly session: Session;
  readonly summary: Summary;
  readonly experiments: readonly Experiment[];
  readonly families: readonly Family[];
  readonly pace: Pace;
  readonly machine: Machine;
  readonly program: Program | undefined;
}

type Idea = Next["ideas"][number];

export function nextOf(input: IdeasInput): Next {
  const ideas = [
    ...confirmIdea(input),
    ...missIdeas(input),
    ...payIdeas(input),
    ...flatIdea(input),
    ...crashIdeas(input),
    ...noiseIdea(input),
    ...idleIdea(input),
    ...deadIdea(input),
  ];
  return { ideas: ideas.slice(0, MOST_IDEAS), programDiff: programDiff(input) };
}

function confirmIdea({ session, summary: s }: IdeasInput): readonly Idea[] {
  if (s.kept === 0 || s.fresh?.proven === true) return [];
  if (session.imported !== undefined) {
    const text = "Judge the record again by our rules: nightyard replay, with the noise of its metric";
    return [{ text, why: "a record says what was kept, not how sure that is" }];
  }
  const why =
    s.fresh === undefined ? "no fresh runs were made of the champion" : "the fresh runs could not prove a gain";
  return [{ text: "Confirm before building on it: nightyard confirm", why }];
}

/** Proposals that looked better and were not proven so: another run, or another thing beside them, may tell. */
function missIdeas({ experiments }: IdeasInput): readonly Idea[] {
  const close = experiments
    .filter((e) => e.number > 0 && e.verdict?.kind === "discard" && (e.verdict.numbers.z ?? -1) > 0)
    .sort((a, b) => (b.verdict?.numbers.z ?? 0) - (a.verdict?.numbers.z ?? 0))
    .slice(0, 2);
  return close.map((e) => ({
    text: `Try ${experimentName(e.number)} once more, or combine it: ${words(e.proposal?.hypothesis, 120)}`,
    why: `it looked better than the champion and was not proven (z ${(e.verdict?.numbers.z ?? 0).toFixed(2)})`,
  }));
}

function paying(families: readonly Family[]): readonly Family[] {
  const share = (f: Family) => f.kept / (f.kept + f.experiments.length);
  const named = families.filter((f) => f.kind !== "other" && f.kept + f.experiments.length >= 3);
  return named.filter((f) => share(f) >= PAYS).sort((a, b) => share(b) - share(a));
}

function dead(families: readonly Family[]): readonly Family[] {
  return families.filter((f) => f.kind !== "other" && f.kept === 0 && f.experiments.length >= DEAD);
}

function payIdeas({ families }: IdeasInput): readonly Idea[] {
  return paying(families)
    .slice(0, 2)
    .map((f) => ({
      text: `Stay with ${kindWords(f)} a little longer`,
      why: `${f.kept} of ${f.kept + f.experiments.length} tries were kept`,
    }));
}

function flatIdea({ pace }: IdeasInput): readonly Idea[] {
  if (!pace.flat) return [];
  const text = "Ask for a change of structure instead of turning constants; try another agent or a mix of agents";
  return [{ text, why: `the last ${plural(pace.sinceLastKeep, "experiment")} brought nothing` }];
}

function crashIdeas({ families, pace, experiments }: IdeasInput): readonly Idea[] {
  const memory = experiments.filter((e) => e.runs.some((r) => r.outcome?.kind === "outOfMemory")).length;
  const ideas: Idea[] = [];
  if (memory >= 2) {
    ideas.push({ text: "Say in program.md how much memory there is", why: `${memory} experiments ran out of it` });
  }
  const worst = families.find((f) => f.kind !== "other" && f.crashed >= 3 && f.crashed >= f.experiments.length / 2);
  if (worst !== undefined) {
    const why = `${worst.crashed} of its ${worst.experiments.length} tries crashed`;
    ideas.push({ text: `Say in program.md how ${kindWords(worst)} may be changed without a crash`, why });
  } else if ((pace.crashRate ?? 0) > 0.25) {
    const why = `${Math.round(100 * (pace.crashRate ?? 0))} % of the experiments crashed`;
    ideas.push({ text: "Add a gate that fails quickly on what crashes, such as a type check or a one-step run", why });
  }
  return ideas;
}

function noiseIdea({ summary: s, session }: IdeasInput): readonly Idea[] {
  if (session.rules.deterministic || s.noise === undefined || s.baseline === undefined || s.best === undefined)
    return [];
  const gain = Math.abs(s.best - s.baseline);
  if (gain === 0 || s.noise < gain / 2) return [];
  const short = (x: number) => number(Number(x.toPrecision(2)));
  const why = `one sigma is ${short(s.noise)}, all that was gained ${short(gain)}`;
  return [{ text: "Make the metric quieter: a longer budget, or a larger validation set", why }];
}

function idleIdea({ machine }: IdeasInput): readonly Idea[] {
  const first = machine.idle.find(({ cause }) => cause === "agent thinking");
  if (first === undefined || machine.workSeconds < 600) return [];
  const share = first.seconds / machine.workSeconds;
  if (share < 0.15) return [];
  const why = `it waited ${Math.round(100 * share)} % of the time for the agent`;
  return [{ text: "Keep the machine busy: a quicker agent, or a longer budget of one run", why }];
}

function deadIdea({ families }: IdeasInput): readonly Idea[] {
  const names = dead(families).slice(0, 3);
  if (names.length === 0) return [];
  const tries = names.reduce((sum, f) => sum + f.experiments.length, 0);
  return [{ text: `Leave alone: ${names.map(kindWords).join(", ")}`, why: `${tries} tries, none kept` }];
}

function kindWords(f: Family): string {
  const name = words(f.name, 60).replaceAll("`", "'");
  const kind = { constant: "the constant ", file: "the file ", flag: "changes flagged ", word: "", other: "" }[f.kind];
  return `${kind}"${name}"`;
}

/** The edit: what the session learned, put at the end of program.md. */
function programDiff(input: IdeasInput): string | undefined {
  const { session, families, pace, program } = input;
  if (program?.origin !== "front-matter") return undefined;
  const said = (f: Family) => program.body.toLowerCase().includes(f.name.toLowerCase());
  const ends = dead(families).slice(0, MOST_LINES);
  const pays = paying(families).slice(0, MOST_LINES);
  const lines = [
    ...ends.map(
      (f) => `- Tried ${f.experiments.length} times without a keep: ${kindWords(f)}${nearestWords(f, session)}.`,
    ),
    ...pays.filter((f) => !said(f)).map((f) => `- Paid so far: ${kindWords(f)} (${f.kept} kept).`),
    ...(pace.flat
      ? [`- The last ${pace.sinceLastKeep} experiments brought nothing: prefer a change of structure.`]
      : []),
  ];
  if (lines.length === 0) return undefined;
  const title = `## What session ${words(session.tag, 64)} learned`;
  return diffAtEnd("program.md", session.program.text, ["", title, "", ...lines]);
}

function nearestWords(f: Family, session: Session): string {
  if (f.nearest === undefined) return "";
  return `, nearest ${words(session.metric.name, 60)} ${number(f.nearest.metric)}`;
}
