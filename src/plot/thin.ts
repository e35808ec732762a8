/**
 * Thins points that would be drawn on top of each other, so that 100,000 experiments make a file of some hundred kB.
 *
 * Of the points in one square the first is kept; the squares grow until few enough are left. What is drawn covers the
 * same places; how many were left out can be told from the lengths.
 */

/** A place in pixels and what stands there. */
export interface Spot<T> {
  readonly px: number;
  readonly py: number;
  readonly item: T;
}

/** At most about `most` of the spots: one for each square of the smallest size that is coarse enough. */
export function thin<T>(spots: readonly Spot<T>[], most: number): readonly Spot<T>[] {
  let kept = spots;
  for (let size = 2; kept.length > most && size <= 64; size *= 1.5) {
    const taken = new Set<number>();
    kept = spots.filter(({ px, py }) => {
      const square = Math.floor(px / size) * 10_000 + Math.floor(py / size);
      return !taken.has(square) && taken.add(square) !== undefined;
    });
  }
  return kept;
}
