/**
 * Checks a recorded derivative against central finite differences, in float32.
 *
 * The function's result is weighed with fixed numbers and summed, so that a derivative that is only right for a
 * gradient of ones is found out.
 */

import {
  compile,
  constant,
  type Feeds,
  grad,
  input,
  multiply,
  random,
  type Shape,
  sizeOf,
  sum,
  type Tensor,
} from "nightyard/tensor";
import { expect } from "vitest";

/** Half the distance of the two points; smaller steps drown in float32's rounding. */
const STEP = 5e-3;
const TOLERANCE = 6e-3;

export interface GradientCase {
  readonly shapes: readonly Shape[];
  readonly of: (...inputs: readonly Tensor[]) => Tensor;
  /** Where to check: default normal numbers. */
  readonly at?: (index: number) => number;
}

/** Fails unless the gradient by every element of every input is what finite differences say. */
export async function expectGradient({ shapes, of, at }: GradientCase): Promise<void> {
  const stream = random(7);
  const inputs = shapes.map((shape, index) => input(`x${index}`, shape));
  const result = of(...inputs);
  const weights = Float32Array.from({ length: sizeOf(result.shape) }, () => stream.normal());
  const loss = sum(multiply(result, constant(weights, result.shape)));
  const gradients = grad(loss, inputs);
  const outputs = Object.fromEntries(gradients.map((gradient, index) => [`dx${index}`, gradient]));
  const step = await compile({ outputs: { loss, ...outputs }, threads: 1 });
  const feeds = Object.fromEntries(
    inputs.map((x, i) => [
      `x${i}`,
      Float32Array.from({ length: sizeOf(x.shape) }, (_, j) => at?.(j) ?? stream.normal()),
    ]),
  );
  const answers = await step.run(feeds);
  const found = inputs.map((_, index) => Array.from(answers[`dx${index}`] ?? []));
  for (const [index, x] of inputs.entries()) {
    for (let place = 0; place < sizeOf(x.shape); place++) {
      const wanted = await difference(step, feeds, `x${index}`, place);
      const error = Math.abs((found[index]?.[place] ?? Number.NaN) - wanted) / Math.max(1, Math.abs(wanted));
      expect(error, `input ${index}, element ${place}: ${found[index]?.[place]} against ${wanted}`).toBeLessThan(
        TOLERANCE,
      );
    }
  }
  await step.dispose();
}

async function difference(
  step: Awaited<ReturnType<typeof compile>>,
  feeds: Feeds,
  name: string,
  place: number,
): Promise<number> {
  const values = feeds[name] as Float32Array;
  const kept = values[place] as number;
  const lossAt = async (value: number): Promise<number> => {
    values[place] = value;
    const { loss } = await step.run(feeds);
    return (loss as Float32Array)[0] as number;
  };
  const slope = ((await lossAt(kept + STEP)) - (await lossAt(kept - STEP))) / (2 * STEP);
  values[place] = kept;
  return slope;
}
