/**
 * Rotary positions and causal attention for tensors laid out `[batch, heads, time, size]`.
 */
import { needFloat, sameShape, shapeError } from "../shape.ts";
import { constant, custom, single, type Tensor } from "../tensor.ts";
import { add, multiply, subtract } from "./arithmetic.ts";
import { concat, slice } from "./layout.ts";
import { matmul } from "./matmul.ts";
import { softmax } from "./softmax.ts";
import { sum } from "./stretch.ts";

/** Queries that are multiplied with the keys at once: 64 do less work than 128, but in products too small to pay. */
const BLOCK = 128;

/**
 * Turns each pair of features by an angle that grows with the position, so that products of two vectors depend on how
 * far apart they are. `x` is `[batch, heads, time, size]` with an even size; feature `i` is paired with `i + size/2`.
 * Su et al., "RoFormer", 2021.
 */
export function rotary(x: Tensor, base = 10_000): Tensor {
  needFloat("rotary", x);
  const [, , time, size] = x.shape;
  if (x.shape.length !== 4 || time === undefined || size === undefined || size % 2 !== 0) {
    throw shapeError("rotary", "needs [batch, heads, time, even size], found", x);
  }
  const angle = (index: number) => Math.floor(index / (size / 2)) * base ** (-(index % (size / 2)) / (size / 2));
  const table = (of: (angle: number) => number) =>
    Float32Array.from({ length: (time * size) / 2 }, (_, i) => of(angle(i)));
  const shape = [time, size / 2];
  const cosines = constant(table(Math.cos), shape);
  const turn = (y: Tensor, sines: Tensor): Tensor =>
    single({
      name: "rotary",
      operator: { type: "RotaryEmbedding", domain: "com.microsoft" },
      inputs: [y, constant(new BigInt64Array(1), [1]), cosines, sines],
      shape: x.shape,
    });
  const turned = turn(x, constant(table(Math.sin), shape));
  // A rotation's derivative is the rotation back.
  return custom("rotary", [x], turned, (dy) => [
    turn(
      dy,
      constant(
        table((a) => -Math.sin(a)),
        shape,
      ),
    ),
  ]);
}

/**
 * `softmax(q · kᵀ / sqrt(size)) · v` where each position sees itself and what is before it.
 * `q`, `k` and `v` are `[batch, heads, time, size]`.
 */
export function causalAttention(q: Tensor, k: Tensor, v: Tensor): Tensor {
  needFloat("causalAttention", q, k, v);
  const [, , time, size] = q.shape;
  if (!sameShape(q.shape, k.shape) || !sameShape(k.shape, v.shape) || time === undefined || size === undefined) {
    throw shapeError("causalAttention", "q, k and v must be [batch, heads, time, size] alike, found", q, k, v);
  }
  // Cut into blocks of queries, keys behind a block are never multiplied: two blocks save a quarter, four 3/8.
  const starts = Array.from({ length: Math.ceil(time / BLOCK) }, (_, index) => index * BLOCK);
  const blocks = starts.map((from) => {
    const to = Math.min(time, from + BLOCK);
    return attend(slice(q, 2, from, to), slice(k, 2, 0, to), slice(v, 2, 0, to));
  });
  return blocks.length === 1 ? blocks[0]! : concat(blocks, 2);
}

/** Attention of a block of queries, the last ones of `time`, to all keys up to each of them. */
function attend(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const [, , queries, size] = q.shape as [number, number, number, number];
  const keys = k.shape[2]!;
  const scale = 1 / Math.sqrt(size);
  const isFuture = (i: number) => (i % keys) - (keys - queries) > Math.floor(i / keys);
  const future = Float32Array.from({ length: queries * keys }, (_, i) => (isFuture(i) ? -1e9 : 0));
  const scores = matmul(q, k, { transposeB: true, scale });
  const weights = softmax(add(scores, constant(future, [queries, keys])));
  const result = matmul(weights, v);
  return custom("causalAttention", [q, k, v], result, (dy) => {
    // The row sums of (dy · vᵀ) ∘ weights equal those of dy ∘ result, which are far smaller to compute.
    const along = sum(multiply(dy, result), { axes: [-1], keep: true });
    const dScores = multiply(subtract(matmul(dy, v, { transposeB: true }), along), weights);
    return [
      matmul(dScores, k, { scale }),
      matmul(dScores, q, { transposeA: true, scale }),
      matmul(weights, dy, { transposeA: true }),
    ];
  });
}
