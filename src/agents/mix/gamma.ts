/**
 * A draw from the gamma distribution with scale 1 (Marsaglia and Tsang 2000; below shape 1 by their boost).
 */
import { normal, type Random } from "../tuner/random.ts";

/** `shape` is above 0. */
export function gamma(shape: number, random: Random): number {
  if (shape < 1) return gamma(shape + 1, random) * (1 - random()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
