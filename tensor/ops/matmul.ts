/**
 * Matrix products, the operation that training spends its time in.
 *
 * Transposed operands and a factor cost nothing here: they become attributes of onnxruntime's `FusedMatMul`, so no
 * transposed copy of a matrix is ever made, in the forward pass or in the derivative.
 */
import { broadcastShape, needFloat, shapeError } from "../shape.ts";
import { type Operator, type Shape, single, sizeOf, type Tensor } from "../tensor.ts";
import { reshape, transpose } from "./layout.ts";
import { sumTo } from "./stretch.ts";

/** Take an operand with its last two axes exchanged; multiply the product by `scale`. */
export interface MatmulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly scale?: number;
}

/**
 * `scale · a · b` over the last two axes; axes before them are a batch and broadcast.
 * `[..., m, k] · [..., k, n] -> [..., m, n]`
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  needFloat("matmul", a, b);
  if (a.shape.length < 2 || b.shape.length < 2) throw shapeError("matmul", "needs two axes or more", a, b);
  const { transposeA = false, transposeB = false } = options;
  const [m, k] = matrixShape(a, transposeA);
  const [inner, n] = matrixShape(b, transposeB);
  if (k !== inner) throw shapeError("matmul", `inner sizes ${k} and ${inner} differ`, a, b);
  if (transposeA && sizeOf(a.shape) > sizeOf(b.shape)) {
    // The kernel copies a transposed first operand piece by piece, once for each 128 columns of the second: let it be
    // the smaller one, aᵀ·b = (bᵀ·a)ᵀ. Measured: 44 -> 61 GFLOP/s in attention's derivative.
    return transpose(matmul(b, a, { transposeA: !transposeB, scale: options.scale ?? 1 }));
  }
  if (b.shape.length === 2 && a.shape.length > 2 && !transposeA) {
    // One large product instead of a batch of small ones; the reshapes move nothing.
    return reshape(product(reshape(a, [-1, k]), b, options), [...a.shape.slice(0, -1), n]);
  }
  return product(a, b, options, [m, n]);
}

function product(a: Tensor, b: Tensor, options: MatmulOptions, size?: readonly [number, number]): Tensor {
  const { transposeA = false, transposeB = false, scale = 1 } = options;
  const [m, n] = size ?? [matrixShape(a, transposeA)[0], matrixShape(b, transposeB)[1]];
  const batch = broadcastShape("matmul", { ...a, shape: a.shape.slice(0, -2) }, { ...b, shape: b.shape.slice(0, -2) });
  return single({
    name: "matmul",
    operator: matmulOperator(transposeA, transposeB, scale),
    inputs: [a, b],
    shape: [...batch, m, n],
    derivative: ([dy]) => {
      if (dy === undefined) return [];
      const da = transposeA
        ? matmul(b, dy, { transposeA: transposeB, transposeB: true, scale })
        : matmul(dy, b, { transposeB: !transposeB, scale });
      const db = transposeB
        ? matmul(dy, a, { transposeA: true, transposeB: transposeA, scale })
        : matmul(a, dy, { transposeA: !transposeA, scale });
      return [sumTo(da, a.shape), sumTo(db, b.shape)];
    },
  });
}

function matmulOperator(transposeA: boolean, transposeB: boolean, scale: number): Operator {
  if (!transposeA && !transposeB && scale === 1) return { type: "MatMul" };
  const attributes = {
    transA: { int: transposeA ? 1 : 0 },
    transB: { int: transposeB ? 1 : 0 },
    alpha: { float: scale },
  };
  return { type: "FusedMatMul", domain: "com.microsoft", attributes };
}

function matrixShape(x: { readonly shape: Shape }, transposed: boolean): readonly [number, number] {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}
