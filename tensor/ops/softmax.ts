/**
 * Softmax along the last axis, its logarithm, and the cross-entropy of a language model.
 */
import { needFloat, shapeError } from "../shape.ts";
import { constant, custom, single, sizeOf, type Tensor } from "../tensor.ts";
import { exp, multiply, negate, subtract } from "./arithmetic.ts";
import { addAt, pick } from "./gather.ts";
import { reshape } from "./layout.ts";
import { mean } from "./reduce.ts";
import { sum } from "./stretch.ts";

/** `e^x`, scaled so that each row of the last axis sums to 1. */
export function softmax(x: Tensor): Tensor {
  needFloat("softmax", x);
  const y: Tensor = single({
    name: "softmax",
    operator: { type: "Softmax", attributes: { axis: { int: -1 } } },
    inputs: [x],
    shape: x.shape,
    derivative: ([dy]) => [dy && multiply(y, subtract(dy, sum(multiply(dy, y), { axes: [-1], keep: true })))],
  });
  return y;
}

/** The natural logarithm of `softmax(x)`, computed without overflow. */
export function logSoftmax(x: Tensor): Tensor {
  needFloat("logSoftmax", x);
  const y: Tensor = single({
    name: "logSoftmax",
    operator: { type: "LogSoftmax", attributes: { axis: { int: -1 } } },
    inputs: [x],
    shape: x.shape,
    derivative: ([dy]) => [dy && subtract(dy, multiply(exp(y), sum(dy, { axes: [-1], keep: true })))],
  });
  return y;
}

/**
 * Mean cross-entropy, in nats, of `targets` (int32, `[...]`) under the distributions that `logits` (`[..., classes]`)
 * stand for. Its derivative is the softmax minus one at each target, divided by the number of targets.
 */
export function crossEntropy(logits: Tensor, targets: Tensor): Tensor {
  const classes = logits.shape.at(-1);
  const count = sizeOf(targets.shape);
  if (classes === undefined || count * classes !== sizeOf(logits.shape)) {
    throw shapeError("crossEntropy", "needs one target for each row of logits", logits, targets);
  }
  const logProbabilities = logSoftmax(reshape(logits, [count, classes]));
  const flat = reshape(targets, [count]);
  const loss = negate(mean(pick(logProbabilities, flat)));
  return custom("crossEntropy", [logits], loss, (dy) => {
    const minusOnes = constant(-1, [count, 1]);
    const gap = addAt(exp(logProbabilities), reshape(flat, [count, 1]), minusOnes);
    return [reshape(multiply(gap, multiply(dy, 1 / count)), logits.shape)];
  });
}
