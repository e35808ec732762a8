/**
 * What a person should see with their own eyes before anything else: changes that touch randomness, take a check away,
 * are far too quick, score perfectly, or left an integrity event. Pure, and a heuristic: it accuses nobody.
 */
import { RETURN_FLAG, SEED_FLAGS } from "../change-facts.ts";
import { type Experiment, type Goal, meanMetric } from "../experiment.ts";
import type { Session } from "../ledger/session.ts";
import { diffCommand } from "./hits.ts";
import { listed, words } from "./listed.ts";
import type { Listed, LookFirst } from "./shape.ts";

const MOST = 12;
const MOST_REASONS = 6;
/** A run that takes less than this share of the baseline's time is far too quick … */
const TOO_QUICK = 0.3;
/** … unless the baseline is so short that starting up is most of it. */
const SHORT_SECONDS = 2;
/** A gain of more than this share of the baseline, in one step. */
const TOO_GOOD = 0.5;

export function lookOf(
  session: Session,
  experiments: readonly Experiment[],
  broken: ReadonlyMap<number, readonly string[]>,
  lab: string,
): Listed<LookFirst> {
  const baseline = experiments.find((e) => e.number === 0);
  const usual = { seconds: usualSeconds(baseline), metric: baseline === undefined ? undefined : meanMetric(baseline) };
  const rows: Row[] = [];
  for (const e of experiments) {
    if (e.number === 0) continue;
    const why = [...(broken.get(e.number) ?? []).map((name) => `integrity: ${name}`), ...reasons(session, e, usual)];
    if (why.length === 0) continue;
    const weight = why.length + (e.verdict?.kind === "keep" ? 100 : 0) + (broken.has(e.number) ? 10 : 0);
    rows.push({ e, why, weight });
  }
  rows.sort((a, b) => b.weight - a.weight || a.e.number - b.e.number);
  const { rows: first, leftOut } = listed(rows, MOST);
  return { rows: first.map(({ e, why }) => lookAt(session, e, why, lab)), leftOut };
}

interface Row {
  readonly e: Experiment;
  readonly why: readonly string[];
  readonly weight: number;
}

/** Words are cleaned only here: of a hundred thousand experiments a dozen are shown. */
function lookAt(session: Session, e: Experiment, why: readonly string[], lab: string): LookFirst {
  return {
    experiment: e.number,
    verdict: e.verdict?.kind,
    hypothesis: words(e.proposal?.hypothesis),
    why: why.slice(0, MOST_REASONS).map((reason) => words(reason)),
    diff: diffCommand(session, lab, e.number),
  };
}

interface Usual {
  readonly seconds: number | undefined;
  readonly metric: number | undefined;
}

function reasons(session: Session, e: Experiment, usual: Usual): readonly string[] {
  return [...flagged(e), ...lessChecks(e), ...tooQuick(e, usual), ...tooGood(session.metric.goal, e, usual)];
}

function flagged(e: Experiment): readonly string[] {
  // What comes back and is dropped again is harmless.
  const returns = (flag: string) => e.verdict?.kind === "keep" && flag.startsWith(RETURN_FLAG);
  return (e.proposal?.flags ?? []).filter((flag) => SEED_FLAGS.includes(flag) || returns(flag));
}

const CHECK = /(^|[/_.-])(tests?|specs?|checks?|asserts?|validat\w*|eval\w*)([/_.-]|$)/i;

function lessChecks(e: Experiment): readonly string[] {
  const p = e.proposal;
  if (p === undefined || p.linesRemoved <= p.linesAdded) return [];
  const file = p.files.find((name) => CHECK.test(name));
  return file === undefined ? [] : [`takes lines away where checks are: ${words(file, 80)}`];
}

function usualSeconds(baseline: Experiment | undefined): number | undefined {
  const seconds = finishedSeconds(baseline).sort((a, b) => a - b);
  return seconds[seconds.length >> 1];
}

function finishedSeconds(e: Experiment | undefined): number[] {
  const finished = (e?.runs ?? []).filter((r) => r.outcome?.kind === "finished" && r.resources !== undefined);
  return finished.map((r) => r.resources?.wallSeconds ?? 0);
}

function tooQuick(e: Experiment, { seconds }: Usual): readonly string[] {
  const own = finishedSeconds(e);
  if (seconds === undefined || seconds < SHORT_SECONDS || own.length === 0) return [];
  const quickest = own.reduce((a, b) => Math.min(a, b));
  if (quickest >= TOO_QUICK * seconds) return [];
  return [`far too quick: ${quickest.toFixed(1)} s where the baseline takes ${seconds.toFixed(1)} s`];
}

function tooGood(goal: Goal, e: Experiment, { metric: from }: Usual): readonly string[] {
  const metric = meanMetric(e);
  if (metric === undefined || metric === from) return [];
  const perfect = goal === "minimize" ? metric === 0 : metric === 1 || metric === 100;
  if (perfect) return [`a perfect metric: exactly ${metric}`];
  const gain = from === undefined ? 0 : goal === "minimize" ? from - metric : metric - from;
  const share = from === undefined || from === 0 ? 0 : gain / Math.abs(from);
  if (share <= TOO_GOOD) return [];
  return [`better than the baseline by ${Math.round(100 * share)} %: too good to pass unseen`];
}
