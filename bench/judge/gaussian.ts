/**
 * A small joint normal distribution, for policies that keep beliefs about several unknowns at once.
 *
 * Immutable values; sizes stay below ten, so plain arrays do. Not a linear-algebra library.
 */

export interface Gaussian {
  readonly mean: readonly number[];
  readonly cov: readonly (readonly number[])[];
}

/** P(x) after seeing y = h·x + error of the given variance (Kalman's update), and how likely y was (density). */
export function observe(g: Gaussian, h: readonly number[], y: number, variance: number) {
  const ph = g.cov.map((row) => dot(row, h));
  const total = dot(h, ph) + variance;
  const surprise = y - dot(h, g.mean);
  const mean = g.mean.map((m, i) => m + ((ph[i] ?? 0) / total) * surprise);
  const cov = g.cov.map((row, i) => row.map((c, j) => c - ((ph[i] ?? 0) * (ph[j] ?? 0)) / total));
  const density = Math.exp((-surprise * surprise) / (2 * total)) / Math.sqrt(total);
  return { belief: { mean, cov }, density };
}

/** The belief with one more unknown at the end: a copy of unknown k plus independent noise of the given variance. */
export function extendFrom(g: Gaussian, k: number, variance: number): Gaussian {
  const like = g.cov.map((row) => row[k] ?? 0);
  const cov = [...g.cov.map((row, i) => [...row, like[i] ?? 0]), [...like, (like[k] ?? 0) + variance]];
  return { mean: [...g.mean, g.mean[k] ?? 0], cov };
}

/** The belief with `variance` more doubt about unknown k. */
export function doubt(g: Gaussian, k: number, variance: number): Gaussian {
  return {
    mean: g.mean,
    cov: g.cov.map((row, i) => (i === k ? row.map((c, j) => (j === k ? c + variance : c)) : row)),
  };
}

/** The belief with one more, independent unknown at the end. */
export function extend(g: Gaussian, mean: number, variance: number): Gaussian {
  const n = g.mean.length;
  const cov = g.cov.map((row) => [...row, 0]);
  return { mean: [...g.mean, mean], cov: [...cov, [...Array<number>(n).fill(0), variance]] };
}

/** The belief without its unknown k (what is known of the others stays). */
export function forget(g: Gaussian, k: number): Gaussian {
  const keep = (_: unknown, i: number) => i !== k;
  return { mean: g.mean.filter(keep), cov: g.cov.filter(keep).map((row) => row.filter(keep)) };
}

/** x[into] becomes x[into] + factor·x[from]. */
export function addInto(g: Gaussian, into: number, from: number, factor: number): Gaussian {
  const mean = g.mean.map((m, i) => (i === into ? m + factor * (g.mean[from] ?? 0) : m));
  const rows = g.cov.map((row, i) => (i === into ? row.map((c, j) => c + factor * (g.cov[from]?.[j] ?? 0)) : row));
  const cov = rows.map((row) => row.map((c, j) => (j === into ? c + factor * (row[from] ?? 0) : c)));
  return { mean, cov };
}

/** One normal with the mean and covariance of a mixture of two, a with weight w. */
export function mixed(a: Gaussian, b: Gaussian, w: number): Gaussian {
  const mean = a.mean.map((m, i) => w * m + (1 - w) * (b.mean[i] ?? 0));
  const gap = a.mean.map((m, i) => m - (b.mean[i] ?? 0));
  const between = w * (1 - w);
  const cov = a.cov.map((row, i) =>
    row.map((c, j) => w * c + (1 - w) * (b.cov[i]?.[j] ?? 0) + between * (gap[i] ?? 0) * (gap[j] ?? 0)),
  );
  return { mean, cov };
}

function dot(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
