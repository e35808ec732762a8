/**
 * The kept experiments by what they gained, each with its interval, its re-test and where its diff is; those kept for
 * being simpler stand apart. Pure.
 */
import { agentOf, type Experiment, meanMetric } from "../experiment.ts";
import { tCritical } from "../judge/statistics.ts";
import type { Session } from "../ledger/session.ts";
import { experimentName, plural } from "../util/format.ts";
import { reasonInWords } from "../verdict-words.ts";
import { listed, shellWord, words } from "./listed.ts";
import type { Hit, Listed } from "./shape.ts";

const MOST = 12;
const MOST_SIMPLER = 6;

export interface Hits {
  readonly hits: Listed<Hit>;
  readonly simplifications: Listed<Hit>;
}

/** The command that shows an experiment's change; of an imported one there is only what the record says. */
export function diffCommand(session: Session, lab: string, experiment: number): string {
  const at = lab === "." ? "" : ` --lab ${shellWord(lab)}`;
  const command = session.imported === undefined ? "diff" : "show";
  return `nightyard ${command} ${experimentName(experiment)}${at} --session ${shellWord(session.tag)}`;
}

export function hitsOf(session: Session, experiments: readonly Experiment[], lab: string): Hits {
  const baseline = experiments.find((e) => e.number === 0);
  const byCommit = new Map(experiments.map((e) => [e.proposal?.commit ?? session.base, e] as const));
  if (baseline !== undefined) byCommit.set(session.base, baseline);
  const kept = experiments.filter((e) => e.number > 0 && e.verdict?.kind === "keep");
  // An imported session has no parents that can be found: there the keep before it is what it was compared with.
  const rows = kept.map((e, i): Row => {
    const parent = session.imported === undefined ? byCommit.get(e.parent) : undefined;
    const before = parent ?? kept[i - 1] ?? baseline;
    return { e, change: changeOf(session, e, before === undefined ? undefined : meanMetric(before)) };
  });
  const better = session.metric.goal === "minimize" ? -1 : 1;
  const size = ({ change }: Row) => better * (change.percent ?? change.delta ?? better * Number.NEGATIVE_INFINITY);
  rows.sort((a, b) => (size(a) === size(b) ? a.e.number - b.e.number : size(b) > size(a) ? 1 : -1));
  const simpler = ({ e }: Row) => e.proposal?.intent === "simplify";
  const shown = (some: readonly Row[], most: number) => {
    const { rows: first, leftOut } = listed(some, most);
    return { rows: first.map((row) => hitOf(session, row, lab)), leftOut };
  };
  return {
    hits: shown(
      rows.filter((row) => !simpler(row)),
      MOST,
    ),
    simplifications: shown(rows.filter(simpler), MOST_SIMPLER),
  };
}

interface Row {
  readonly e: Experiment;
  readonly change: Change;
}

function hitOf(session: Session, { e, change }: Row, lab: string): Hit {
  const own = e.runs.filter((r) => r.role === "challenger" && r.measurement?.metric !== undefined).length;
  const p = e.proposal;
  return {
    experiment: e.number,
    hypothesis: words(p?.hypothesis),
    agent: agentOf(e) === undefined ? undefined : words(agentOf(e), 60),
    label: e.verdict?.label,
    metric: meanMetric(e),
    ...change,
    runs: own,
    retest: retestOf(session, own, e.verdict?.label),
    ...linesOf(session, e),
    reason: e.verdict === undefined ? "" : words(reasonInWords(e.verdict)),
    tags: e.tags === undefined || e.tags.length === 0 ? undefined : e.tags,
    diff: diffCommand(session, lab, e.number),
  };
}

/** An imported record seldom has them. */
function linesOf({ imported }: Session, { proposal: p }: Experiment): Pick<Hit, "linesAdded" | "linesRemoved"> {
  if (p === undefined || (imported !== undefined && p.linesAdded + p.linesRemoved === 0)) return {};
  return { linesAdded: p.linesAdded, linesRemoved: p.linesRemoved };
}

function retestOf(session: Session, runs: number, label: Hit["label"]): string {
  if (session.rules.deterministic) return "not needed: deterministic";
  if (runs === 0) return "unknown";
  const held = label === "confirmed" ? "held up" : "more likely than not";
  return runs === 1 ? "one run only" : `${plural(runs, "run")}, ${held}`;
}

type Change = Pick<Hit, "delta" | "interval" | "percent">;

/** In the metric's unit, from the judge's numbers where it took some, else from the means. */
function changeOf(session: Session, e: Experiment, before: number | undefined): Change {
  const { d, se, df } = e.verdict?.numbers ?? {};
  const after = meanMetric(e);
  if (d === undefined || before === undefined) {
    if (after === undefined || before === undefined) return {};
    return withPercent(after - before, undefined, before);
  }
  const half = se === undefined || df === undefined || df === 0 ? undefined : se === 0 ? 0 : tCritical(df) * se;
  const unit = (score: number) => inMetric(session, score, before);
  const ends = half === undefined ? undefined : [unit(d - half), unit(d + half)].sort((a, b) => a - b);
  return withPercent(unit(d), ends as [number, number] | undefined, before);
}

/** A difference of scores as a difference of the metric; on the log scale it is a ratio. */
function inMetric(session: Session, d: number, before: number): number {
  const sign = session.metric.goal === "minimize" ? -1 : 1;
  return session.rules.scale === "log" ? before * Math.expm1(sign * d) : sign * d;
}

function withPercent(delta: number, interval: readonly [number, number] | undefined, before: number): Change {
  return { delta, interval, percent: before === 0 ? undefined : (100 * delta) / Math.abs(before) };
}
