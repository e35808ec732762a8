/**
 * What the judge knows of a session: the scores of every commit that was run, who is champion, who is the anchor.
 *
 * A value with pure steps, folded from the ledger; the loop asks `due` what to run and `judge.decide` what it was
 * worth. Challengers that are still open keep their scores in their experiments until they are kept or dropped.
 */

import { type Settled, sumOfSquares, wallace } from "./judge/statistics.ts";
import type { Noise, Rules } from "./judge.ts";
import { mean, pooledNoise } from "./judge.ts";

/** Scores of runs of one commit, under one state of the machine. */
export interface Group {
  readonly experiment: number;
  readonly scores: readonly number[];
}

export interface Evidence {
  /** The groups that matter by name: the champion's, the anchor's; a few at most. */
  readonly groups: readonly Group[];
  /** All other groups, as far as noise needs them: their sum of squares and degrees of freedom. */
  readonly settled: Settled;
  /** Runs of the baseline that gave a number before the first proposal. */
  readonly baselineRuns: number;
  /** Index into `groups` of the champion's runs; undefined before the first baseline run. */
  readonly champion?: number | undefined;
  /** Index of the last champion that was kept for its metric: what a simplification is compared with. */
  readonly anchor?: number | undefined;
  /** Runs so far, of any commit, also those that gave no number. */
  readonly slot: number;
  /** The slot in which the champion was last run. */
  readonly championSlot: number;
  /** The champion's older runs were forgotten after a drift: it is run once more before anything else. */
  readonly championAgain: boolean;
}

export const NO_EVIDENCE: Evidence = {
  groups: [],
  settled: { squares: 0, df: 0 },
  baselineRuns: 0,
  slot: 0,
  championSlot: 0,
  championAgain: false,
};

/** Runs of the baseline before the first proposal; two at least, unless noise is known or there is none. */
export function baselineTarget(rules: Rules): number {
  if (rules.deterministic) return 1;
  return Math.max(rules.n0, rules.sigmaPrior === undefined ? 2 : 1);
}

/** What the session needs before the next proposal. */
export function due(evidence: Evidence, rules: Rules): "baseline" | "champion" | "proposal" {
  if (evidence.baselineRuns < baselineTarget(rules)) return "baseline";
  if (evidence.championAgain) return "champion";
  const since = evidence.slot - evidence.championSlot;
  return rules.heartbeat > 0 && !rules.deterministic && since >= rules.heartbeat ? "champion" : "proposal";
}

/** A run of the baseline before the first proposal; undefined: it gave no number. */
export function withBaseline(evidence: Evidence, score: number | undefined): Evidence {
  const slot = evidence.slot + 1;
  if (score === undefined) return { ...evidence, slot };
  const scores = [...(evidence.groups[0]?.scores ?? []), score];
  const groups = [{ experiment: 0, scores }];
  return { ...evidence, groups, champion: 0, anchor: 0, baselineRuns: scores.length, slot, championSlot: slot };
}

/** A challenger's run: only counted; its score stays with its experiment until the verdict. */
export function withChallenger(evidence: Evidence): Evidence {
  return { ...evidence, slot: evidence.slot + 1 };
}

export interface ReferenceStep {
  readonly evidence: Evidence;
  readonly word: "ok" | "drift" | "ignored";
}

/** A further run of the champion or the anchor. Far off its mean: the machine has drifted, older runs are forgotten. */
export function withReference(
  evidence: Evidence,
  which: "champion" | "anchor",
  score: number | undefined,
  context: { readonly rules: Rules; readonly open: readonly (readonly number[])[] },
): ReferenceStep {
  const counted = { ...evidence, slot: evidence.slot + 1 };
  const index = evidence[which];
  const group = index === undefined ? undefined : evidence.groups[index];
  if (score === undefined || index === undefined || group === undefined) return { evidence: counted, word: "ignored" };
  const noise = noiseOf(evidence, context.open, context.rules);
  const drift = isDrift(group.scores, score, noise, context.rules);
  const moved = drift ? settle(forgetOlder(counted, index, score)) : appendScore(counted, index, score);
  const seen = which === "champion" || drift || evidence.champion === evidence.anchor;
  const championSlot = seen ? counted.slot : counted.championSlot;
  return { evidence: { ...moved, championSlot, championAgain: drift }, word: drift ? "drift" : "ok" };
}

