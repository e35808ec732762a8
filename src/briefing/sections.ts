/**
 * The sections of a briefing, each within its share of the whole. What came from an agent, a run or a log stands only
 * inside a quotation; outside of it are our own words, the person's, and numbers.
 */

import type { Findings } from "../agent/findings.ts";
import type { Briefing } from "../agent.ts";
import { oneLine } from "../util/text.ts";
import { attemptLine, caseLines, familyLine, gainLine, missLine, shown, triedLine } from "./lines.ts";
import { ending, quoted, within } from "./quote.ts";

/** `files`: the agent edits files by its own means. `tools`: it has ours. */
export type Means = "files" | "tools";

/** Characters of each section; the program gets what the others leave, and never less than its share. */
export const SHARES = {
  notes: 2000,
  plateau: 1600,
  gains: 1800,
  recent: 2400,
  misses: 2000,
  families: 1800,
  tried: 1800,
  cases: 1800,
  crash: 5000,
} as const;

export function taskSection(b: Briefing, means: Means): string {
  const end =
    means === "tools"
      ? "Call finish when the change is made."
      : "End with two lines: `HYPOTHESIS: <one line>` and `DESCRIPTION: <a few lines>`.";
  const scope = oneLine(b.scope.join(", "), 600);
  return [
    `# Experiment ${b.experiment}: make one change that will ${b.goal} ${b.metric}`,
    `You may change: ${scope}. Everything else is frozen. Do not run the experiment and do not commit: the harness ` +
      "checks, runs, measures and judges your change. Your files are those of the champion, the best so far.",
    end,
  ].join("\n\n");
}

export function metricSection(b: Briefing, f: Findings): string {
  const by = f.provenance === "self-reported" ? "printed by the run itself" : "measured by the sealed evaluator";
  const provenance = f.provenance === undefined ? "" : `, ${by}`;
  const which = f.champion === 0 ? "the unchanged lab" : `experiment ${f.champion}`;
  const from = f.champion === 0 || f.baseline === undefined ? "" : ` The baseline had ${shown(f.baseline)}.`;
  const noise =
    b.noise === undefined
      ? ""
      : b.noise === 0
        ? " The metric has no noise."
        : ` One sigma of its noise is ${shown(b.noise)}: a smaller difference says nothing.`;
  const { kept, discarded, crashed } = f.counts;
  return section(
    "Where it stands",
    `The metric is ${b.metric}, to ${b.goal}${provenance}. The champion is ${which} with ${shown(b.championMetric)} ` +
      `(${f.championRuns} ${f.championRuns === 1 ? "run" : "runs"}).${from}${noise} ` +
      `So far ${kept} kept, ${discarded} discarded, ${crashed} crashed.` +
      `${f.forgotten > 0 ? ` The first ${f.forgotten} experiments are not told of.` : ""}\n${budgetLine(f)}`,
  );
}

function budgetLine({ budget }: Findings): string {
  const { experiments, seconds, tokens, dollars } = budget;
  const parts = [
    experiments === undefined ? "" : `${experiments} experiments`,
    seconds === undefined ? "" : `${Math.round(seconds / 60)} minutes`,
    tokens === undefined ? "" : `${tokens} tokens`,
    dollars === undefined ? "" : `$${dollars.toFixed(2)}`,
  ].filter((part) => part !== "");
  return parts.length === 0
    ? "The session has no limit."
    : `Left of the session after this experiment: ${parts.join(", ")}.`;
}

/** The person's own words: no quotation, but one line each. */
export function notesSection({ notes }: Findings): string {
  const lines = notes.toReversed().map((note) => `- ${oneLine(note.text, 1000)}`);
  return lines.length === 0 ? "" : section("Notes of the person, the latest first", within(lines, SHARES.notes));
}

/** Proposed and not judged yet: made ahead, or run in another slot. */
export function pendingSection({ pending = [] }: Briefing): string {
  const lines = pending.slice(-20).map((p) => `e${p.experiment}: ${oneLine(p.hypothesis, 160)}`);
  return list("Under way, not judged yet: do not propose these again", lines, 2000);
}

export function gainsSection(f: Findings): string {
  const lines = f.gains.toReversed().map(gainLine);
  return list("What was kept on the way to the champion, the latest first", lines, SHARES.gains);
}

export function recentSection(f: Findings): string {
  return list("The last experiments, the latest first", f.recent.toReversed().map(attemptLine), SHARES.recent);
}

export function missesSection(f: Findings, means: Means): string {
  const lines = f.nearMisses.map((a) => missLine(a, means));
  return list("Nearest misses: discarded, the best first", lines, SHARES.misses);
}

export function familiesSection(f: Findings): string {
  return list("What did not work, by family", f.families.map(familyLine), SHARES.families);
}

export function triedSection(f: Findings): string {
  const warning = f.returned.map(({ experiment, flag }) => `warning: e${experiment} ${flag}`);
  const lines = [...warning, ...f.tried.map(triedLine)];
  return list("Lines that were changed without success", lines, SHARES.tried);
}

export function casesSection(f: Findings): string {
  if (f.cases === undefined) return "";
  return list("Other numbers: the champion beside the last attempts", caseLines(f.cases), SHARES.cases);
}

export function plateauSection({ plateau }: Findings, means: Means): string {
  if (plateau === undefined) return "";
  const ask =
    `Nothing was kept for ${plateau.since} experiments: small changes of this kind are used up. Make a structural ` +
    "change this time: another method, another order of work, something taken away, not another value of a constant.";
  const pairs = plateau.pairs.map(([a, b]) => {
    const refs = means === "files" ? ` | git show ${a.ref} ; git show ${b.ref}` : "";
    return `e${a.experiment} with e${b.experiment} | ${a.hypothesis} | ${b.hypothesis}${refs}`;
  });
  const offer =
    pairs.length === 0
      ? ""
      : "\n\nOr put two near misses together that change different places, each too small to be told from noise " +
        `alone:\n\n${quoted(within(pairs, SHARES.plateau - 700))}`;
  return section("A plateau", `${ask}${offer}`);
}

export function crashSection(b: Briefing): string {
  if (b.crashLog === undefined) return "";
  const crash = b.findings?.crash;
  const what =
    crash === undefined
      ? ""
      : `\n\nWhat you changed, and how it ended:\n\n${quoted(
          within([crash.hypothesis, `ended: ${crash.why}`, `changed: ${crash.places.join(", ")}`], 1200),
        )}`;
  return section(
    "Your last change crashed: mend it",
    "Your files are those of the champion with your change in them (`git show HEAD` prints it). Mend the fault and " +
      `nothing else; the whole change is judged, not the repair.${what}\n\nThe end of its output:\n\n` +
      quoted(ending(b.crashLog, SHARES.crash - 1800)),
  );
}

/** A proposal made ahead, while another one was kept. */
export function conflictSection(f: Findings | undefined, means: Means): string {
  const conflict = f?.conflict;
  if (conflict === undefined) return "";
  const look = means === "files" ? ` | git show ${conflict.ref}` : "";
  const what = quoted(within([conflict.hypothesis, `in conflict: ${conflict.files.join(", ")}${look}`], 1000));
  return section(
    "Your last change does not fit any more: make it again",
    "Another change was kept while yours waited, and the two touch the same lines. Your files are those of the new " +
      `champion, without your change. Make it again there, or leave it and make a better one.\n\n${what}`,
  );
}

function list(title: string, lines: readonly string[], limit: number): string {
  return lines.length === 0 ? "" : section(title, quoted(within(lines, limit - title.length - 60)));
}

function section(title: string, body: string): string {
  return `## ${title}\n\n${body}`;
}
