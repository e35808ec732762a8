/**
 * A real training run, small enough for thousands: a network of one hidden layer learns two spirals by stochastic
 * gradient descent in plain TypeScript, with a fixed number of multiplications instead of a fixed time.
 *
 * Its constants are read by the tuner's own reader, ranges by its own defaults, so the bench covers those too.
 */

import { normal, type Random, randomFrom } from "../../src/agents/tuner/random.ts";
import { readConstants } from "../../src/agents/tuner/readers.ts";
import type { Assignment } from "../../src/agents/tuner/search.ts";
import { readSpace } from "../../src/agents/tuner/survey.ts";
import type { Named, Objective } from "./objectives.ts";

const SOURCE = `
export const LEARNING_RATE = 0.01;
export const MOMENTUM = 0.5;
export const WEIGHT_DECAY = 1e-4;
export const BATCH_SIZE = 32;
export const HIDDEN = 12; // 4..64 log
export const INIT_SCALE = 0.5;
export const WARMUP_RATIO = 0.1; // 0..0.5
export const WARMDOWN_RATIO = 0.1;
export const CLIP = 1.0;
export const ACTIVATION = "tanh"; // one of tanh|relu
export const NESTEROV = false;
export const FREQUENCY = 1.0; // 0.1..10 log, scale of the inputs
`;

/** Multiplications of the forward passes of one run. */
const BUDGET = 40_000;
const TURNS = 1.25;

/** Two spirals and 12 constants; every measurement has a seed of its own, so the noise is real. */
export const network: Named = { name: "network, 12 knobs", make };

function make(seed: number): Objective {
  const space = readSpace(readConstants("train.ts", SOURCE), new Map());
  const data = spirals(randomFrom(seed), 200);
  const held = spirals(randomFrom(seed + 500_000), 120);
  const measure = (values: Assignment, random: Random) => {
    const loss = train(settings(values), { data, held, random });
    return Number.isFinite(loss) && loss < 3 ? loss : undefined;
  };
  const several = (values: Assignment, count: number) =>
    Array.from({ length: count }, (_, i) => measure(values, randomFrom(seed * 31 + i)) ?? 3);
  const truth = (values: Assignment) => mean(several(values, 3));
  const start = several(space.values, 3);
  const noise = Math.sqrt(mean(start.map((loss) => (loss - mean(start)) ** 2)) * 1.5);
  return { knobs: space.knobs, start: space.values, measure, truth, noise };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

interface Example {
  readonly x: readonly [number, number];
  readonly label: number;
}

function spirals(random: Random, count: number): readonly Example[] {
  return Array.from({ length: count }, (_, i) => {
    const label = i % 2;
    const radius = 0.1 + 0.9 * Math.sqrt(random());
    const angle = TURNS * Math.PI * radius * 2 + label * Math.PI;
    const at = (part: number) => radius * part + 0.03 * normal(random);
    return { x: [at(Math.cos(angle)), at(Math.sin(angle))] as const, label };
  });
}

interface Settings {
  readonly learningRate: number;
  readonly momentum: number;
  readonly weightDecay: number;
  readonly batchSize: number;
  readonly hidden: number;
  readonly initScale: number;
  readonly warmup: number;
  readonly warmdown: number;
  readonly clip: number;
  readonly isRelu: boolean;
  readonly nesterov: boolean;
  readonly frequency: number;
}

function settings(values: Assignment): Settings {
  const value = (name: string) => values[`train.ts#${name}`];
  return {
    learningRate: Number(value("LEARNING_RATE")),
    momentum: Number(value("MOMENTUM")),
    weightDecay: Number(value("WEIGHT_DECAY")),
    batchSize: Number(value("BATCH_SIZE")),
    hidden: Number(value("HIDDEN")),
    initScale: Number(value("INIT_SCALE")),
    warmup: Number(value("WARMUP_RATIO")),
    warmdown: Number(value("WARMDOWN_RATIO")),
    clip: Number(value("CLIP")),
    isRelu: value("ACTIVATION") === "relu",
    nesterov: value("NESTEROV") === true,
    frequency: Number(value("FREQUENCY")),
  };
}

interface Run {
  readonly data: readonly Example[];
  readonly held: readonly Example[];
  readonly random: Random;
}

/** Trains and answers the held-out log loss; NaN when it diverged. */
function train(s: Settings, run: Run): number {
  // Per hidden unit: two input weights, a bias, an output weight; at the end the output's bias.
  const size = 4 * s.hidden + 1;
  const weights = Float64Array.from({ length: size }, () => 2 * s.initScale * normal(run.random));
  const speed = new Float64Array(size);
  const gradient = new Float64Array(size);
  const steps = Math.max(1, Math.floor(BUDGET / (4 * s.hidden * s.batchSize)));
  for (let step = 0; step < steps; step++) {
    gradient.fill(0);
    for (let b = 0; b < s.batchSize; b++) {
      backward(s, weights, { gradient, example: run.data[Math.floor(run.random() * run.data.length)]! });
    }
    update(s, { weights, speed, gradient }, step / steps);
  }
  return mean(run.held.map((example) => lossOf(forward(s, weights, example), example.label)));
}

function forward(s: Settings, w: Float64Array, { x }: Example): number {
  let out = w[4 * s.hidden]!;
  for (let h = 0; h < s.hidden; h++) {
    const sum = s.frequency * (w[4 * h]! * x[0] + w[4 * h + 1]! * x[1]) + w[4 * h + 2]!;
    out += w[4 * h + 3]! * (s.isRelu ? Math.max(0, sum) : Math.tanh(sum));
  }
  return out;
}

function lossOf(out: number, label: number): number {
  const z = label === 1 ? out : -out;
  return z > 30 ? 0 : z < -30 ? -z : Math.log1p(Math.exp(-z));
}

function backward(s: Settings, w: Float64Array, at: { gradient: Float64Array; example: Example }): void {
  const { gradient, example } = at;
  const [a, b] = example.x;
  const error = 1 / (1 + Math.exp(-forward(s, w, example))) - example.label;
  gradient[4 * s.hidden]! += error;
  for (let h = 0; h < s.hidden; h++) {
    const sum = s.frequency * (w[4 * h]! * a + w[4 * h + 1]! * b) + w[4 * h + 2]!;
    const active = s.isRelu ? Math.max(0, sum) : Math.tanh(sum);
    const slope = s.isRelu ? (sum > 0 ? 1 : 0) : 1 - active * active;
    const back = error * w[4 * h + 3]! * slope;
    gradient[4 * h]! += back * s.frequency * a;
    gradient[4 * h + 1]! += back * s.frequency * b;
    gradient[4 * h + 2]! += back;
    gradient[4 * h + 3]! += error * active;
  }
}

function update(
  s: Settings,
  state: { readonly weights: Float64Array; readonly speed: Float64Array; readonly gradient: Float64Array },
  progress: number,
): void {
  const { weights, speed, gradient } = state;
  const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0)) / s.batchSize;
  const scale = Math.min(1, s.clip / (norm + 1e-12)) / s.batchSize;
  const up = s.warmup > 0 ? Math.min(1, (progress + 0.01) / s.warmup) : 1;
  const down = s.warmdown > 0 ? Math.min(1, (1 - progress) / s.warmdown) : 1;
  const rate = s.learningRate * up * down;
  for (let i = 0; i < weights.length; i++) {
    const g = gradient[i]! * scale + s.weightDecay * weights[i]!;
    speed[i] = s.momentum * speed[i]! + g;
    weights[i]! -= rate * (s.nesterov ? g + s.momentum * speed[i]! : speed[i]!);
  }
}
