/**
 * What both engines start from, made from a seed: initial weights, and batches with something to learn in them.
 */
import { random } from "nightyard/tensor";
import type { Beginning } from "./engine.ts";
import { parameterShapes, type Shapes } from "./shapes.ts";

/** Weights of deviation `0.5 / sqrt(inputs)` and `count` batches of a made-up text whose bytes depend on the one before. */
export function randomBeginning(shapes: Shapes, count: number, seed = 1): Beginning {
  const stream = random(seed);
  const weights = parameterShapes(shapes).flatMap(([, rows, columns]) =>
    Array.from({ length: rows * columns }, () => (stream.normal() * 0.5) / Math.sqrt(rows)),
  );
  const size = count * shapes.rows * (shapes.length + 1);
  const batches = new Int32Array(size);
  for (let i = 1; i < size; i++) batches[i] = (batches[i - 1]! * 5 + stream.integer(16) + 1) % shapes.vocabulary;
  return { weights: Float32Array.from(weights), batches };
}
