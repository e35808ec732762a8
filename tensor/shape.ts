/**
 * Pure rules about shapes, shared by the operations: broadcasting, axes, and the one way errors name their shapes.
 */
import { type Shape, showShape, type Tensor } from "./tensor.ts";

/** The error of an operation that cannot take these tensors: names the operation and every shape. */
export function shapeError(name: string, why: string, ...tensors: readonly { readonly shape: Shape }[]): Error {
  return new Error(`${name}: ${why}: ${tensors.map((tensor) => showShape(tensor.shape)).join(" and ")}`);
}

/** The shape two operands broadcast to, by the rule of numpy: aligned at the right, a size of 1 stretches. */
export function broadcastShape(name: string, a: Tensor, b: Tensor): Shape {
  const rank = Math.max(a.shape.length, b.shape.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a.shape[axis - rank + a.shape.length] ?? 1;
    const right = b.shape[axis - rank + b.shape.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) throw shapeError(name, "shapes do not broadcast", a, b);
    return Math.max(left, right);
  });
}

/** Axes of `full` along which a tensor of shape `small` was stretched to it. */
export function stretchedAxes(small: Shape, full: Shape): readonly number[] {
  const offset = full.length - small.length;
  return full.flatMap((size, axis) => (axis < offset || (small[axis - offset] === 1 && size !== 1) ? [axis] : []));
}

/** An axis counted from the front; negative ones count from the back. Throws outside the rank. */
export function frontAxis(name: string, tensor: Tensor, axis: number): number {
  const rank = tensor.shape.length;
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw shapeError(name, `axis ${axis} is outside the ${rank} axes of`, tensor);
  }
  return axis < 0 ? axis + rank : axis;
}

/** The shape with one axis set to another size. */
export function withSize(shape: Shape, axis: number, size: number): Shape {
  return shape.map((old, index) => (index === axis ? size : old));
}

/** Whether two shapes are the same. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Throws unless the tensor holds float32. */
export function needFloat(name: string, ...tensors: readonly Tensor[]): void {
  for (const tensor of tensors) {
    if (tensor.dtype !== "float32") throw shapeError(name, `needs float32, found ${tensor.dtype} of shape`, tensor);
  }
}
