/**
 * Stretching a tensor to a larger shape and its inverse, the sum along axes: the pair behind broadcasting.
 */
import { broadcastShape, frontAxis, needFloat, sameShape, shapeError, stretchedAxes } from "../shape.ts";
import { integers, type Shape, single, type Tensor } from "../tensor.ts";
import { reshape } from "./layout.ts";

/** Which axes to reduce (default: all), and whether reduced axes stay with size 1 (default: they go). */
export interface ReduceOptions {
  readonly axes?: readonly number[];
  readonly keep?: boolean;
}

/** Sum of the elements along axes. */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  return reduction("sum", "ReduceSum", x, options, (dy, kept) => broadcastTo(reshape(dy, kept), x.shape));
}

/** Stretches axes of size 1, and adds axes in front, until the shape is `shape`. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (!sameShape(broadcastShape("broadcastTo", x, { ...x, shape }), shape)) {
    throw shapeError("broadcastTo", "the first cannot be stretched to the second", x, { shape });
  }
  return single({
    name: "broadcastTo",
    operator: { type: "Expand" },
    inputs: [x, integers(shape)],
    shape,
    dtype: x.dtype,
    derivative: ([dy]) => [dy && sumTo(dy, x.shape)],
  });
}

/** Sums a gradient over the axes along which an operand of shape `shape` had been stretched. */
export function sumTo(dy: Tensor, shape: Shape): Tensor {
  if (sameShape(dy.shape, shape)) return dy;
  const axes = stretchedAxes(shape, dy.shape);
  return reshape(axes.length === 0 ? dy : sum(dy, { axes }), shape);
}

/**
 * Records an operator that reduces along axes. `spread` gets the gradient of the result and the shape with the reduced
 * axes kept at size 1, and answers the gradient of `x`.
 */
export function reduction(
  name: string,
  type: string,
  x: Tensor,
  options: ReduceOptions,
  spread: (dy: Tensor, kept: Shape) => Tensor,
): Tensor {
  needFloat(name, x);
  const axes = [...new Set((options.axes ?? x.shape.map((_, axis) => axis)).map((axis) => frontAxis(name, x, axis)))];
  if (axes.length === 0) return x;
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return single({
    name,
    operator: { type, attributes: { keepdims: { int: options.keep ? 1 : 0 } } },
    inputs: [x, integers(axes.sort((a, b) => a - b))],
    shape: options.keep ? kept : x.shape.filter((_, axis) => !axes.includes(axis)),
    derivative: ([dy]) => [dy && spread(dy, kept)],
  });
}
