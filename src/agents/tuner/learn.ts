/**
 * Learns the shape of the surrogate's kernel from the observations: which knobs matter, over which distance, how noisy.
 *
 * Coordinate ascent on the marginal likelihood with the amplitude integrated out, over a coarse grid: a night's data
 * does not pay for more. Each knob's weight starts from the weight given and is pulled towards it.
 */
import { cholesky, forward } from "./cholesky.ts";
import { gapsOf, gram, likeness, type Pairs, type Point, plus, type Shape, type Sums } from "./kernel.ts";

export interface Data {
  /** The first one is the champion. */
  readonly points: readonly Point[];
  /** In units in which a usual difference is about 1; the champion's is 0. */
  readonly losses: readonly number[];
  readonly unordered: readonly boolean[];
  /** Expected effect of each knob, relative to each other. */
  readonly weights: readonly number[];
}

const LENGTHS = [0.25, 0.5] as const;
const NOISES = [0.003, 0.03, 0.2] as const;
const WEIGHT_FACTORS = [1 / 3, 3] as const;
const SWEEPS = 1;
/** The prior on the amplitude counts as this many observations of size one. */
export const PRIOR_COUNT = 2;
/** How hard a learnt weight is pulled towards the given one. */
const PULL = 0.2;

/** The likeliest shape found, with the factor of its matrix. */
export interface Learnt {
  readonly shape: Shape;
  readonly factor: Float64Array;
}

interface State extends Learnt {
  readonly sums: Sums;
  readonly score: number;
}

interface Table {
  readonly data: Data;
  readonly given: readonly number[];
  readonly gaps: Pairs;
  readonly alike: ReadonlyMap<number, Pairs>;
}

/** See the head of this file. Needs at least one observation. */
export function learn(data: Data): Learnt {
  const total = data.weights.reduce((sum, w) => sum + w, 0);
  const gaps = gapsOf(data.points, data.unordered);
  const alike = new Map(LENGTHS.map((length) => [length as number, likeness(gaps, length)]));
  const table: Table = { data, given: data.weights.map((w) => w / total), gaps, alike };
  let best = scored(table, { weights: table.given, length: LENGTHS[0], noise: NOISES[1] });
  const consider = (next: State) => {
    if (next.score > best.score + 1e-9) best = next;
  };
  // Weights of knobs that never moved only add a constant; nothing can be learnt of them.
  const moved = table.given.map((_, c) => data.points.some((p) => p[c] !== data.points[0]![c]));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const noise of NOISES) consider(scored(table, { ...best.shape, noise }, best.sums));
    for (const length of LENGTHS) consider(scored(table, { ...best.shape, length }));
    for (let c = 0; c < moved.length; c++) {
      if (!moved[c]) continue;
      const now = best;
      for (const factor of WEIGHT_FACTORS) consider(reweighted(table, now, { knob: c, factor }));
    }
  }
  return best;
}

function reweighted(table: Table, from: State, change: { readonly knob: number; readonly factor: number }): State {
  const { knob, factor } = change;
  const before = from.shape.weights[knob]!;
  const shape = { ...from.shape, weights: from.shape.weights.with(knob, before * factor) };
  return scored(table, shape, plus(from.sums, partOf(table, shape, knob), before * (factor - 1)));
}

function partOf(
  table: Table,
  shape: Shape,
  knob: number,
): { readonly alike: Float64Array; readonly gaps: Float64Array } {
  return { alike: table.alike.get(shape.length)![knob]!, gaps: table.gaps[knob]! };
}

function sumsOf(table: Table, shape: Shape): Sums {
  const size = table.gaps[0]?.length ?? 0;
  const none: Sums = { alone: new Float64Array(size), gaps: new Float64Array(size) };
  return shape.weights.reduce((sums, w, c) => plus(sums, partOf(table, shape, c), w), none);
}

function scored(table: Table, shape: Shape, sums: Sums = sumsOf(table, shape)): State {
  const { losses } = table.data;
  const factor = cholesky(gram(shape, sums, losses.length), losses.length);
  const score = likelihood(factor, losses) - pull(shape.weights, table.given);
  return { shape, sums, factor, score };
}

/** The log of the marginal likelihood, up to a constant. */
function likelihood(factor: Float64Array, losses: readonly number[]): number {
  const n = losses.length;
  const half = forward(factor, Float64Array.from(losses));
  let fitTerm = PRIOR_COUNT;
  let determinant = 0;
  for (let i = 0; i < n; i++) {
    fitTerm += half[i]! ** 2;
    determinant += Math.log(factor[i * n + i]!);
  }
  return -0.5 * (n + PRIOR_COUNT) * Math.log(fitTerm) - determinant;
}

function pull(weights: readonly number[], given: readonly number[]): number {
  return PULL * weights.reduce((sum, w, c) => sum + Math.log(w / given[c]!) ** 2, 0);
}
