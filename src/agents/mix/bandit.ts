/**
 * Who has the next turn. Pure: the same tallies and seed give the same choice.
 *
 * Thompson sampling on yield per cost. What an agent yields is counted in keeps of average gain (half by their number,
 * half by their gain, because one lucky leap in an easy beginning would otherwise decide the night); what it costs in
 * experiments of average cost, by number, run time and dollars alike. Each agent's rate has a gamma posterior whose
 * prior mean is the overall rate times the agent's weight, worth about one keep. One turn in ten is drawn by the
 * weights alone, so that nobody starves and an agent that got better is found out.
 */
import { NO_TALLY, type Standing, type Tally } from "../../agent/standing.ts";
import { randomFrom, weightedIndex } from "../tuner/random.ts";
import { gamma } from "./gamma.ts";

export interface Weighted {
  readonly label: string;
  readonly weight: number;
}

/** The share of turns that is drawn by the weights alone. */
const FLOOR = 0.1;
/** Failures in a row after which an agent has its turns only by the floor, while another one works. */
const MAX_FAILURES = 3;
/** Worth of the prior, in keeps; and the experiments that a keep takes as long as nothing is known. */
const PRIOR_KEEPS = 1;
const USUAL_COST = 5;

/** `members` must not be empty. */
export function draw<M extends Weighted>(members: readonly M[], tallies: Standing["tallies"], seed: number): M {
  const random = randomFrom(seed);
  const weights = members.map((m) => m.weight);
  if (random() < FLOOR) return members[weightedIndex(weights, random)]!;
  const working = members.filter((m) => (tallies[m.label]?.failures ?? 0) < MAX_FAILURES);
  const among = working.length > 0 ? working : members;
  const rates = posterior(among, tallies);
  const drawn = rates.map(({ shape, cost }) => gamma(shape, random) / cost);
  return among[drawn.indexOf(Math.max(...drawn))]!;
}

interface Posterior {
  readonly shape: number;
  readonly cost: number;
}

function posterior(members: readonly Weighted[], tallies: Standing["tallies"]): readonly Posterior[] {
  const own = members.map((m) => tallies[m.label] ?? NO_TALLY);
  const scale = scaleOf(own);
  const yields = own.map((tally) => yieldOf(tally, scale.gain));
  const costs = own.map((tally) => costOf(tally, scale));
  const sum = (xs: readonly number[]) => xs.reduce((total, x) => total + x, 0);
  const overall = (sum(yields) + PRIOR_KEEPS) / (sum(costs) + USUAL_COST);
  const meanWeight = sum(members.map((m) => m.weight)) / members.length;
  return members.map((m, i) => ({
    shape: (PRIOR_KEEPS * m.weight) / meanWeight + yields[i]!,
    cost: PRIOR_KEEPS / overall + costs[i]!,
  }));
}

interface Scale {
  /** Gain of an average keep. */
  readonly gain: number;
  readonly seconds: number;
  readonly dollars: number;
}

/** Averages over all agents; 0 where nothing is known. */
function scaleOf(all: readonly Tally[]): Scale {
  const total = (of: (t: Tally) => number) => all.reduce((sum, t) => sum + of(t), 0);
  const per = (x: number, n: number) => (n > 0 ? x / n : 0);
  return {
    gain: per(
      total((t) => t.gain),
      total((t) => t.kept),
    ),
    seconds: per(
      total((t) => t.seconds),
      total((t) => t.experiments),
    ),
    dollars: per(
      total((t) => t.dollars),
      total((t) => t.priced),
    ),
  };
}

function yieldOf(tally: Tally, meanGain: number): number {
  return meanGain > 0 ? (tally.kept + tally.gain / meanGain) / 2 : tally.kept;
}

/** In experiments of average cost. A price that is unknown is taken for the average one. */
function costOf(tally: Tally, { seconds, dollars }: Scale): number {
  const unpriced = Math.max(0, tally.experiments - tally.priced);
  const parts = [
    tally.experiments,
    ...(seconds > 0 ? [tally.seconds / seconds] : []),
    ...(dollars > 0 ? [tally.dollars / dollars + unpriced] : []),
  ];
  return parts.reduce((sum, x) => sum + x, 0) / parts.length;
}

/**
 * The one in line: whoever made the champion goes on until a plateau, then the next in the list has as many
 * experiments, and so on around. One that cannot be asked is passed over.
 */
export function nextInLine<M extends Weighted>(able: readonly M[], all: readonly Weighted[], standing: Standing): M {
  const { championBy, sinceKeep, plateau } = standing;
  const first = Math.max(
    0,
    all.findIndex((m) => m.label === championBy),
  );
  const moved = plateau === 0 ? 0 : Math.floor(sinceKeep / plateau);
  for (let i = 0; i < all.length; i++) {
    const { label } = all[(first + moved + i) % all.length]!;
    const found = able.find((m) => m.label === label && (standing.tallies[label]?.failures ?? 0) < MAX_FAILURES);
    if (found !== undefined) return found;
  }
  return able[0]!;
}
