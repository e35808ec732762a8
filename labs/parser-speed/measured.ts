/**
 * Frozen: what a run leaves, and what it is worth: megabytes (10^6 bytes) per second, the median of all repeats.
 *
 * Checked here is that every repeat's answer was right: the seed gives the input, the reference gives the answer, and
 * the digest must be that answer's. Not covered: the seconds. They are what the run's own clock, in frozen code, said.
 */
import { createHash } from "node:crypto";
import { randomCsv } from "./inputs.ts";
import { referenceAnswer } from "./reference.ts";

/** Bytes of one input, about. */
export const INPUT_BYTES = 500_000;
/** Inputs that are parsed before any is timed: code is compiled while it runs. */
export const WARM_UP = 10;
/** Inputs that are timed, each another one. Odd, so that the median is one of them. */
export const REPEATS = 21;
/** No parser moves bytes through two pipes at this speed, in MB/s: a faster repeat is a fault of the clock. */
const MOST_MB_PER_SECOND = 20_000;

export interface Repeat {
  readonly seed: number;
  readonly seconds: number;
  /** SHA-256 of the answer, hexadecimal. */
  readonly answer: string;
}

/** In MB/s; `driftPercent`: the second half's median against the first's; `spreadPercent`: between the quartiles. */
export interface Worth {
  readonly mbPerSecond: number;
  readonly driftPercent: number;
  readonly spreadPercent: number;
}

export function digest(answer: Uint8Array | string): string {
  return createHash("sha256").update(answer).digest("hex");
}

/** Throws an Error that says why a file is no measurement. */
export function worthOf(text: string): Worth {
  const repeats = readRepeats(text);
  const speeds = repeats.map((repeat, index) => {
    const input = randomCsv(repeat.seed, INPUT_BYTES);
    if (digest(referenceAnswer(input)) !== repeat.answer) throw new Error(`repeat ${index}: the answer is wrong`);
    const speed = input.length / 1e6 / repeat.seconds;
    if (!(speed < MOST_MB_PER_SECOND)) throw new Error(`repeat ${index}: faster than a pipe`);
    return speed;
  });
  const half = Math.floor(speeds.length / 2);
  const [all, first, second] = [speeds, speeds.slice(0, half), speeds.slice(half + 1)].map(sorted);
  const mbPerSecond = middle(all!);
  const quartiles = [all![Math.floor(REPEATS / 4)]!, all![Math.floor((3 * REPEATS) / 4)]!] as const;
  return {
    mbPerSecond,
    driftPercent: 100 * (middle(second!) / middle(first!) - 1),
    spreadPercent: (100 * (quartiles[1] - quartiles[0])) / mbPerSecond,
  };
}

function readRepeats(text: string): readonly Repeat[] {
  const parsed: unknown = JSON.parse(text);
  const list = (parsed as { repeats?: unknown } | null)?.repeats;
  if (!Array.isArray(list) || list.length !== REPEATS) throw new Error(`no list of ${REPEATS} repeats`);
  const repeats = list.map((one: unknown, index): Repeat => {
    const { seed, seconds, answer } = (one ?? {}) as Readonly<Record<string, unknown>>;
    const isRight =
      Number.isSafeInteger(seed) &&
      typeof seconds === "number" &&
      Number.isFinite(seconds) &&
      seconds > 0 &&
      typeof answer === "string";
    if (!isRight) throw new Error(`repeat ${index} has no seed, seconds above 0 and answer`);
    return { seed: seed as number, seconds, answer };
  });
  // Reduced as the generator of the inputs reduces them: seeds that give the same input are the same seed.
  if (new Set(repeats.map(({ seed }) => seed | 0)).size !== REPEATS) throw new Error("two repeats have the same seed");
  return repeats;
}

function sorted(values: readonly number[]): readonly number[] {
  return [...values].sort((a, b) => a - b);
}

function middle(values: readonly number[]): number {
  return values[Math.floor(values.length / 2)]!;
}
