/**
 * Comparisons, selection and casts. A comparison is a `bool` tensor and has no gradient; `where` passes one on.
 */
import { broadcastShape, needFloat, shapeError } from "../shape.ts";
import { constant, type DType, single, type Tensor } from "../tensor.ts";
import { sumTo } from "./stretch.ts";

/** `a > b`, element by element. */
export function greater(a: Tensor | number, b: Tensor | number): Tensor {
  return comparison("greater", "Greater", a, b);
}

/** `a = b`, element by element. */
export function equal(a: Tensor | number, b: Tensor | number): Tensor {
  return comparison("equal", "Equal", a, b);
}

/** `a` where the condition holds, else `b`; all three broadcast. */
export function where(condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor {
  const [yes, no] = [asTensor(a), asTensor(b)];
  if (condition.dtype !== "bool") throw shapeError("where", "the condition must be bool, found", condition);
  needFloat("where", yes, no);
  const shape = broadcastShape("where", { ...yes, shape: broadcastShape("where", condition, yes) }, no);
  return single({
    name: "where",
    operator: { type: "Where" },
    inputs: [condition, yes, no],
    shape,
    derivative: ([dy]) =>
      dy ? [undefined, sumTo(where(condition, dy, 0), yes.shape), sumTo(where(condition, 0, dy), no.shape)] : [],
  });
}

/** The same values as another type. No gradient flows through a cast. */
export function cast(x: Tensor, dtype: DType): Tensor {
  if (x.dtype === dtype) return x;
  const to = { float32: 1, int32: 6, int64: 7, bool: 9 }[dtype];
  return single({
    name: "cast",
    operator: { type: "Cast", attributes: { to: { int: to } } },
    inputs: [x],
    shape: x.shape,
    dtype,
  });
}

function comparison(name: string, type: string, left: Tensor | number, right: Tensor | number): Tensor {
  const [a, b] = [asTensor(left), asTensor(right)];
  if (a.dtype !== b.dtype) throw shapeError(name, `cannot compare ${a.dtype} with ${b.dtype} of shapes`, a, b);
  return single({ name, operator: { type }, inputs: [a, b], shape: broadcastShape(name, a, b), dtype: "bool" });
}

function asTensor(value: Tensor | number): Tensor {
  return typeof value === "number" ? constant(value) : value;
}