/** The challenger becomes champion, and the anchor too unless it was kept for being simpler. */
export function withKeep(evidence: Evidence, group: Group, intent: "improve" | "simplify"): Evidence {
  const groups = [...evidence.groups, group];
  const champion = groups.length - 1;
  const anchor = intent === "simplify" ? evidence.anchor : champion;
  return settle({ ...evidence, groups, champion, anchor, championSlot: evidence.slot, championAgain: false });
}

/** A dropped challenger still says something about noise, if it was run more than once. */
export function withDrop(evidence: Evidence, group: Group): Evidence {
  return { ...evidence, settled: addSettled(evidence.settled, group) };
}

/** Noise over all groups and the open challengers' runs. */
export function noiseOf(evidence: Evidence, open: readonly (readonly number[])[], rules: Rules): Noise {
  return pooledNoise([...evidence.groups.map((g) => g.scores), ...open], rules, evidence.settled);
}

/** Sigma in units of the metric; on the log scale it is a ratio, here at the champion's level. */
export function noiseInMetric(
  { evidence, rules }: { readonly evidence: Evidence; readonly rules: Rules },
  level: number | undefined,
): number | undefined {
  const { sigma, df } = noiseOf(evidence, [], rules);
  if (df === 0 || !Number.isFinite(sigma)) return undefined;
  if (rules.scale === "linear") return sigma;
  return level === undefined ? undefined : level * sigma;
}

/** Scores of what a proposal of this intent is compared with; empty before the baseline. */
export function referenceScores(evidence: Evidence, intent: "improve" | "simplify"): readonly number[] {
  const index = intent === "simplify" ? evidence.anchor : evidence.champion;
  return index === undefined ? [] : (evidence.groups[index]?.scores ?? []);
}

function isDrift(scores: readonly number[], score: number, noise: Noise, rules: Rules): boolean {
  if (scores.length < 2 || !(noise.sigma > 0)) return false;
  const se = noise.sigma * Math.sqrt(1 + 1 / scores.length);
  return Math.abs(wallace((score - mean(scores)) / se, noise.df)) >= rules.zDrift;
}

function appendScore(evidence: Evidence, index: number, score: number): Evidence {
  const groups = evidence.groups.map((g, i) => (i === index ? { ...g, scores: [...g.scores, score] } : g));
  return { ...evidence, groups };
}

function forgetOlder(evidence: Evidence, index: number, score: number): Evidence {
  const fresh: Group = { experiment: evidence.groups[index]?.experiment ?? 0, scores: [score] };
  const at = evidence.groups.length;
  const move = (i: number | undefined) => (i === index ? at : i);
  const groups = [...evidence.groups, fresh];
  return { ...evidence, groups, champion: move(evidence.champion), anchor: move(evidence.anchor) };
}

/** Folds the groups that are nobody's any more into the sum of squares, so that the evidence stays small for ever. */
function settle(evidence: Evidence): Evidence {
  const { champion, anchor } = evidence;
  const kept = [...new Set([champion, anchor])].filter((i): i is number => i !== undefined).sort((a, b) => a - b);
  const dropped = evidence.groups.filter((_, i) => !kept.includes(i));
  const at = (i: number | undefined) => (i === undefined ? undefined : kept.indexOf(i));
  return {
    ...evidence,
    groups: kept.map((i) => evidence.groups[i] as Group),
    settled: dropped.reduce(addSettled, evidence.settled),
    champion: at(champion),
    anchor: at(anchor),
  };
}

function addSettled(settled: Settled, group: Group): Settled {
  if (group.scores.length < 2) return settled;
  return { squares: settled.squares + sumOfSquares(group.scores), df: settled.df + group.scores.length - 1 };
}
