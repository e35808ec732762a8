/**
 * Seeded random numbers for initial weights, batches and sampling: the same seed gives the same numbers everywhere.
 *
 * Not for secrets.
 */

/** A stream of random numbers; each call answers the next one. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Whole number in [0, below). */
  integer(below: number): number;
  /** Normal with mean 0 and deviation 1. */
  normal(): number;
}

/** A stream that depends on nothing but the seed. The generator is sfc32 (Chris Doty-Humphrey's PractRand). */
export function random(seed: number): Random {
  const state = new Int32Array([0x9e3779b9, 0x243f6a88, seed, 1]);
  const uniform = () => next(state) / 2 ** 32;
  // Nearby seeds start alike; a few rounds part them.
  for (let round = 0; round < 16; round++) next(state);
  return {
    uniform,
    integer: (below) => Math.floor(uniform() * below),
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

/** `size` normal numbers of the given deviation: initial weights. */
export function normalValues(stream: Random, size: number, deviation: number): Float32Array {
  return Float32Array.from({ length: size }, () => stream.normal() * deviation);
}

function next(state: Int32Array): number {
  const [a, b, c, counter] = state as unknown as [number, number, number, number];
  const result = (a + b + counter) | 0;
  state[3] = counter + 1;
  state[0] = b ^ (b >>> 9);
  state[1] = c + (c << 3);
  state[2] = ((c << 21) | (c >>> 11)) + result;
  return result >>> 0;
}
