/**
 * The lab's default model and AdamW in nightyard/tensor, started from given values. The same formulas as train.ts, and as
 * peer.py beside this file.
 */
import {
  add,
  causalAttention,
  compile,
  crossEntropy,
  divide,
  embedding,
  grad,
  input,
  matmul,
  minimum,
  multiply,
  reluSquared,
  reshape,
  rmsNorm,
  rotary,
  type Step,
  sqrt,
  square,
  subtract,
  sumOfSquares,
  type Tensor,
  transpose,
  type Update,
  variable,
} from "nightyard/tensor";
import type { Beginning, Engine } from "./engine.ts";
import { parameterShapes, type Shapes } from "./shapes.ts";

/** Our engine, compiled, on `threads` threads. */
export async function ours(shapes: Shapes, beginning: Beginning, threads: number): Promise<Engine> {
  const step = await compiled(shapes, beginning.weights, threads);
  const size = shapes.rows * (shapes.length + 1);
  const count = beginning.batches.length / size;
  let done = 0;
  return {
    name: "nightyard/tensor",
    async steps(wanted) {
      const losses: number[] = [];
      const start = performance.now();
      for (let i = 0; i < wanted; i++, done++) {
        const from = (done % count) * size;
        const batch = beginning.batches.subarray(from, from + size);
        const correction = Math.sqrt(1 - shapes.beta2 ** (done + 1)) / (1 - shapes.beta1 ** (done + 1));
        const { loss } = await step.run({ ...tokensAndTargets(batch, shapes), correction });
        losses.push(loss![0]!);
      }
      return { seconds: (performance.now() - start) / 1000, losses };
    },
    close: () => step.dispose(),
  };
}

function tokensAndTargets(batch: Int32Array, { rows, length }: Shapes): { tokens: Int32Array; targets: Int32Array } {
  const tokens = new Int32Array(rows * length);
  const targets = new Int32Array(rows * length);
  for (let row = 0; row < rows; row++) {
    const from = row * (length + 1);
    tokens.set(batch.subarray(from, from + length), row * length);
    targets.set(batch.subarray(from + 1, from + length + 1), row * length);
  }
  return { tokens, targets };
}

async function compiled(shapes: Shapes, weights: Float32Array, threads: number): Promise<Step> {
  let at = 0;
  const parameters = new Map(
    parameterShapes(shapes).map(([name, rows, columns]) => {
      const values = weights.slice(at, at + rows * columns);
      at += rows * columns;
      return [name, variable(name, [rows, columns], values)] as const;
    }),
  );
  const tokens = input("tokens", [shapes.rows, shapes.length], "int32");
  const targets = input("targets", [shapes.rows, shapes.length], "int32");
  const loss = crossEntropy(gpt(tokens, parameters, shapes), targets);
  const list = [...parameters.values()];
  return compile({ outputs: { loss }, updates: adamw(list, grad(loss, list), shapes), threads });
}

function gpt(tokens: Tensor, parameters: ReadonlyMap<string, Tensor>, shapes: Shapes): Tensor {
  const { rows, length, heads, headSize, depth, rotaryBase } = shapes;
  const weight = (name: string) => parameters.get(name)!;
  const split = (y: Tensor) => transpose(reshape(y, [rows, length, heads, headSize]), [0, 2, 1, 3]);
  let x = rmsNorm(embedding(weight("tokenTable"), tokens));
  for (let i = 0; i < depth; i++) {
    const normal = rmsNorm(x);
    const query = rotary(split(matmul(normal, weight(`query${i}`))), rotaryBase);
    const key = rotary(split(matmul(normal, weight(`key${i}`))), rotaryBase);
    const mixed = causalAttention(query, key, split(matmul(normal, weight(`value${i}`))));
    const joined = reshape(transpose(mixed, [0, 2, 1, 3]), [rows, length, heads * headSize]);
    x = add(x, matmul(joined, weight(`mix${i}`)));
    x = add(x, matmul(reluSquared(matmul(rmsNorm(x), weight(`up${i}`))), weight(`down${i}`)));
  }
  return matmul(rmsNorm(x), weight("head"));
}

function adamw(parameters: readonly Tensor[], gradients: readonly Tensor[], shapes: Shapes): Update[] {
  const { beta1, beta2, learningRate } = shapes;
  const squares = gradients.map((gradient) => sumOfSquares(gradient)).reduce((a, b) => add(a, b));
  const clip = minimum(divide(shapes.clip, sqrt(squares)), 1);
  const stepSize = multiply(input("correction", []), learningRate);
  return parameters.flatMap((parameter, i) => {
    const mean = variable(`mean of ${i}`, parameter.shape, 0);
    const spread = variable(`spread of ${i}`, parameter.shape, 0);
    const newMean = add(multiply(mean, beta1), multiply(gradients[i]!, multiply(clip, 1 - beta1)));
    const scaled = multiply(gradients[i]!, multiply(clip, Math.sqrt(1 - beta2)));
    const newSpread = add(multiply(spread, beta2), square(scaled));
    const move = multiply(divide(newMean, add(sqrt(newSpread), 1e-8)), stepSize);
    const next = subtract(multiply(parameter, 1 - learningRate * shapes.weightDecay), move);
    return [
      [parameter, next],
      [mean, newMean],
      [spread, newSpread],
    ] satisfies Update[];
  });
}
