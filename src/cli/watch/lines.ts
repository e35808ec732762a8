/**
 * The texts of the view as lines that fit: one experiment in a list, and what the pane says of it. Pure. All words of
 * agents, logs and labs are cleaned here, before anything draws them.
 */
import { agentOf, describeOutcome, type Experiment, meanMetric, NO_COMMIT, shortCommit } from "../../experiment.ts";
import type { Session } from "../../ledger/session.ts";
import { experimentName, number } from "../../util/format.ts";
import { oneLine, plainText } from "../../util/text.ts";
import { verdictInWords } from "../../verdict-words.ts";

export type Tone = "plain" | "good" | "bad" | "dim" | "head";

export interface Line {
  readonly text: string;
  readonly tone: Tone;
}

const line = (text: string, tone: Tone = "plain"): Line => ({ text, tone });

/** An experiment in the list. */
export function listLine(e: Experiment, champion: number): Line {
  const kind = e.verdict?.kind ?? "open";
  const label = e.verdict?.label === undefined ? "" : ` ${e.verdict.label}`;
  const tone = kind === "keep" ? "good" : kind === "crash" ? "bad" : kind === "open" ? "head" : "plain";
  const words = e.number === 0 ? "baseline" : (e.proposal?.hypothesis ?? e.verdict?.reason ?? "");
  const metric = number(meanMetric(e)).padStart(9);
  const star = e.number === champion ? "*" : " ";
  return line(
    `${star}${experimentName(e.number)} ${(kind + label).padEnd(14)} ${metric}  ${oneLine(words, 200)}`,
    tone,
  );
}

/** The first tab: what was tried, what came of it. */
export function experimentLines(session: Session, e: Experiment, noise: number | undefined): readonly Line[] {
  const p = e.proposal;
  const title = e.number === 0 ? "the baseline" : (p?.hypothesis ?? "no proposal yet");
  const by = agentOf(e);
  const spread = noise === undefined ? "" : ` ± ${number(noise)} (noise of one run)`;
  const tone = e.verdict?.kind === "keep" ? "good" : e.verdict?.kind === "crash" ? "bad" : "plain";
  return [
    line(`${experimentName(e.number)}  ${oneLine(title, 400)}`, "head"),
    ...(p === undefined || p.description === "" ? [] : textLines(p.description, 2000)),
    line(`verdict   ${oneLine(verdictInWords(e, session), 1000)}`, tone),
    line(`metric    ${session.metric.name} ${number(meanMetric(e))}${spread}`),
    ...e.runs.map((r) => line(runText(r))),
    ...(p === undefined || p.files.length === 0 ? [] : [line(`change    ${changeText(e)}`)]),
    ...(by === undefined ? [] : [line(`by        ${oneLine(by, 200)}`)]),
    line(`opened    ${e.openedAt}${e.closedAt === undefined ? "" : `, closed ${e.closedAt}`}`, "dim"),
  ];
}

function changeText(e: Experiment): string {
  const p = e.proposal;
  if (p === undefined) return "";
  const commit = p.commit === NO_COMMIT ? "" : `${shortCommit(e) ?? ""} `;
  // An imported record names no files, and 0 and 0 lines stand there for "unknown".
  if (p.files.length === 0) return oneLine(commit, 20);
  return `${oneLine(commit, 20)}  +${p.linesAdded} −${p.linesRemoved} in ${oneLine(p.files.join(", "), 400)}`;
}

function runText(r: Experiment["runs"][number]): string {
  const value = r.measurement?.metric;
  const metric = value === undefined ? oneLine(r.measurement?.why ?? "not measured", 200) : number(value);
  const outcome = r.outcome === undefined ? "on its way" : oneLine(describeOutcome(r.outcome), 300);
  const seconds = r.resources === undefined ? "" : `, ${r.resources.wallSeconds.toFixed(1)} s`;
  return `run ${String(r.run).padEnd(3)}   ${metric}  [${r.role}, seed ${r.seed}: ${outcome}${seconds}]`;
}

