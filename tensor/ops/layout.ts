/**
 * Operations that move elements and compute nothing: reshape, transpose, slice, pad, concat, split.
 */
import { frontAxis, sameShape, shapeError, withSize } from "../shape.ts";
import { constant, integers, operation, type Shape, single, sizeOf, type Tensor } from "../tensor.ts";

/** The same elements in the same order under another shape. One size may be -1 and is worked out. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = shape.filter((size) => size !== -1);
  const rest = sizeOf(x.shape) / sizeOf(known);
  const full = shape.map((size) => (size === -1 ? rest : size));
  const fits = shape.length - known.length <= 1 && full.every(Number.isInteger) && sizeOf(full) === sizeOf(x.shape);
  if (!fits) throw shapeError("reshape", "the number of elements differs", x, { shape });
  if (sameShape(full, x.shape)) return x;
  return single({
    name: "reshape",
    operator: { type: "Reshape" },
    inputs: [x, integers(full)],
    shape: full,
    dtype: x.dtype,
    derivative: ([dy]) => [dy && reshape(dy, x.shape)],
  });
}

/** Reorders the axes: axis `i` of the result is axis `order[i]` of `x`. Default: the last two change places. */
export function transpose(x: Tensor, order?: readonly number[]): Tensor {
  const rank = x.shape.length;
  const axes = order ?? x.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
  if (axes.length !== rank || new Set(axes).size !== rank || axes.some((axis) => x.shape[axis] === undefined)) {
    throw shapeError("transpose", `order [${axes.join(", ")}] is no order of the axes of`, x);
  }
  const inverse = axes.map((_, axis) => axes.indexOf(axis));
  return single({
    name: "transpose",
    operator: { type: "Transpose", attributes: { perm: { ints: axes } } },
    inputs: [x],
    shape: axes.map((axis) => x.shape[axis]!),
    dtype: x.dtype,
    derivative: ([dy]) => [dy && transpose(dy, inverse)],
  });
}

/** Elements `from` up to, not including, `to` along one axis. */
export function slice(x: Tensor, axis: number, from: number, to: number): Tensor {
  const front = frontAxis("slice", x, axis);
  const size = x.shape[front]!;
  if (!(Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from < to && to <= size)) {
    throw shapeError("slice", `${from}..${to} is not inside axis ${front} of`, x);
  }
  if (from === 0 && to === size) return x;
  return single({
    name: "slice",
    operator: { type: "Slice" },
    inputs: [x, integers([from]), integers([to]), integers([front])],
    shape: withSize(x.shape, front, to - from),
    dtype: x.dtype,
    derivative: ([dy]) => [dy && pad(dy, front, from, size - to)],
  });
}

/** Adds `before` and `after` zeros along one axis. */
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  const front = frontAxis("pad", x, axis);
  if (!(Number.isInteger(before) && Number.isInteger(after) && before >= 0 && after >= 0)) {
    throw shapeError("pad", `${before} and ${after} are no counts of zeros for`, x);
  }
  const size = x.shape[front]!;
  const amounts = x.shape.map((_, index) => (index === front ? before : 0));
  const behind = x.shape.map((_, index) => (index === front ? after : 0));
  return single({
    name: "pad",
    operator: { type: "Pad" },
    inputs: [x, integers([...amounts, ...behind])],
    shape: withSize(x.shape, front, before + size + after),
    dtype: x.dtype,
    derivative: ([dy]) => [dy && slice(dy, front, before, before + size)],
  });
}

/** Puts tensors one behind the other along one axis; the other axes must agree. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const first = parts[0];
  if (first === undefined) throw new Error("concat: needs at least one tensor");
  const front = frontAxis("concat", first, axis);
  for (const part of parts) {
    if (part.dtype !== first.dtype || !sameShape(withSize(part.shape, front, 1), withSize(first.shape, front, 1))) {
      throw shapeError("concat", `differ elsewhere than along axis ${front}`, first, part);
    }
  }
  const sizes = parts.map((part) => part.shape[front]!);
  return single({
    name: "concat",
    operator: { type: "Concat", attributes: { axis: { int: front } } },
    inputs: parts,
    shape: withSize(
      first.shape,
      front,
      sizes.reduce((total, size) => total + size, 0),
    ),
    dtype: first.dtype,
    derivative: ([dy]) => (dy ? split(dy, front, sizes) : []),
  });
}

/** Cuts a tensor along one axis into pieces of the given sizes, which must add up. */
export function split(x: Tensor, axis: number, sizes: readonly number[]): readonly Tensor[] {
  const front = frontAxis("split", x, axis);
  if (sizes.reduce((total, size) => total + size, 0) !== x.shape[front]) {
    throw shapeError("split", `sizes ${sizes.join(" + ")} do not add up to axis ${front} of`, x);
  }
  if (sizes.length === 1) return [x];
  const shapes = sizes.map((size) => withSize(x.shape, front, size));
  return operation({
    name: "split",
    operator: { type: "Split", attributes: { axis: { int: front } } },
    inputs: [x, integers(sizes)],
    outputs: shapes.map((shape) => ({ shape, dtype: x.dtype })),
    derivative: (upstream) => [
      concat(
        shapes.map((shape, index) => upstream[index] ?? constant(0, shape)),
        front,
      ),
    ],
  });
}
