/**
 * The derivative of every differentiable operation agrees with finite differences.
 *
 * A new operation gets a line here; the last test fails for an export that has none.
 */
import * as tensor from "nightyard/tensor";
import { constant, type Tensor } from "nightyard/tensor";
import { describe, expect, it } from "vitest";
import { expectGradient, type GradientCase } from "./gradient-check.ts";

const positive = (index: number): number => 0.5 + 0.37 * (index % 5);
/** Apart from each other and from 0 by more than a step, so that no kink lies between the two points. */
const apart = (index: number): number => (index % 2 === 0 ? 1 : -1) * (0.2 + 0.11 * index);
const ids = (values: readonly number[], shape: readonly number[]): Tensor => constant(Int32Array.from(values), shape);

const cases: Readonly<Record<string, GradientCase>> = {
  "add, broadcast": { shapes: [[2, 3], [3]], of: (a, b) => tensor.add(a!, b!) },
  "subtract, broadcast in the middle": {
    shapes: [
      [2, 3, 2],
      [2, 1, 2],
    ],
    of: (a, b) => tensor.subtract(a!, b!),
  },
  "multiply, broadcast": {
    shapes: [
      [2, 3],
      [2, 1],
    ],
    of: (a, b) => tensor.multiply(a!, b!),
  },
  "divide, broadcast": {
    shapes: [
      [2, 3],
      [1, 3],
    ],
    of: (a, b) => tensor.divide(a!, b!),
    at: positive,
  },
  maximum: { shapes: [[4], [4]], of: (a, b) => tensor.maximum(a!, tensor.negate(b!)), at: apart },
  minimum: { shapes: [[4], [4]], of: (a, b) => tensor.minimum(a!, tensor.negate(b!)), at: apart },
  power: { shapes: [[2, 3]], of: (x) => tensor.power(x!, 1.5), at: positive },
  square: { shapes: [[5]], of: (x) => tensor.square(x!) },
  negate: { shapes: [[5]], of: (x) => tensor.negate(x!) },
  exp: { shapes: [[5]], of: (x) => tensor.exp(x!) },
  log: { shapes: [[5]], of: (x) => tensor.log(x!), at: positive },
  sqrt: { shapes: [[5]], of: (x) => tensor.sqrt(x!), at: positive },
  tanh: { shapes: [[5]], of: (x) => tensor.tanh(x!) },
  sigmoid: { shapes: [[5]], of: (x) => tensor.sigmoid(x!) },
  sin: { shapes: [[5]], of: (x) => tensor.sin(x!) },
  cos: { shapes: [[5]], of: (x) => tensor.cos(x!) },
  relu: { shapes: [[6]], of: (x) => tensor.relu(x!), at: apart },
  abs: { shapes: [[6]], of: (x) => tensor.abs(x!), at: apart },
  "where, broadcast": {
    shapes: [[2, 3], [3]],
    of: (a, b) => tensor.where(tensor.greater(constant(Float32Array.of(1, -1, 1), [3]), 0), a!, b!),
  },
  "sum of all": { shapes: [[2, 3]], of: (x) => tensor.sum(x!) },
  "sum along an axis": { shapes: [[2, 3, 2]], of: (x) => tensor.sum(x!, { axes: [1] }) },
  "sum, axes kept": { shapes: [[2, 3, 2]], of: (x) => tensor.sum(x!, { axes: [0, -1], keep: true }) },
  mean: { shapes: [[2, 3]], of: (x) => tensor.mean(x!, { axes: [-1] }) },
  "sumOfSquares along an axis": { shapes: [[2, 3]], of: (x) => tensor.sumOfSquares(x!, { axes: [0] }) },
  max: { shapes: [[2, 3]], of: (x) => tensor.max(x!, { axes: [-1] }), at: apart },
  broadcastTo: { shapes: [[3, 1]], of: (x) => tensor.broadcastTo(x!, [2, 3, 4]) },
  reshape: { shapes: [[2, 6]], of: (x) => tensor.reshape(x!, [3, -1]) },
  "transpose of the last two": { shapes: [[2, 3, 4]], of: (x) => tensor.transpose(x!) },
  "transpose, any order": { shapes: [[2, 3, 4]], of: (x) => tensor.transpose(x!, [1, 2, 0]) },
  slice: { shapes: [[3, 5]], of: (x) => tensor.slice(x!, 1, 1, 4) },
  pad: { shapes: [[2, 3]], of: (x) => tensor.pad(x!, -1, 2, 1) },
  concat: {
    shapes: [
      [2, 3],
      [2, 1],
    ],
    of: (a, b) => tensor.concat([a!, b!, a!], 1),
  },
  "split, one part unused": {
    shapes: [[2, 6]],
    of: (x) => {
      const [a, , c] = tensor.split(x!, 1, [2, 2, 2]);
      return tensor.multiply(a!, c!);
    },
  },
  "matmul of matrices": {
    shapes: [
      [2, 3],
      [3, 4],
    ],
    of: (a, b) => tensor.matmul(a!, b!),
  },
  "matmul of a batch with one matrix": {
    shapes: [
      [2, 2, 3],
      [3, 4],
    ],
    of: (a, b) => tensor.matmul(a!, b!),
  },
  "matmul of a batch with one transposed matrix": {
    shapes: [
      [2, 2, 3],
      [4, 3],
    ],
    of: (a, b) => tensor.matmul(a!, b!, { transposeB: true, scale: 0.5 }),
  },
  "matmul, first transposed": {
    shapes: [
      [2, 3, 2],
      [2, 3, 4],
    ],
    of: (a, b) => tensor.matmul(a!, b!, { transposeA: true }),
  },
  "matmul, both transposed": {
    shapes: [
      [2, 3, 2],
      [4, 3],
    ],
    of: (a, b) => tensor.matmul(a!, b!, { transposeA: true, transposeB: true, scale: 2 }),
  },
  "matmul, batch broadcast": {
    shapes: [
      [2, 1, 2, 3],
      [3, 3, 2],
    ],
    of: (a, b) => tensor.matmul(a!, b!),
  },
  "embedding, an index twice": { shapes: [[4, 3]], of: (x) => tensor.embedding(x!, ids([0, 2, 2, 3], [2, 2])) },
  pick: { shapes: [[2, 3, 4]], of: (x) => tensor.pick(x!, ids([0, 3, 1, 1, 2, 0], [2, 3])) },
  softmax: { shapes: [[3, 4]], of: (x) => tensor.softmax(x!) },
  logSoftmax: { shapes: [[3, 4]], of: (x) => tensor.logSoftmax(x!) },
  crossEntropy: { shapes: [[2, 3, 5]], of: (x) => tensor.crossEntropy(x!, ids([0, 4, 1, 1, 2, 3], [2, 3])) },
  rmsNorm: { shapes: [[2, 3, 4]], of: (x) => tensor.rmsNorm(x!) },
  layerNorm: { shapes: [[3, 4]], of: (x) => tensor.layerNorm(x!) },
  reluSquared: { shapes: [[6]], of: (x) => tensor.reluSquared(x!), at: apart },
  silu: { shapes: [[5]], of: (x) => tensor.silu(x!) },
  gelu: { shapes: [[5]], of: (x) => tensor.gelu(x!) },
  norm: { shapes: [[2, 3]], of: (x) => tensor.norm(x!) },
  rotary: { shapes: [[2, 2, 3, 4]], of: (x) => tensor.rotary(x!) },
  "causalAttention, longer than a block": {
    shapes: [
      [1, 1, 130, 2],
      [1, 1, 130, 2],
      [1, 1, 130, 2],
    ],
    of: (q, k, v) => tensor.causalAttention(q!, k!, v!),
  },
  causalAttention: {
    shapes: [
      [2, 2, 5, 4],
      [2, 2, 5, 4],
      [2, 2, 5, 4],
    ],
    of: (q, k, v) => tensor.causalAttention(q!, k!, v!),
  },
};

/** Exports that are no differentiable operation. */
const OTHERS = new Set(
  [
    "addAt",
    "cast",
    "compile",
    "constant",
    "custom",
    "equal",
    "exportModel",
    "grad",
    "greater",
    "input",
    "inspectModel",
    "normalValues",
  ].concat(["openModel", "operation", "random", "sign", "single", "sizeOf", "threadsFromEnvironment", "variable"]),
);

describe("gradients", () => {
  it.each(Object.entries(cases))("%s: agrees with finite differences", (_, check) => expectGradient(check));

  it("every exported operation has a check", () => {
    const checked = new Set(Object.keys(cases).map((title) => title.split(/[ ,]/)[0]));
    const missing = Object.keys(tensor).filter((name) => !checked.has(name) && !OTHERS.has(name));
    expect(missing).toEqual([]);
  });
});
