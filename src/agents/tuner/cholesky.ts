/**
 * Solving with a symmetric positive matrix by its Cholesky factor (Golub and Van Loan, ch. 4). Matrices are flat, row
 * by row. Not covered: anything larger than a few hundred rows, where blocking would pay.
 */

/** The lower factor of the matrix whose lower half is given; a pivot lost to rounding is lifted to 1e-10. */
export function cholesky(matrix: Float64Array, n: number): Float64Array {
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= factor[i * n + k]! * factor[j * n + k]!;
      factor[i * n + j] = i === j ? Math.sqrt(Math.max(sum, 1e-10)) : sum / factor[j * n + j]!;
    }
  }
  return factor;
}

/** x with L x = right. */
export function forward(factor: Float64Array, right: Float64Array): Float64Array {
  const n = right.length;
  const x = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = right[i]!;
    for (let k = 0; k < i; k++) sum -= factor[i * n + k]! * x[k]!;
    x[i] = sum / factor[i * n + i]!;
  }
  return x;
}

/** x with L Lᵀ x = right. */
export function solve(factor: Float64Array, right: Float64Array): Float64Array {
  const n = right.length;
  const x = forward(factor, right);
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i]!;
    for (let k = i + 1; k < n; k++) sum -= factor[k * n + i]! * x[k]!;
    x[i] = sum / factor[i * n + i]!;
  }
  return x;
}
