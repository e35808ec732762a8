/**
 * A small deterministic source of random numbers, so that a night is a function of its seed and nothing else.
 *
 * sfc32 (Chris Doty-Humphrey, "Small Fast Counting", PractRand): 128 bits of state, period at least 2^32, passes
 * PractRand and BigCrush. Not for secrets. The numbers differ from Python's, so results agree only within noise.
 */

export interface Random {
  /** Uniform in [0, 1), 32 bits of resolution. */
  uniform(): number;
  /** Standard normal (Marsaglia's polar method). */
  normal(): number;
  /** Exponential of the given mean. */
  exponential(mean: number): number;
}

/** A stream of its own for every pair of seed and stream number. */
export function randomOf(seed: number, stream: number): Random {
  return new Sfc32(seed, stream);
}

class Sfc32 implements Random {
  private a: number;
  private b: number;
  private c = 0x9e3779b9;
  private counter = 1;
  private spare: number | undefined;

  constructor(seed: number, stream: number) {
    this.a = seed | 0;
    this.b = stream | 0;
    // The first outputs still show how alike two seeds are.
    for (let i = 0; i < 20; i++) this.uniform();
  }

  uniform(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4294967296;
  }

  normal(): number {
    const kept = this.spare;
    this.spare = undefined;
    if (kept !== undefined) return kept;
    let u = 0;
    let v = 0;
    let s = 0;
    while (s === 0 || s >= 1) {
      u = 2 * this.uniform() - 1;
      v = 2 * this.uniform() - 1;
      s = u * u + v * v;
    }
    const scale = Math.sqrt((-2 * Math.log(s)) / s);
    this.spare = v * scale;
    return u * scale;
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.uniform());
  }
}
