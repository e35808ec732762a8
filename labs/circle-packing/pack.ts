/**
 * Free: packs 26 circles into the unit square, as large a sum of radii as it can find, and writes submission.json.
 *
 * From random centres, again and again: gradient ascent on the sum of the radii less a penalty for every overlap, which
 * grows; then radii are cut until nothing overlaps. The best of all starts is written.
 */
import { writeFileSync } from "node:fs";
import { COUNT, check } from "./exact.ts";

const BUDGET_SECONDS = Number(process.env.NIGHTYARD_BUDGET_SECONDS ?? 8);
const SEED = Math.trunc(Number(process.env.NIGHTYARD_SEED ?? 0));

const STEPS = 120; // 100..20000 log, of one start
const STEP_SIZE = 0.003; // 1e-4..0.05 log, the first; falls to 0 over a start
const MOMENTUM = 0.2; // 0..0.98
const PENALTY_FIRST = 1; // 0.3..30 log, weight of an overlap at the beginning
const PENALTY_LAST = 10; // 10..3000 log, and at the end
const RADIUS_FIRST = 0.03; // 0.005..0.1, of every circle
const JITTER = 1; // 0..1, how far the first centres are from a grid; 1 is anywhere
const CUT = 1e-12; // fixed, relative: makes up for what floating point rounds away
const LEAST = 1e-3; // fixed: of a radius, and of a centre's distance from a side

/** Centres and radii: x, y, r of circle i at 3i, 3i + 1, 3i + 2. */
type Packing = Float64Array;

const began = performance.now();
const random = generator(SEED);
let best: Packing | undefined;
let starts = 0;
// A start takes a few hundredths of a second; 0.3 s are kept back for writing.
while ((performance.now() - began) / 1000 < BUDGET_SECONDS - 0.3) {
  const packing = feasible(ascend(firstPacking()));
  // Circles that all went to one place have a sum that is no number, which is larger than nothing.
  if (sumOf(packing) > (best === undefined ? 0 : sumOf(best))) best = packing;
  starts += 1;
}
if (best === undefined) {
  console.error(`FAIL: no packing after ${starts} starts: the circles ran away or fell together`);
  process.exit(1);
}
const submission = textOf(best);
writeFileSync("submission.json", submission);
const checked = check(submission);
console.log(
  `---\nsum_radii: ${sumOf(best).toFixed(12)}\nstarts: ${starts}\nvalid: ${checked.kind === "valid" ? 1 : 0}`,
);

function firstPacking(): Packing {
  const side = Math.ceil(Math.sqrt(COUNT));
  const packing = new Float64Array(3 * COUNT);
  for (let i = 0; i < COUNT; i++) {
    const cell = [(i % side) + 0.5, Math.floor(i / side) + 0.5];
    for (const axis of [0, 1]) packing[3 * i + axis] = (1 - JITTER) * (cell[axis]! / side) + JITTER * random();
    packing[3 * i + 2] = RADIUS_FIRST;
  }
  return packing;
}

/** Gradient ascent with momentum. */
function ascend(packing: Packing): Packing {
  const velocity = new Float64Array(packing.length);
  for (let step = 0; step < STEPS; step++) {
    const done = step / STEPS;
    const penalty = PENALTY_FIRST * (PENALTY_LAST / PENALTY_FIRST) ** done;
    const gradient = gradientOf(packing, penalty);
    for (let k = 0; k < packing.length; k++) {
      velocity[k] = MOMENTUM * velocity[k]! + STEP_SIZE * (1 - done) * gradient[k]!;
      packing[k] = Math.min(1 - LEAST, Math.max(LEAST, packing[k]! + velocity[k]!));
    }
  }
  return packing;
}

/** Of the sum of the radii less `penalty` times the sum of all depths of overlap. */
function gradientOf(packing: Packing, penalty: number): Float64Array {
  const gradient = new Float64Array(packing.length);
  for (let i = 0; i < COUNT; i++) {
    const [x, y, r] = [packing[3 * i]!, packing[3 * i + 1]!, packing[3 * i + 2]!];
    gradient[3 * i + 2]! += 1;
    for (const [axis, at] of [x, y].entries()) {
      const low = Math.max(0, r - at);
      const high = Math.max(0, at + r - 1);
      gradient[3 * i + axis]! += penalty * 20 * (low - high);
      gradient[3 * i + 2]! -= penalty * 20 * (low + high);
    }
    for (let j = 0; j < i; j++) push(packing, gradient, [i, j], penalty);
  }
  return gradient;
}

function push(packing: Packing, gradient: Float64Array, [i, j]: readonly [number, number], penalty: number): void {
  const dx = packing[3 * i]! - packing[3 * j]!;
  const dy = packing[3 * i + 1]! - packing[3 * j + 1]!;
  const distance = Math.hypot(dx, dy) || 1e-9;
  const depth = packing[3 * i + 2]! + packing[3 * j + 2]! - distance;
  if (depth <= 0) return;
  const force = penalty * 20 * depth;
  gradient[3 * i]! += (force * dx) / distance;
  gradient[3 * i + 1]! += (force * dy) / distance;
  gradient[3 * j]! -= (force * dx) / distance;
  gradient[3 * j + 1]! -= (force * dy) / distance;
  gradient[3 * i + 2]! -= force;
  gradient[3 * j + 2]! -= force;
}

/**
 * The same centres with radii cut until every circle is inside and none overlaps: both of a pair by the same factor.
 */
function feasible(packing: Packing): Packing {
  for (let i = 0; i < COUNT; i++) {
    const [x, y] = [packing[3 * i]!, packing[3 * i + 1]!];
    packing[3 * i + 2] = Math.min(packing[3 * i + 2]!, x, y, 1 - x, 1 - y);
    for (let j = 0; j < i; j++) {
      const distance = Math.hypot(x - packing[3 * j]!, y - packing[3 * j + 1]!);
      const factor = distance / (packing[3 * i + 2]! + packing[3 * j + 2]!);
      if (factor >= 1) continue;
      packing[3 * i + 2]! *= factor;
      packing[3 * j + 2]! *= factor;
    }
  }
  for (let i = 0; i < COUNT; i++) packing[3 * i + 2]! *= 1 - CUT;
  return packing;
}

function sumOf(packing: Packing): number {
  return packing.reduce((sum, value, k) => (k % 3 === 2 ? sum + value : sum), 0);
}

function textOf(packing: Packing): string {
  const at = (k: number) => packing[k]!.toFixed(20);
  const circles = Array.from({ length: COUNT }, (_, i) => ({ x: at(3 * i), y: at(3 * i + 1), r: at(3 * i + 2) }));
  return `${JSON.stringify({ circles }, undefined, 1)}\n`;
}

/** Uniform numbers in [0, 1), mulberry32. */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
