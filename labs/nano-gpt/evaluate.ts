/**
 * Frozen: what a run is worth. Loads the `model.onnx` that the run left, as data, in this process, and computes
 * `val_bpb`, the bits per byte on held-out text, itself.
 *
 * Refused is a model that is no plain file of its own, that uses operators with state, chance or access to files, that
 * has other inputs or outputs than declared, that answers something that is not finite, that answers differently when
 * asked twice, or whose answer at a place depends on later bytes or on other rows. Softmax is taken here, so the
 * probabilities always sum to 1. Not covered: how the weights came to be.
 *
 *   NIGHTYARD_RUN_DIR   the lab folder of the run; default: this one
 *   NIGHTYARD_SPLIT     "validation" (default) or "test", the sealed part
 */
import { randomInt } from "node:crypto";
import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inspectModel, type Model, openModel, type Port } from "nightyard/tensor";
import { type Batch, EVALUATION_BATCH, evaluationBatches, SEQUENCE_LENGTH, sumOfNats, VOCABULARY } from "./prepare.ts";

const MAX_MODEL_BYTES = 128 * 2 ** 20;
/** Batches on which causality is checked, each with two sets of altered rows. */
const CHECKED_BATCHES = 3;
/** Largest difference of two logits that ought to be equal: far above float32's rounding, far below a used bit. */
const TOLERANCE = 1e-2;
const FORBIDDEN =
  /^(Random|Bernoulli|Multinomial|Dropout|If$|Loop$|Scan$|SequenceMap$|Optional|String|Regex|Tfidf|EPContext)/;
/** The additional operators of onnxruntime that are pure functions of their inputs. */
const EXTRA =
  /^com\.microsoft:(FusedMatMul|RotaryEmbedding|(Bias|Fast|Quick)?Gelu|MultiHeadAttention|GroupQueryAttention)$/;

/** Why a model is not scored; printed in one line. */
class BadModel extends Error {}

const bytes = readModel(join(process.env.NIGHTYARD_RUN_DIR ?? ".", "model.onnx"));
try {
  const part = process.env.NIGHTYARD_SPLIT === "test" ? "test" : "validation";
  checkFile(bytes);
  const model = await open(bytes);
  const batches = evaluationBatches(part);
  for (let i = 0; i < CHECKED_BATCHES; i++) await checkCausal(model, batches[randomInt(batches.length)]!);
  const figure = await bitsPerByte(model, batches);
  console.log(`METRIC ${part === "test" ? "test_bpb" : "val_bpb"}=${figure.toFixed(6)}`);
  console.log(`METRIC eval_seconds=${(performance.now() / 1000).toFixed(2)}`);
  console.log(`METRIC model_mb=${(bytes.length / 2 ** 20).toFixed(3)}`);
} catch (error) {
  fail(error);
}

function readModel(file: string): Uint8Array {
  try {
    const { size } = lstatSync(file);
    if (!lstatSync(file).isFile()) throw new BadModel("model.onnx is no plain file");
    if (size > MAX_MODEL_BYTES) throw new BadModel(`model.onnx has ${size} bytes, more than ${MAX_MODEL_BYTES}`);
    return readFileSync(file);
  } catch (error) {
    return fail(error instanceof BadModel ? error : new BadModel("the run left no model.onnx"));
  }
}

function checkFile(model: Uint8Array): void {
  const { inputs, outputs, operators, unusual } = inspectModel(model);
  if (unusual.length > 0) throw new BadModel(`model.onnx has ${unusual.join(", ")}, which is refused`);
  const refused = operators.filter((name) => FORBIDDEN.test(name) || (name.includes(":") && !EXTRA.test(name)));
  if (refused.length > 0) throw new BadModel(`model.onnx uses refused operators: ${refused.slice(0, 5).join(", ")}`);
  checkPort("input", inputs, { name: "tokens", elementType: 6, shape: [EVALUATION_BATCH, SEQUENCE_LENGTH] });
  const logits = [EVALUATION_BATCH, SEQUENCE_LENGTH, VOCABULARY];
  checkPort("output", outputs, { name: "logits", elementType: 1, shape: logits });
}

function checkPort(kind: string, found: readonly Port[], wanted: Port): void {
  const show = ({ name, elementType, shape }: Port) => `${name}: type ${elementType} [${shape}]`;
  const is = found.map(show).join("; ").slice(0, 200);
  if (is !== show(wanted)) throw new BadModel(`the ${kind} must be ${show(wanted)}, found ${is}`);
}

async function open(model: Uint8Array): Promise<Model> {
  return openModel(model).catch((cause: unknown) => {
    throw new BadModel(`onnxruntime cannot open model.onnx: ${String(cause).slice(0, 300)}`);
  });
}

async function logitsOf(model: Model, tokens: Int32Array): Promise<Float32Array> {
  const { logits } = await model.run({ tokens });
  if (logits?.length !== tokens.length * VOCABULARY) throw new BadModel("the logits have another size than declared");
  // A sum is finite only if every part is, and many times faster than a call for each part.
  let total = 0;
  for (let i = 0; i < logits.length; i++) total += Math.abs(logits[i]!);
  if (!Number.isFinite(total)) throw new BadModel("a logit is not finite");
  return logits;
}

/**
 * Cuts half of the rows at a random place, replaces all behind the cuts and all other rows: nothing before may move.
 */
async function checkCausal(model: Model, { tokens }: Batch): Promise<void> {
  const before = await logitsOf(model, tokens);
  for (const parity of [0, 1]) {
    const altered = tokens.slice();
    const cuts = Array.from({ length: EVALUATION_BATCH }, (_, row) =>
      row % 2 === parity ? randomInt(1, SEQUENCE_LENGTH) : 0,
    );
    for (const [row, cut] of cuts.entries()) {
      for (let i = cut; i < SEQUENCE_LENGTH; i++) altered[row * SEQUENCE_LENGTH + i] = randomInt(VOCABULARY);
    }
    const after = await logitsOf(model, altered);
    for (const [row, cut] of cuts.entries()) {
      const from = row * SEQUENCE_LENGTH * VOCABULARY;
      if (!alike(before, after, from, from + cut * VOCABULARY)) {
        throw new BadModel("the answer at a place depends on later bytes, on other rows or on chance");
      }
    }
  }
}

function alike(a: Float32Array, b: Float32Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (Math.abs(a[i]! - b[i]!) > TOLERANCE) return false;
  return true;
}

async function bitsPerByte(model: Model, batches: readonly Batch[]): Promise<number> {
  let nats = 0;
  let count = 0;
  for (const { tokens, targets } of batches) {
    nats += sumOfNats(await logitsOf(model, tokens), targets);
    count += targets.length;
  }
  return nats / Math.LN2 / count;
}

function fail(error: unknown): never {
  const why = error instanceof Error ? error.message : String(error);
  console.error(`evaluate: ${why.replace(/[\x00-\x1f\x7f]+/g, " ").slice(0, 500)}`);
  process.exit(1);
}
