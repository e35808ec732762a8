/**
 * A small seeded source of randomness (mulberry32 by Tommy Ettinger, public domain), so that the same briefing gives
 * the same proposal. Not for secrets.
 */

/** Each call answers the next number, uniform in [0, 1). */
export type Random = () => number;

/** A source that depends on nothing but the integer given; larger numbers are folded to 32 bits. */
export function randomFrom(seed: number): Random {
  let state = (Math.floor(seed / 2 ** 32) ^ seed ^ 0x9e3779b9) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A draw from the standard normal distribution (Box and Muller 1958). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** An index drawn in proportion to the weights, which are not negative and not all zero. */
export function weightedIndex(weights: readonly number[], random: Random): number {
  let left = random() * weights.reduce((sum, w) => sum + w, 0);
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i] ?? 0;
    if (left < 0) return i;
  }
  return weights.length - 1;
}
