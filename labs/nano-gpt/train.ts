/**
 * The agent's file: the model, the optimiser, the schedule and the loop. Anything here may change.
 *
 * It must train for no longer than the clock says, leave `model.onnx` behind (input `tokens`, int32
 * `[EVALUATION_BATCH, SEQUENCE_LENGTH]`; output `logits`, float32, one row of VOCABULARY for each token), and end with
 * the summary. How the tensor library works is in docs/tensor.md of the nightyard package.
 */
import { writeFileSync } from "node:fs";
import {
  add,
  causalAttention,
  compile,
  crossEntropy,
  divide,
  embedding,
  exportModel,
  grad,
  input,
  type Model,
  matmul,
  minimum,
  multiply,
  normalValues,
  openModel,
  random,
  reluSquared,
  reshape,
  rmsNorm,
  rotary,
  sizeOf,
  sqrt,
  square,
  subtract,
  sumOfSquares,
  type Tensor,
  transpose,
  type Update,
  variable,
} from "nightyard/tensor";
import {
  BUDGET_SECONDS,
  budgetClock,
  EVALUATION_BATCH,
  evaluationBatches,
  load,
  randomBatch,
  SEED,
  SEQUENCE_LENGTH,
  sumOfNats,
  VOCABULARY,
} from "./prepare.ts";

// Model
const DEPTH = 4; // one of 2|3|4|5|6|8, number of layers
const HEADS = 4; // one of 2|3|4|6|8, attention heads
const HEAD_SIZE = 32; // one of 16|32|48|64, features of each head; the width is HEADS * HEAD_SIZE
const MLP_RATIO = 4; // one of 1|2|3|4|6, hidden features of the MLP for each feature of the width
const ROTARY_BASE = 10_000; // 100..100000 log, longest wavelength of the positions, in tokens
const INIT_DEVIATION = 0.5; // 0.1..2 log, spread of initial weights, times 1 / sqrt(inputs)

// Optimiser
const LEARNING_RATE = 2e-3; // 1e-4..3e-2 log, peak learning rate
const WARM_UP = 0.05; // 0.005..0.3, part of the budget in which the learning rate rises
const WARM_DOWN = 0.4; // 0.1..1, part of the budget in which it falls to 0
const BETA1 = 0.9; // 0.7..0.99, decay of the mean gradient
const BETA2 = 0.99; // 0.9..0.999, decay of the mean squared gradient
const WEIGHT_DECAY = 0.1; // 0..0.5, how fast matrices shrink, in units of the learning rate
const CLIP = 1; // 0.1..10 log, largest norm of the gradient

// Batches
const ROWS = 4; // one of 2|4|6|8|12|16|24, sequences in a step
const TRAIN_LENGTH = 256; // one of 64|96|128|192|256, tokens in a sequence while training

const WIDTH = HEADS * HEAD_SIZE;
const EPSILON = 1e-8;
const stream = random(SEED);
const parameters: Tensor[] = [];

/** A matrix to be learnt, `[inputs, outputs]`; `deviation` is that of its initial values. */
function weight(name: string, inputs: number, outputs: number, deviation = INIT_DEVIATION / Math.sqrt(inputs)): Tensor {
  const matrix = variable(name, [inputs, outputs], normalValues(stream, inputs * outputs, deviation));
  parameters.push(matrix);
  return matrix;
}

const tokenTable = weight("tokenTable", VOCABULARY, WIDTH, 0.5);
const layers = Array.from({ length: DEPTH }, (_, i) => ({
  query: weight(`layer${i}.query`, WIDTH, WIDTH),
  key: weight(`layer${i}.key`, WIDTH, WIDTH),
  value: weight(`layer${i}.value`, WIDTH, WIDTH),
  // What writes into the residual stream starts at 0, so that each layer starts as the identity.
  mix: weight(`layer${i}.mix`, WIDTH, WIDTH, 0),
  up: weight(`layer${i}.up`, WIDTH, MLP_RATIO * WIDTH),
  down: weight(`layer${i}.down`, MLP_RATIO * WIDTH, WIDTH, 0),
}));
const head = weight("head", WIDTH, VOCABULARY, 0);

/** The model: int32 tokens `[rows, length]` to logits `[rows, length, VOCABULARY]`. */
function gpt(tokens: Tensor): Tensor {
  let x = rmsNorm(embedding(tokenTable, tokens));
  for (const layer of layers) {
    x = add(x, attention(rmsNorm(x), layer));
    x = add(x, matmul(reluSquared(matmul(rmsNorm(x), layer.up)), layer.down));
  }
  return matmul(rmsNorm(x), head);
}

function attention(x: Tensor, layer: (typeof layers)[number]): Tensor {
  const [rows, length] = x.shape as [number, number];
  const split = (y: Tensor) => transpose(reshape(y, [rows, length, HEADS, HEAD_SIZE]), [0, 2, 1, 3]);
  const query = rotary(split(matmul(x, layer.query)), ROTARY_BASE);
  const key = rotary(split(matmul(x, layer.key)), ROTARY_BASE);
  const mixed = causalAttention(query, key, split(matmul(x, layer.value)));
  return matmul(reshape(transpose(mixed, [0, 2, 1, 3]), [rows, length, WIDTH]), layer.mix);
}

/**
 * AdamW (Loshchilov and Hutter, 2019): one update for each parameter and each of its moments. The clipping factor and
 * the corrections of the moments' start at 0 are folded into scalars, so that no large tensor is passed over for them.
 */
