/**
 * What is measured: the default model of labs/nano-gpt. Its sizes are read from the constants of the lab's `train.ts`, so
 * that the benchmark cannot drift away from the lab.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Sizes and settings that both engines are given. */
export interface Shapes {
  readonly depth: number;
  readonly heads: number;
  readonly headSize: number;
  readonly mlpRatio: number;
  readonly rotaryBase: number;
  readonly rows: number;
  readonly length: number;
  readonly vocabulary: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly weightDecay: number;
  readonly clip: number;
  readonly learningRate: number;
}

const TRAIN = fileURLToPath(new URL("../../labs/nano-gpt/train.ts", import.meta.url));

/** The lab's default model. Throws when a constant is no longer in train.ts under its name. */
export function labShapes(): Shapes {
  const source = readFileSync(TRAIN, "utf8");
  const number = (name: string): number => {
    const found = new RegExp(`^const ${name} = ([\\d._e-]+);`, "m").exec(source)?.[1];
    if (found === undefined) throw new Error(`bench/tokens: no constant ${name} in labs/nano-gpt/train.ts`);
    return Number(found.replaceAll("_", ""));
  };
  return {
    depth: number("DEPTH"),
    heads: number("HEADS"),
    headSize: number("HEAD_SIZE"),
    mlpRatio: number("MLP_RATIO"),
    rotaryBase: number("ROTARY_BASE"),
    rows: number("ROWS"),
    length: number("TRAIN_LENGTH"),
    vocabulary: 256,
    beta1: number("BETA1"),
    beta2: number("BETA2"),
    weightDecay: number("WEIGHT_DECAY"),
    clip: number("CLIP"),
    learningRate: number("LEARNING_RATE"),
  };
}

/** Names and shapes of the parameters, in the one order in which both engines are given their initial values. */
export function parameterShapes(shapes: Shapes): readonly (readonly [name: string, rows: number, columns: number])[] {
  const width = shapes.heads * shapes.headSize;
  const hidden = shapes.mlpRatio * width;
  const layers = Array.from({ length: shapes.depth }, (_, i) => [
    [`query${i}`, width, width] as const,
    [`key${i}`, width, width] as const,
    [`value${i}`, width, width] as const,
    [`mix${i}`, width, width] as const,
    [`up${i}`, width, hidden] as const,
    [`down${i}`, hidden, width] as const,
  ]);
  return [["tokenTable", shapes.vocabulary, width], ...layers.flat(), ["head", width, shapes.vocabulary]];
}
