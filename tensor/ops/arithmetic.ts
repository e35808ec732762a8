/**
 * Arithmetic element by element, with broadcasting, and the functions of one tensor.
 *
 * A number may stand for any tensor operand.
 */
import { broadcastShape, needFloat } from "../shape.ts";
import { constant, single, type Tensor } from "../tensor.ts";
import { cast, greater, where } from "./compare.ts";
import { sumTo } from "./stretch.ts";

/** A tensor, or a number that broadcasts against one. */
export type Operand = Tensor | number;

/** `a + b` */
export function add(a: Operand, b: Operand): Tensor {
  return binary("add", "Add", a, b, (dy) => [dy, dy]);
}

/** `a - b` */
export function subtract(a: Operand, b: Operand): Tensor {
  return binary("subtract", "Sub", a, b, (dy) => [dy, negate(dy)]);
}

/** `a · b`, element by element; for matrices see `matmul`. */
export function multiply(a: Operand, b: Operand): Tensor {
  return binary("multiply", "Mul", a, b, (dy, x, y) => [multiply(dy, y), multiply(dy, x)]);
}

/** `a / b` */
export function divide(a: Operand, b: Operand): Tensor {
  const result: Tensor = binary("divide", "Div", a, b, (dy, _, y) => [
    divide(dy, y),
    negate(multiply(dy, divide(result, y))),
  ]);
  return result;
}

/** The larger of the two; where they are equal the gradient goes to `b`. */
export function maximum(a: Operand, b: Operand): Tensor {
  return binary("maximum", "Max", a, b, (dy, x, y) => {
    const first = greater(x, y);
    return [where(first, dy, 0), where(first, 0, dy)];
  });
}

/** The smaller of the two; where they are equal the gradient goes to `b`. */
export function minimum(a: Operand, b: Operand): Tensor {
  return binary("minimum", "Min", a, b, (dy, x, y) => {
    const first = greater(y, x);
    return [where(first, dy, 0), where(first, 0, dy)];
  });
}

/** `x ^ exponent` for a fixed exponent; undefined for negative `x` unless the exponent is an integer. */
export function power(x: Tensor, exponent: number): Tensor {
  needFloat("power", x);
  return single({
    name: "power",
    operator: { type: "Pow" },
    inputs: [x, constant(exponent)],
    shape: x.shape,
    derivative: ([dy]) => [dy && multiply(dy, multiply(power(x, exponent - 1), exponent))],
  });
}

/** `x · x` */
export function square(x: Tensor): Tensor {
  return multiply(x, x);
}

/** `-x` */
export function negate(x: Tensor): Tensor {
  return unary("negate", "Neg", x, (dy) => negate(dy));
}

/** e to the power of `x` */
export function exp(x: Tensor): Tensor {
  return unary("exp", "Exp", x, (dy, y) => multiply(dy, y));
}

/** Natural logarithm. */
export function log(x: Tensor): Tensor {
  return unary("log", "Log", x, (dy) => divide(dy, x));
}

/** Square root. */
export function sqrt(x: Tensor): Tensor {
  return unary("sqrt", "Sqrt", x, (dy, y) => divide(multiply(dy, 0.5), y));
}

/** Hyperbolic tangent. */
export function tanh(x: Tensor): Tensor {
  return unary("tanh", "Tanh", x, (dy, y) => multiply(dy, subtract(1, square(y))));
}

/** `1 / (1 + e^-x)` */
export function sigmoid(x: Tensor): Tensor {
  return unary("sigmoid", "Sigmoid", x, (dy, y) => multiply(dy, multiply(y, subtract(1, y))));
}

/** Sine. */
export function sin(x: Tensor): Tensor {
  return unary("sin", "Sin", x, (dy) => multiply(dy, cos(x)));
}

/** Cosine. */
export function cos(x: Tensor): Tensor {
  return unary("cos", "Cos", x, (dy) => negate(multiply(dy, sin(x))));
}

/** `x` where positive, else 0. */
export function relu(x: Tensor): Tensor {
  return unary("relu", "Relu", x, (dy, y) => multiply(dy, cast(greater(y, 0), "float32")));
}

/** Absolute value; the gradient at 0 is 0. */
export function abs(x: Tensor): Tensor {
  return unary("abs", "Abs", x, (dy) => multiply(dy, sign(x)));
}

/** -1, 0 or 1. Its gradient is 0 everywhere. */
export function sign(x: Tensor): Tensor {
  needFloat("sign", x);
  return single({ name: "sign", operator: { type: "Sign" }, inputs: [x], shape: x.shape });
}

function unary(name: string, type: string, x: Tensor, chain: (dy: Tensor, y: Tensor) => Tensor): Tensor {
  needFloat(name, x);
  const y: Tensor = single({
    name,
    operator: { type },
    inputs: [x],
    shape: x.shape,
    derivative: ([dy]) => [dy && chain(dy, y)],
  });
  return y;
}

type BinaryChain = (dy: Tensor, a: Tensor, b: Tensor) => readonly [Tensor, Tensor];

function binary(name: string, type: string, left: Operand, right: Operand, ...[chain]: [BinaryChain]): Tensor {
  const a = typeof left === "number" ? constant(left) : left;
  const b = typeof right === "number" ? constant(right) : right;
  needFloat(name, a, b);
  return single({
    name,
    operator: { type },
    inputs: [a, b],
    shape: broadcastShape(name, a, b),
    derivative: ([dy]) => {
      if (dy === undefined) return [];
      const [da, db] = chain(dy, a, b);
      return [sumTo(da, a.shape), sumTo(db, b.shape)];
    },
  });
}