function adamw(gradients: readonly Tensor[], rate: Tensor, correction: Tensor): Update[] {
  const squares = gradients.map((gradient) => sumOfSquares(gradient)).reduce((a, b) => add(a, b));
  const clip = minimum(divide(CLIP, sqrt(add(squares, 1e-12))), 1);
  const decay = subtract(1, multiply(rate, WEIGHT_DECAY));
  const stepSize = multiply(rate, correction);
  return parameters.flatMap((parameter, i) => {
    const gradient = gradients[i]!;
    const mean = variable(`mean of ${i}`, parameter.shape, 0);
    const spread = variable(`spread of ${i}`, parameter.shape, 0);
    const newMean = add(multiply(mean, BETA1), multiply(gradient, multiply(clip, 1 - BETA1)));
    const newSpread = add(multiply(spread, BETA2), square(multiply(gradient, multiply(clip, Math.sqrt(1 - BETA2)))));
    const move = multiply(divide(newMean, add(sqrt(newSpread), EPSILON)), stepSize);
    return [
      [parameter, subtract(multiply(parameter, decay), move)],
      [mean, newMean],
      [spread, newSpread],
    ] satisfies Update[];
  });
}

/** The learning rate as a part of its peak: up, level, down to 0. */
function schedule(progress: number): number {
  const up = Math.min(1, (progress + 0.002) / WARM_UP);
  return Math.min(up, Math.max(0, (1 - progress) / WARM_DOWN));
}

/**
 * Bits per byte on a third of the public dev part: a run's own view. The evaluator's figure on held-out text counts.
 */
async function devBitsPerByte(model: Model): Promise<number> {
  let nats = 0;
  let bytes = 0;
  for (const { tokens, targets } of evaluationBatches("dev").filter((_, i) => i % 3 === 0)) {
    nats += sumOfNats((await model.run({ tokens })).logits!, targets);
    bytes += targets.length;
  }
  return nats / Math.LN2 / bytes;
}

/** Continues a beginning by `length` bytes, each drawn from the model's distribution. */
async function sample(model: Model, beginning: string, length: number): Promise<string> {
  const bytes = [...Buffer.from(beginning)];
  while (bytes.length < length) {
    const seen = bytes.slice(-SEQUENCE_LENGTH);
    const tokens = new Int32Array(SEQUENCE_LENGTH);
    tokens.set(seen);
    const { logits } = await model.run({ tokens });
    bytes.push(draw(logits!.subarray((seen.length - 1) * VOCABULARY, seen.length * VOCABULARY)));
  }
  return Buffer.from(bytes)
    .toString("utf8")
    .replace(/[^\x20-\x7e]/g, "?");
}

function draw(logits: Float32Array): number {
  const largest = Math.max(...logits);
  const weights = Array.from(logits, (logit) => Math.exp((logit - largest) / 0.8));
  let left = stream.uniform() * weights.reduce((a, b) => a + b);
  for (const [byte, one] of weights.entries()) {
    left -= one;
    if (left <= 0) return byte;
  }
  return weights.length - 1;
}

const clock = budgetClock();
const tokens = input("tokens", [ROWS, TRAIN_LENGTH], "int32");
const targets = input("targets", [ROWS, TRAIN_LENGTH], "int32");
const [rate, correction] = [input("rate", []), input("correction", [])];
const loss = crossEntropy(gpt(tokens), targets);
const step = await compile({ outputs: { loss }, updates: adamw(grad(loss, parameters), rate, correction) });

const text = load("train");
let steps = 0;
let smooth = Number.NaN;
clock.start();
while (clock.progress() < 1) {
  steps += 1;
  const results = await step.run({
    ...randomBatch(text, ROWS, TRAIN_LENGTH, stream.integer),
    rate: LEARNING_RATE * schedule(clock.progress()),
    correction: Math.sqrt(1 - BETA2 ** steps) / (1 - BETA1 ** steps),
  });
  const now = results.loss![0]!;
  if (!Number.isFinite(now)) {
    console.log(`FAIL: loss is NaN at step ${steps}`);
    process.exit(1);
  }
  smooth = Number.isNaN(smooth) ? now : 0.9 * smooth + 0.1 * now;
  if (steps % 50 === 1) {
    console.log(
      `step ${steps} · ${clock.seconds().toFixed(1)} s of ${BUDGET_SECONDS} s · loss ${smooth.toFixed(3)} nats`,
    );
  }
}
const trainingSeconds = clock.seconds();

const scored = exportModel({ logits: gpt(input("tokens", [EVALUATION_BATCH, SEQUENCE_LENGTH], "int32")) }, step);
writeFileSync("model.onnx", scored);
const valBpb = await devBitsPerByte(await openModel(scored));
const speaker = await openModel(exportModel({ logits: gpt(input("tokens", [1, SEQUENCE_LENGTH], "int32")) }, step));
console.log(`sample: ${await sample(speaker, "The people of the United States ", 240)}`);

const parameterCount = parameters.reduce((total, parameter) => total + sizeOf(parameter.shape), 0);
console.log(`---
val_bpb: ${valBpb.toFixed(6)}
training_seconds: ${trainingSeconds.toFixed(1)}
total_seconds: ${(performance.now() / 1000).toFixed(1)}
peak_memory_mb: ${(process.resourceUsage().maxRSS / 1024).toFixed(1)}
total_tokens_M: ${((steps * ROWS * TRAIN_LENGTH) / 1e6).toFixed(3)}
num_steps: ${steps}
num_params_M: ${(parameterCount / 1e6).toFixed(3)}
depth: ${DEPTH}`);
