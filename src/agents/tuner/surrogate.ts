/**
 * A Gaussian process over the knobs, made for few and noisy observations around a champion (Rasmussen and Williams
 * 2006, ch. 2 and 5).
 *
 * Each knob has a weight that is learnt by the marginal likelihood, starting from the weight given. It predicts the
 * difference to the champion, because that is all the tuner ever asks. Costs grow with the cube of the observations:
 * the caller bounds them.
 */
import { forward, solve } from "./cholesky.ts";
import { combine, type Point, type Scales, type Shape, scalesOf, squaredGap } from "./kernel.ts";
import { type Data, learn, PRIOR_COUNT } from "./learn.ts";

export interface Surrogate {
  /** Mean and standard deviation of loss(point) - loss(champion). */
  difference(point: Point): { readonly mean: number; readonly deviation: number };
  /** What was learnt about the weights; on average 1 / knobs. */
  readonly weights: readonly number[];
}

/** Fits the surrogate to at least one observation. */
export function fitSurrogate(data: Data): Surrogate {
  const { shape, factor } = learn(data);
  const alpha = solve(factor, Float64Array.from(data.losses));
  const fitTerm = data.losses.reduce((sum, loss, i) => sum + loss * alpha[i]!, 0);
  const amplitude = (fitTerm + PRIOR_COUNT) / (data.losses.length + PRIOR_COUNT);
  return predictor(data, { shape, factor, alpha, amplitude });
}

interface Fitted {
  readonly shape: Shape;
  readonly factor: Float64Array;
  readonly alpha: Float64Array;
  readonly amplitude: number;
}

function predictor(data: Data, fitted: Fitted): Surrogate {
  const { shape, factor, alpha, amplitude } = fitted;
  const home = homeOf(data, shape);
  const homeHalf = forward(factor, home.values);
  const self = home.values[0]!;
  const difference = (point: Point) => {
    const row = rowNear(data, home, point);
    const half = forward(factor, row);
    let mean = 0;
    let known = 0;
    for (let i = 0; i < row.length; i++) {
      mean += (row[i]! - home.values[i]!) * alpha[i]!;
      known += (half[i]! - homeHalf[i]!) ** 2;
    }
    // The first observation is the champion itself, so row[0] is the kernel of the point and the champion.
    const variance = amplitude * Math.max(1e-12, 2 * self - 2 * row[0]! - known);
    return { mean, deviation: Math.sqrt(variance) };
  };
  return { difference, weights: shape.weights };
}

/** The champion's row, kept in parts, so that the row of a point near it is a small change of it. */
interface Home {
  readonly point: Point;
  readonly weights: readonly number[];
  readonly scales: Scales;
  readonly alone: Float64Array;
  readonly gaps: Float64Array;
  readonly values: Float64Array;
}

function homeOf(data: Data, shape: Shape): Home {
  const scales = scalesOf(shape);
  const point = data.points[0]!;
  const alone = new Float64Array(data.points.length);
  const gaps = new Float64Array(data.points.length);
  data.points.forEach((other, i) => {
    for (let c = 0; c < point.length; c++) {
      const gap = squaredGap(point[c]!, other[c]!, data.unordered[c]!);
      alone[i]! += shape.weights[c]! * Math.exp(scales.alone * gap);
      gaps[i]! += shape.weights[c]! * gap;
    }
  });
  const values = alone.map((sum, i) => combine(scales, sum, gaps[i]!));
  return { point, weights: shape.weights, scales, alone, gaps, values };
}

function rowNear(data: Data, home: Home, point: Point): Float64Array {
  const alone = Float64Array.from(home.alone);
  const gaps = Float64Array.from(home.gaps);
  for (let c = 0; c < point.length; c++) {
    if (point[c] === home.point[c]) continue;
    const [w, unordered] = [home.weights[c]!, data.unordered[c]!];
    for (let i = 0; i < alone.length; i++) {
      const other = data.points[i]![c]!;
      const before = squaredGap(home.point[c]!, other, unordered);
      const after = squaredGap(point[c]!, other, unordered);
      alone[i]! += w * (Math.exp(home.scales.alone * after) - Math.exp(home.scales.alone * before));
      gaps[i]! += w * (after - before);
    }
  }
  for (let i = 0; i < alone.length; i++) alone[i] = combine(home.scales, alone[i]!, gaps[i]!);
  return alone;
}
