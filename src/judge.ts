/**
 * Decides what an experiment was worth: measurements in, an action with its reason and numbers out.
 *
 * Pure: the same numbers give the same decision, so a whole ledger can be judged again under other rules. It works on
 * oriented scores (higher is better, no unit) and never sees code, logs or the agent's opinion. The rule, its formulas
 * and its defaults come from the project's judge.md, checked against its reference vectors in `test/judge.test.ts`.
 * Not covered: several metrics at once, and correction for having tried many things (fresh runs at the end do that).
 */
import type { Goal } from "./experiment.ts";
import { normalCdf, pooledDeviation, type Settled, wallace } from "./judge/statistics.ts";

export interface Rules {
  readonly goal: Goal;
  readonly scale: "linear" | "log";
  /** The metric is the same number every time (bundle size): sigma is 0 and one run decides. */
  readonly deterministic: boolean;
  /** Runs of the baseline before the first proposal. */
  readonly n0: number;
  /** One run: below this z it is dropped at once. */
  readonly zScreen: number;
  /** One run: at or above this z it is kept at once. */
  readonly zSure: number;
  /** Two runs or more: kept at or above. */
  readonly zKeep: number;
  /** Two runs or more: dropped at or below. */
  readonly zDrop: number;
  /** At `maxRuns`: kept at or above; undefined means zKeep. */
  readonly zLast: number | undefined;
  readonly maxRuns: number;
  /** The reference is run again while it has fewer runs than min(challenger's runs, this). */
  readonly incTarget: number;
  /** Runs without one of the champion after which it is run again; 0 never. */
  readonly heartbeat: number;
  /** A run of the champion this far off means that the machine drifted. */
  readonly zDrift: number;
  /** A keep at or above is "confirmed", below "likely". */
  readonly zClaim: number;
  /** Smallest improvement that counts, in score units. */
  readonly minEffect: number;
  /** The same as a share of |reference| (on the log scale: of 1). */
  readonly minEffectRel: number;
  /** A simplification may be worse by this many sigma … */
  readonly tie: number;
  /** … or by this many score units, when given. */
  readonly tieAbs: number | undefined;
  /** Noise known from earlier sessions on this lab and machine, worth `dfPrior` degrees of freedom. */
  readonly sigmaPrior: number | undefined;
  readonly dfPrior: number;
}

export const DEFAULT_RULES: Rules = {
  goal: "minimize",
  scale: "linear",
  deterministic: false,
  n0: 3,
  zScreen: 0.5,
  zSure: 2.33,
  zKeep: 0.84,
  zDrop: 0,
  zLast: 0.4,
  maxRuns: 3,
  incTarget: 3,
  heartbeat: 20,
  zDrift: 2.6,
  zClaim: 1.645,
  minEffect: 0,
  minEffectRel: 0,
  tie: 1,
  tieAbs: undefined,
  sigmaPrior: undefined,
  dfPrior: 0,
};

/** What each preset changes of the defaults: fast explores, strict is for claims and for what will be merged. */
export const PRESETS: Readonly<Record<"fast" | "default" | "strict", Partial<Rules>>> = {
  fast: { n0: 2, zScreen: 0, zSure: 9, zKeep: 0.0001, zDrop: 0, zLast: undefined, maxRuns: 2, heartbeat: 0 },
  default: {},
  strict: { zSure: 3.5, zKeep: 1.645, zDrop: 0.3, zLast: undefined, maxRuns: 5, incTarget: 4 },
};

/** Sigma in score units with its degrees of freedom; df 0: nothing is known yet, and sigma is NaN. */
export interface Noise {
  readonly sigma: number;
  readonly df: number;
}

export type Intent = "improve" | "simplify";

export interface Decision {
  readonly action: "keep" | "discard" | "rerun-challenger" | "rerun-reference";
  readonly reason: string;
  readonly label?: "confirmed" | "likely" | undefined;
  /** Mean difference challenger − reference, its standard error, z and P(better); missing when not computed. */
  readonly d?: number | undefined;
  readonly se?: number | undefined;
  readonly z?: number | undefined;
  readonly p?: number | undefined;
}

