/**
 * Means and maxima along axes; `sum` is in `stretch.ts`.
 */
import { sizeOf, type Tensor } from "../tensor.ts";
import { divide, multiply } from "./arithmetic.ts";
import { cast, equal } from "./compare.ts";
import { reshape } from "./layout.ts";
import { broadcastTo, type ReduceOptions, reduction, sum } from "./stretch.ts";

/** Mean of the elements along axes. */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  return reduction("mean", "ReduceMean", x, options, (dy, kept) => {
    const count = sizeOf(x.shape) / sizeOf(kept);
    return broadcastTo(reshape(multiply(dy, 1 / count), kept), x.shape);
  });
}

/** Sum of the squares of the elements along axes, in one pass. */
export function sumOfSquares(x: Tensor, options: ReduceOptions = {}): Tensor {
  return reduction("sumOfSquares", "ReduceSumSquare", x, options, (dy, kept) =>
    multiply(multiply(x, 2), reshape(dy, kept)),
  );
}

/** Largest element along axes. Where several are largest, they share the gradient equally. */
export function max(x: Tensor, options: ReduceOptions = {}): Tensor {
  const y: Tensor = reduction("max", "ReduceMax", x, options, (dy, kept) => {
    const isLargest = cast(equal(x, reshape(y, kept)), "float32");
    const ties = sum(isLargest, { ...options, keep: true });
    return multiply(isLargest, divide(reshape(dy, kept), ties));
  });
  return y;
}
