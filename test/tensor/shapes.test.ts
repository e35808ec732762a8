/**
 * Misuse is refused where it is written, by an error that names the operation and the shapes.
 */
import * as tensor from "nightyard/tensor";
import { input } from "nightyard/tensor";
import { describe, expect, it } from "vitest";

const a = input("a", [2, 3]);
const b = input("b", [4, 5]);
const ids = input("ids", [2], "int32");

const mistakes: readonly (readonly [what: string, make: () => unknown, message: string])[] = [
  ["add", () => tensor.add(a, b), "add: shapes do not broadcast: [2, 3] and [4, 5]"],
  ["matmul, inner sizes", () => tensor.matmul(a, b), "matmul: inner sizes 3 and 4 differ: [2, 3] and [4, 5]"],
  [
    "matmul, transposed",
    () => tensor.matmul(a, b, { transposeB: true }),
    "matmul: inner sizes 3 and 5 differ: [2, 3] and [4, 5]",
  ],
  ["matmul of a vector", () => tensor.matmul(a, input("v", [3])), "matmul: needs two axes or more: [2, 3] and [3]"],
  ["reshape", () => tensor.reshape(a, [4, 2]), "reshape: the number of elements differs: [2, 3] and [4, 2]"],
  [
    "reshape, two unknown",
    () => tensor.reshape(a, [-1, -1]),
    "reshape: the number of elements differs: [2, 3] and [-1, -1]",
  ],
  ["transpose", () => tensor.transpose(a, [0, 0]), "transpose: order [0, 0] is no order of the axes of: [2, 3]"],
  ["slice", () => tensor.slice(a, 1, 2, 4), "slice: 2..4 is not inside axis 1 of: [2, 3]"],
  ["concat", () => tensor.concat([a, b], 0), "concat: differ elsewhere than along axis 0: [2, 3] and [4, 5]"],
  ["split", () => tensor.split(a, 1, [1, 1]), "split: sizes 1 + 1 do not add up to axis 1 of: [2, 3]"],
  ["sum, axis", () => tensor.sum(a, { axes: [2] }), "sum: axis 2 is outside the 2 axes of: [2, 3]"],
  ["broadcastTo", () => tensor.broadcastTo(a, [2, 4]), "broadcastTo: shapes do not broadcast: [2, 3] and [2, 4]"],
  ["integers in float operations", () => tensor.exp(ids), "exp: needs float32, found int32 of shape: [2]"],
  [
    "floats as indices",
    () => tensor.embedding(a, b),
    "embedding: indices must be int32, found float32 for: [2, 3] and [4, 5]",
  ],
  [
    "crossEntropy",
    () => tensor.crossEntropy(b, ids),
    "crossEntropy: needs one target for each row of logits: [4, 5] and [2]",
  ],
  ["rotary", () => tensor.rotary(a), "rotary: needs [batch, heads, time, even size], found: [2, 3]"],
  ["grad", () => tensor.grad(a, [a]), "grad: the loss must be a scalar: [2, 3]"],
  ["variable", () => tensor.variable("w", [2], new Float32Array(3)), 'variable "w": 3 initial values for shape [2]'],
  ["size 0", () => input("x", [0]), 'input "x": every size must be a positive integer, found [0]'],
];

describe("shape errors", () => {
  it.each(mistakes)("%s: names the operation and the shapes", (_, make, message) => {
    expect(make).toThrow(message);
  });
});
