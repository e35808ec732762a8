/** What did not work: families with their counts and nearest miss, and the rules that decided. Pure. */
import type { Experiment, Goal } from "../experiment.ts";
import { type Family, familiesOf } from "../families.ts";
import { listed, words } from "./listed.ts";
import type { Failed, FailedFamily } from "./shape.ts";

const MOST_FAMILIES = 12;
const MOST_RULES = 12;
/** Grouping compares each with each word of the others: of a larger session only the latest are grouped. */
export const MOST_GROUPED = 5_000;

/** The families themselves go on to the ideas. */
export interface FailedAndFamilies {
  readonly failed: Failed;
  readonly families: readonly Family[];
}

export function failedOf(experiments: readonly Experiment[], goal: Goal): FailedAndFamilies {
  const judged = experiments.filter((e) => e.number > 0 && e.verdict !== undefined);
  const grouped = judged.slice(-MOST_GROUPED);
  const families = familiesOf(grouped, goal);
  const hypotheses = new Map(grouped.map((e) => [e.number, e.proposal?.hypothesis] as const));
  const rows = families.map((family) => rowOf(family, hypotheses));
  const failed = {
    families: listed(rows, MOST_FAMILIES),
    rules: rulesOf(judged),
    notGrouped: judged.length - grouped.length,
  };
  return { failed, families };
}

function rowOf(family: Family, hypotheses: ReadonlyMap<number, string | undefined>): FailedFamily {
  const { nearest } = family;
  return {
    name: words(family.name, 80),
    kind: family.kind,
    tries: family.experiments.length,
    crashed: family.crashed,
    kept: family.kept,
    nearest: nearest === undefined ? undefined : { ...nearest, hypothesis: words(hypotheses.get(nearest.experiment)) },
  };
}

function rulesOf(judged: readonly Experiment[]): Failed["rules"] {
  const counts = new Map<string, number>();
  for (const e of judged) {
    if (e.verdict === undefined || e.verdict.kind === "keep") continue;
    const rule = ruleWords(e.verdict.rule, e.verdict.reason);
    if (counts.has(rule) || counts.size < 100) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  }
  const rows = [...counts].map(([rule, count]) => ({ rule, count }));
  return rows.sort((a, b) => b.count - a.count || (a.rule < b.rule ? -1 : 1)).slice(0, MOST_RULES);
}

const JUDGED: Readonly<Record<string, string>> = {
  screen: "no better on its first run",
  "did not hold up": "looked better once, did not hold up",
  "undecided at maxRuns": "still undecided after all its runs",
};

function ruleWords(rule: string, reason: string): string {
  if (rule === "imported") return "dropped by the record's own word";
  return rule === "judge" ? (JUDGED[reason] ?? words(reason, 80)) : words(rule, 80);
}
