/**
 * Normalisation over the last axis, and activations, each with the derivative that takes the fewest passes.
 */
import { needFloat } from "../shape.ts";
import { constant, custom, operation, type Tensor } from "../tensor.ts";
import { add, divide, multiply, power, relu, sigmoid, sqrt, square, subtract, tanh } from "./arithmetic.ts";
import { mean, sumOfSquares } from "./reduce.ts";

/**
 * `x / sqrt(mean(x²) + epsilon)` over the last axis, without a gain: multiply by a variable for one.
 * Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.
 */
export function rmsNorm(x: Tensor, epsilon = 1e-6): Tensor {
  needFloat("rmsNorm", x);
  const width = x.shape.at(-1) ?? 1;
  const [y, inverse] = operation({
    name: "rmsNorm",
    operator: {
      type: "SimplifiedLayerNormalization",
      attributes: { axis: { int: -1 }, epsilon: { float: epsilon }, stash_type: { int: 1 } },
    },
    inputs: [x, constant(1, [width])],
    outputs: [{ shape: x.shape }, { shape: [...x.shape.slice(0, -1), 1] }],
  }) as [Tensor, Tensor];
  return custom("rmsNorm", [x], y, (dy) => {
    const along = mean(multiply(dy, y), { axes: [-1], keep: true });
    return [multiply(subtract(dy, multiply(y, along)), inverse)];
  });
}

/** `(x - mean) / sqrt(variance + epsilon)` over the last axis, without gain and bias. */
export function layerNorm(x: Tensor, epsilon = 1e-5): Tensor {
  needFloat("layerNorm", x);
  const centred = subtract(x, mean(x, { axes: [-1], keep: true }));
  return divide(centred, sqrt(add(mean(square(centred), { axes: [-1], keep: true }), epsilon)));
}

/** `relu(x)²`: So et al., "Primer", 2021. */
export function reluSquared(x: Tensor): Tensor {
  const positive = relu(x);
  // The chain rule through relu would multiply by its 0/1 mask once more; `positive` is 0 there already.
  return custom("reluSquared", [x], square(positive), (dy) => [multiply(multiply(dy, positive), 2)]);
}

/** `x · sigmoid(x)`, the gate of SwiGLU. */
export function silu(x: Tensor): Tensor {
  return multiply(x, sigmoid(x));
}

/** The usual approximation by tanh of `x` times the normal distribution function. */
export function gelu(x: Tensor): Tensor {
  const inner = multiply(add(x, multiply(power(x, 3), 0.044715)), Math.sqrt(2 / Math.PI));
  return multiply(multiply(x, 0.5), add(tanh(inner), 1));
}

/** Square root of the sum of squares of all elements. */
export function norm(x: Tensor): Tensor {
  return sqrt(sumOfSquares(x));
}