/** The score of a metric, higher is better; undefined when there is no number to score (a crash). */
export function orient(metric: number | undefined, rules: Pick<Rules, "goal" | "scale">): number | undefined {
  if (metric === undefined || !Number.isFinite(metric)) return undefined;
  if (rules.scale === "log" && metric <= 0) return undefined;
  const x = rules.scale === "log" ? Math.log(metric) : metric;
  return rules.goal === "minimize" ? -x : x;
}

/** Sigma pooled within groups of runs of the same commit, with the prior when there is one. */
export function pooledNoise(groups: readonly (readonly number[])[], rules: Rules, settled?: Settled): Noise {
  if (rules.deterministic) return { sigma: 0, df: 1e9 };
  return pooledDeviation(groups, { sigma: rules.sigmaPrior, df: rules.dfPrior }, settled);
}

/** How much the challenger must be ahead, in score units; negative: it may be behind (a simplification). */
export function marginOf(reference: readonly number[], sigma: number, intent: Intent, rules: Rules): number {
  if (intent === "simplify") return -(rules.tieAbs ?? rules.tie * sigma);
  const unit = rules.scale === "log" ? 1 : Math.abs(mean(reference));
  return Math.max(rules.minEffect, rules.minEffectRel * unit);
}

export interface Contest {
  /** Scores of the challenger's runs in order; undefined where a run gave no number. */
  readonly challenger: readonly (number | undefined)[];
  readonly reference: readonly number[];
  readonly noise: Noise;
  readonly intent: Intent;
}

/** The rule: a ladder of early answers, first for no evidence, then for one run, then for several. */
export function decide(contest: Contest, rules: Rules): Decision {
  const challenger = contest.challenger.filter((x): x is number => x !== undefined);
  if (challenger.length < contest.challenger.length || challenger.length === 0) {
    return { action: "discard", reason: "crash" };
  }
  if (contest.noise.df === 0) return { action: "rerun-reference", reason: "noise unknown" };
  const s = statistic(challenger, contest, rules);
  const label = s.z >= rules.zClaim ? "confirmed" : "likely";
  const keep = (reason: string): Decision => ({ action: "keep", reason, label, ...s });
  if (contest.intent === "simplify" && s.z === 0 && s.se <= epsilon(contest.reference)) {
    return { ...keep("tie, simpler"), label: "confirmed" };
  }
  const n = challenger.length;
  if (n === 1) {
    if (s.z >= rules.zSure) return keep("sure on one run");
    if (s.z < rules.zScreen) return { action: "discard", reason: "screen", ...s };
  } else {
    if (s.z >= rules.zKeep) return keep(label === "confirmed" ? "confirmed by re-run" : "balance of evidence");
    if (s.z <= rules.zDrop) return { action: "discard", reason: "did not hold up", ...s };
    if (n >= rules.maxRuns) {
      if (rules.zLast !== undefined && s.z >= rules.zLast) return keep("balance of evidence");
      return { action: "discard", reason: "undecided at maxRuns", ...s };
    }
  }
  if (contest.reference.length < Math.min(n, rules.incTarget)) {
    return { action: "rerun-reference", reason: "reference has too few runs", ...s };
  }
  return { action: "rerun-challenger", reason: "promising, not proven", ...s };
}

interface Statistic {
  readonly d: number;
  readonly se: number;
  readonly z: number;
  readonly p: number;
}

function statistic(challenger: readonly number[], contest: Contest, rules: Rules): Statistic {
  const { reference, noise, intent } = contest;
  const d = mean(challenger) - mean(reference);
  const eps = epsilon(reference);
  const ahead = d - marginOf(reference, noise.sigma, intent, rules);
  // Rounding of equal numbers must not look like a difference when sigma is 0.
  const m = Math.abs(ahead) <= eps ? 0 : ahead;
  const se = noise.sigma * Math.sqrt(1 / challenger.length + 1 / reference.length);
  const z = se > eps ? wallace(m / se, noise.df) : m === 0 ? 0 : Math.sign(m) * 99;
  return { d, se, z, p: normalCdf(z) };
}

function epsilon(reference: readonly number[]): number {
  return 1e-12 * Math.max(1e-300, Math.abs(mean(reference)));
}

/** Mean that is exact when all numbers are equal. */
export function mean(xs: readonly number[]): number {
  const first = xs[0] ?? Number.NaN;
  return first + xs.reduce((sum, x) => sum + (x - first), 0) / xs.length;
}