/** Every number of every run, a line each. */
export function metricLines(session: Session, e: Experiment): readonly Line[] {
  const names = new Set(e.runs.flatMap((r) => Object.keys(r.measurement?.extra ?? {})));
  const row = (name: string, value: (r: Experiment["runs"][number]) => number | undefined) =>
    `${oneLine(name, 40).padEnd(24)} ${e.runs.map((r) => number(value(r)).padStart(11)).join(" ")}`;
  if (e.runs.length === 0) return [line("no run yet", "dim")];
  return [
    line(`${"".padEnd(24)} ${e.runs.map((r) => `run ${r.run}`.padStart(11)).join(" ")}`, "head"),
    line(row(session.metric.name, (r) => r.measurement?.metric)),
    line(row("seconds", (r) => r.resources?.wallSeconds)),
    line(row("peak memory, MB", (r) => r.resources?.peakMemoryMb)),
    ...gpuRows(e).map(([name, value]) => line(row(name, value))),
    ...[...names].sort().map((name) => line(row(name, (r) => r.measurement?.extra[name]))),
  ];
}

/** Rows of the GPU's figures; none of a session without one. */
function gpuRows(e: Experiment): readonly [string, (r: Experiment["runs"][number]) => number | undefined][] {
  if (e.runs.every((r) => r.resources?.gpu === undefined)) return [];
  return [
    ["GPU, %", (r) => r.resources?.gpu?.use],
    ["GPU memory, MiB", (r) => r.resources?.gpu?.peakMemoryMib],
    ["GPU power, W", (r) => r.resources?.gpu?.meanWatts],
  ];
}

/** Why the verdict is what it is: rule, reason, its numbers, the gates. */
export function whyLines(session: Session, e: Experiment): readonly Line[] {
  const v = e.verdict;
  const numbers = Object.entries(v?.numbers ?? {}).map(([name, x]) =>
    line(`  ${oneLine(name, 40).padEnd(8)} ${number(x)}`),
  );
  const gates = (e.receipts ?? []).flatMap((r) => [
    line(
      `gate ${r.passed ? "passed" : "FAILED"}: ${oneLine(r.command, 300)} (${r.seconds.toFixed(1)} s)`,
      r.passed ? "good" : "bad",
    ),
    ...(r.passed ? [] : textLines(r.tail, 4000)),
  ]);
  const turns = e.turns
    .filter((t) => t.why !== undefined)
    .map((t) => line(`turn ${t.turn} (${t.kind}): ${oneLine(t.why ?? "", 400)}`, "dim"));
  const flags = (e.proposal?.flags ?? []).map((flag) => line(`noticed: ${oneLine(flag, 200)}`, "bad"));
  return [
    line(v === undefined ? "no verdict yet" : oneLine(verdictInWords(e, session), 1000), "head"),
    ...numbers,
    ...(e.receipts === undefined ? [line("gates did not run", "dim")] : gates),
    ...flags,
    ...turns,
  ];
}

/** A diff as git prints it. */
export function diffLines(diff: string): readonly Line[] {
  return textLines(diff, 400_000).map(({ text }) => {
    const isHead = /^(diff |index |--- |\+\+\+ |@@)/.test(text);
    return line(text, isHead ? "head" : text.startsWith("+") ? "good" : text.startsWith("-") ? "bad" : "plain");
  });
}

/** Untrusted text as lines; tabs become blanks, because their width depends on where they stand. */
export function textLines(text: string, limit: number): readonly Line[] {
  return plainText(text, limit)
    .split("\n")
    .map((part) => line(part.replaceAll("\t", "    ").replace(/[\u2028\u2029]/g, " ")));
}

/** Folds lines that are wider than the pane, at blanks where there are some; a wide letter counts as two. */
export function fitLines(lines: readonly Line[], width: number): readonly Line[] {
  return lines.flatMap(({ text, tone }) => folded(text, Math.max(8, width)).map((part) => line(part, tone)));
}

function folded(text: string, width: number): readonly string[] {
  const parts: string[] = [];
  let rest = text;
  while (cellsOf(rest) > width) {
    let [at, cells] = [0, 0];
    for (const letter of rest) {
      cells += cellsOf(letter);
      if (cells > width) break;
      at += letter.length;
    }
    const blank = rest.lastIndexOf(" ", at);
    const cut = blank > at / 2 ? blank : at;
    parts.push(rest.slice(0, cut));
    rest = `  ${rest.slice(cut).trimStart()}`;
  }
  return [...parts, rest];
}

/** Columns that a text takes, nearly: letters of East Asian scripts and pictures take two. */
function cellsOf(text: string): number {
  let cells = 0;
  for (const letter of text) cells += (letter.codePointAt(0) ?? 0) >= 0x1100 ? 2 : 1;
  return cells;
}
