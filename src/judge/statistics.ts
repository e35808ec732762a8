/**
 * The few formulas that the judge stands on, each with its source. No state, no rules: numbers in, numbers out.
 */

/** Groups that are known only by their sum of squares Σ(x−mean)² and their degrees of freedom Σ(n−1). */
export interface Settled {
  readonly squares: number;
  readonly df: number;
}

/**
 * Standard deviation pooled within groups: sigma² = ΣΣ(x−mean)² / Σ(n−1), an optional prior counting as `df` more.
 * No group with two members and no prior: `{ sigma: NaN, df: 0 }`, which means unknown.
 */
export function pooledDeviation(
  groups: readonly (readonly number[])[],
  prior: { readonly sigma: number | undefined; readonly df: number },
  settled: Settled = { squares: 0, df: 0 },
): { sigma: number; df: number } {
  let { squares, df } = settled;
  for (const group of groups) {
    if (group.length < 2) continue;
    squares += sumOfSquares(group);
    df += group.length - 1;
  }
  if (prior.sigma !== undefined) {
    squares += prior.df * prior.sigma ** 2;
    df += prior.df;
  }
  return df === 0 ? { sigma: Number.NaN, df: 0 } : { sigma: Math.sqrt(squares / df), df };
}

/** Student's t with `df` degrees of freedom as the normal deviate of equal probability (Wallace 1959), within ±99. */
export function wallace(t: number, df: number): number {
  const z =
    df > 1000 || Math.abs(t) >= 1e6
      ? t
      : Math.sign(t) * ((8 * df + 1) / (8 * df + 3)) * Math.sqrt(df * Math.log1p((t * t) / df));
  return Math.max(-99, Math.min(99, z));
}

/** Inverse of `wallace`: the t whose normal equivalent is z (1.959964: a two-sided 95 % interval). */
export function tCritical(df: number, z = 1.959964): number {
  if (df > 1000) return z;
  return Math.sqrt(df * Math.expm1(((z * (8 * df + 3)) / (8 * df + 1)) ** 2 / df));
}

/** P(Z ≤ z) of the standard normal, relative error under 2e-7 in both tails. */
export function normalCdf(z: number): number {
  return 0.5 * erfc(-z / Math.SQRT2);
}

const ERFC = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
  0.17087277,
];

/** Complementary error function by a Chebyshev fit (Press et al., Numerical Recipes, "erfcc"): error ≤ 1.2e-7. */
function erfc(x: number): number {
  const t = 1 / (1 + 0.5 * Math.abs(x));
  const poly = ERFC.reduceRight((sum, c) => c + t * sum, 0);
  const value = t * Math.exp(-x * x + poly);
  return x >= 0 ? value : 2 - value;
}

/** Σ(x−mean)², exactly 0 when all numbers are equal. */
export function sumOfSquares(xs: readonly number[]): number {
  const first = xs[0] ?? Number.NaN;
  const m = first + xs.reduce((sum, x) => sum + (x - first), 0) / xs.length;
  return xs.reduce((sum, x) => sum + (x - m) ** 2, 0);
}
