/**
 * How alike two assignments are, for the surrogate: a sum of one squared exponential per knob, and one product over all
 * knobs for what they do together (additive kernels: Duvenaud et al. 2011).
 *
 * Distances between observations are computed once and reused for every shape that is tried.
 */

/** One place per knob, 0 to 1 in units of its domain; unordered choices are all equally far. */
export type Point = readonly number[];

/** What is learnt: how much each knob matters, over which distance, and how noisy the losses are against the signal. */
export interface Shape {
  readonly weights: readonly number[];
  readonly length: number;
  readonly noise: number;
}

/** Share of the signal that is left to the knobs acting together. */
const TOGETHER = 0.3;
const UNORDERED_DISTANCE = 0.4;

/** The squared distance of two places of one knob. */
export function squaredGap(a: number, b: number, unordered: boolean): number {
  if (a === b) return 0;
  return unordered ? UNORDERED_DISTANCE ** 2 : (a - b) ** 2;
}

/** The constants of a shape, taken out of the loops over pairs. */
export interface Scales {
  /** Multiplies a squared distance of one knob in its exponential. */
  readonly alone: number;
  /** Multiplies the weighted sum of squared distances in the exponential of all knobs together. */
  readonly together: number;
  /** The amplitude of the part of all knobs together. */
  readonly share: number;
}

/** See `Scales`. */
export function scalesOf(shape: Shape): Scales {
  const { most, total } = sumOf(shape.weights);
  const alone = -0.5 / shape.length ** 2;
  return { alone, together: alone / most, share: TOGETHER * total };
}

/** The kernel of a pair from its weighted sums: `alone` of exponentials, `gaps` of squared distances. */
export function combine(scales: Scales, alone: number, gaps: number): number {
  return alone + scales.share * Math.exp(scales.together * gaps);
}

function sumOf(weights: readonly number[]): { readonly most: number; readonly total: number } {
  let most = 0;
  let total = 0;
  for (const w of weights) {
    most = Math.max(most, w);
    total += w;
  }
  return { most, total };
}

/** Per knob, a number for every pair of observations: entry i (i + 1) / 2 + j for j <= i. */
export type Pairs = readonly Float64Array[];

/** The squared distances of all pairs. */
export function gapsOf(points: readonly Point[], unordered: readonly boolean[]): Pairs {
  const n = points.length;
  return unordered.map((flag, c) => {
    const gaps = new Float64Array((n * (n + 1)) / 2);
    let p = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) gaps[p++] = squaredGap(points[i]![c]!, points[j]![c]!, flag);
    }
    return gaps;
  });
}

/** exp(-gap / 2 length²) of every pair. */
export function likeness(gaps: Pairs, length: number): Pairs {
  const scale = -0.5 / length ** 2;
  return gaps.map((of) => of.map((gap) => (gap === 0 ? 1 : Math.exp(scale * gap))));
}

/** The weighted sums over the knobs for every pair: a change of one weight is one addition per pair. */
export interface Sums {
  readonly alone: Float64Array;
  readonly gaps: Float64Array;
}

/** Adds `weight` times one knob's part to both sums. */
export function plus(
  sums: Sums,
  part: { readonly alike: Float64Array; readonly gaps: Float64Array },
  weight: number,
): Sums {
  const alone = Float64Array.from(sums.alone);
  const gaps = Float64Array.from(sums.gaps);
  for (let p = 0; p < alone.length; p++) {
    alone[p]! += weight * part.alike[p]!;
    gaps[p]! += weight * part.gaps[p]!;
  }
  return { alone, gaps };
}

/** The matrix of n observations, lower half; the noise is added on the diagonal. */
export function gram(shape: Shape, sums: Sums, n: number): Float64Array {
  const { share, together } = scalesOf(shape);
  const matrix = new Float64Array(n * n);
  let p = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++, p++) matrix[i * n + j] = sums.alone[p]! + share * Math.exp(together * sums.gaps[p]!);
    matrix[i * n + i]! += shape.noise;
  }
  return matrix;
}
