/**
 * Frozen: the data, the loader and the clock. `train.ts` and `evaluate.ts` import this file; nobody but a person edits
 * it.
 *
 * As a command it reads the text and writes four files: train.bin and dev.bin for runs, validation.bin and test.bin for
 * the evaluator alone. The split is by document: no sentence of a held-out address is in train.bin. The tokens are the
 * bytes of the UTF-8 text, so the vocabulary is 256 and a bit per byte is a bit per token.
 *
 *   NIGHTYARD_DATA, NIGHTYARD_HELD_OUT   where the files are; default: .nightyard/data/ in the lab
 *   NIGHTYARD_BUDGET_SECONDS             how long a run may train; default 30
 *   NIGHTYARD_SEED                       default 0
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Address, readAddresses } from "./corpus.ts";

/** Number of different tokens: the bytes. */
export const VOCABULARY = 256;
/** Tokens a model sees at once when it is scored: its input is `[EVALUATION_BATCH, SEQUENCE_LENGTH]`. */
export const SEQUENCE_LENGTH = 256;
/** Rows the evaluator feeds at once. */
export const EVALUATION_BATCH = 16;
/** Seconds one run may train, not counting start-up and compilation. */
export const BUDGET_SECONDS = positiveFromEnvironment("NIGHTYARD_BUDGET_SECONDS", 30);
/** This run's seed, for initial weights and batches. */
export const SEED = Math.trunc(Number(process.env.NIGHTYARD_SEED ?? 0));

/** Start-up may take this many seconds for free; then the clock runs, whether training has begun or not. */
const FREE_SECONDS = 10;
/** Addresses in each of dev, validation and test, and the bytes scored of each: 48 windows and the last target. */
const HELD_OUT_ADDRESSES = 8;
const EXCERPT_BYTES = 48 * SEQUENCE_LENGTH + 1;

const HERE = dirname(realpathSync(fileURLToPath(import.meta.url)));
const DATA = process.env.NIGHTYARD_DATA ?? join(HERE, ".nightyard", "data", "runs");
const HELD_OUT = process.env.NIGHTYARD_HELD_OUT ?? join(HERE, ".nightyard", "data", "held-out");

/** The four parts; the last two are read by the evaluator only. */
export type Part = "train" | "dev" | "validation" | "test";

/** What each part must be, so that figures of different days and machines are comparable. */
const SHA256: Readonly<Record<Part, string>> = {
  train: "48ec4debc7b64a090c872b1166722fce0f963a0772e5bbda6a5e2963f10a6c11",
  dev: "5f2b07a402a08547cf4fdedf7b60f81cb60648b0eda1d97483e220fd2a3441e0",
  validation: "08a6d59fbbf4acb2bd89b76be164a6be1a5d51d9ea966cba15a564da8d8d2d23",
  test: "7f8842859e5ed5368a8540137ab1111c098bb6d41237a13251f5c7f4218de432",
};

/** Tokens for a model, and for each the token that follows it. Both `rows · length` long, row-major. */
export interface Batch {
  readonly tokens: Int32Array;
  readonly targets: Int32Array;
}

/** The bytes of one part. Throws when they are missing or not those this lab was made for. */
export function load(part: Part): Uint8Array {
  const file = fileOf(part);
  if (!existsSync(file)) throw new Error(`${part} data is missing: run \`node --import tsx prepare.ts\` first`);
  const bytes = readFileSync(file);
  if (sha256(bytes) !== SHA256[part])
    throw new Error(`${part} data is damaged: its sha256 is not the one in prepare.ts`);
  return bytes;
}

/** Windows of `length` tokens from random places of a text. `integer(n)` answers a random whole number below n. */
export function randomBatch(text: Uint8Array, rows: number, length: number, integer: (below: number) => number): Batch {
  const starts = Array.from({ length: rows }, () => integer(text.length - length));
  return batchAt(text, starts, length);
}

/** A part cut into windows of SEQUENCE_LENGTH, none across two addresses, in batches of EVALUATION_BATCH rows. */
export function evaluationBatches(part: Exclude<Part, "train">): readonly Batch[] {
  const text = load(part);
  const perExcerpt = (EXCERPT_BYTES - 1) / SEQUENCE_LENGTH;
  const windows = HELD_OUT_ADDRESSES * perExcerpt;
  const starts = Array.from(
    { length: windows },
    (_, i) => Math.floor(i / perExcerpt) * EXCERPT_BYTES + (i % perExcerpt) * SEQUENCE_LENGTH,
  );
  return Array.from({ length: windows / EVALUATION_BATCH }, (_, i) =>
    batchAt(text, starts.slice(i * EVALUATION_BATCH, (i + 1) * EVALUATION_BATCH), SEQUENCE_LENGTH),
  );
}

/** The sum of the cross-entropy of a batch, in nats, given the model's logits `[rows, length, VOCABULARY]`. */
export function sumOfNats(logits: Float32Array, targets: Int32Array): number {
  let nats = 0;
  for (let row = 0; row < targets.length; row++) {
    const at = row * VOCABULARY;
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = at; i < at + VOCABULARY; i++) if (logits[i]! > largest) largest = logits[i]!;
    let total = 0;
    for (let i = at; i < at + VOCABULARY; i++) total += Math.exp(logits[i]! - largest);
    nats += Math.log(total) + largest - logits[at + targets[row]!]!;
  }
  return nats;
}

/** Tells a run how much of its training budget is used. */
export interface BudgetClock {
  /** Starts the clock; call it when start-up and compilation are over. Without effect when it runs already. */
  start(): void;
  /** Seconds of training so far. */
  seconds(): number;
  /** Part of the budget used, 0 to 1 and beyond: what a schedule follows. */
  progress(): number;
}

/** A clock for one run. It starts by itself FREE_SECONDS after the process, however long start-up takes. */
export function budgetClock(): BudgetClock {
  let startedAt = FREE_SECONDS * 1000;
  const seconds = () => Math.max(0, performance.now() - startedAt) / 1000;
  return {
    start: () => {
      startedAt = Math.min(startedAt, performance.now());
    },
    seconds,
    progress: () => seconds() / BUDGET_SECONDS,
  };
}

/** Addresses by part: the order of their names' hashes decides, which neither year nor president can bias. */
export function splitAddresses(addresses: readonly Address[]): Readonly<Record<Part, readonly Address[]>> {
  const long = addresses.filter(({ text }) => text.length >= EXCERPT_BYTES);
  const shuffled = long.map((address) => ({ address, key: sha256(Buffer.from(address.name)) }));
  const ordered = shuffled.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ address }) => address);
  const part = (index: number) => ordered.slice(index * HELD_OUT_ADDRESSES, (index + 1) * HELD_OUT_ADDRESSES);
  const [validation, test, dev] = [part(0), part(1), part(2)];
  const heldOut = new Set([...validation, ...test, ...dev]);
  return { train: addresses.filter((address) => !heldOut.has(address)), dev, validation, test };
}

function main(): void {
  mkdirSync(DATA, { recursive: true });
  mkdirSync(HELD_OUT, { recursive: true });
  const parts = splitAddresses(readAddresses());
  for (const part of Object.keys(SHA256) as Part[]) {
    const texts = parts[part].map(({ text }) => (part === "train" ? text : text.subarray(0, EXCERPT_BYTES)));
    // Addresses of train.bin are parted by a line feed, which occurs nowhere inside them.
    const bytes = Buffer.concat(part === "train" ? texts.flatMap((text) => [text, Buffer.from("\n")]) : texts);
    writeFileSync(fileOf(part), bytes);
    console.log(`${part}: ${parts[part].length} addresses, ${bytes.length} bytes, sha256 ${sha256(bytes)}`);
    load(part);
  }
}

function batchAt(text: Uint8Array, starts: readonly number[], length: number): Batch {
  const tokens = new Int32Array(starts.length * length);
  const targets = new Int32Array(starts.length * length);
  for (const [row, start] of starts.entries()) {
    tokens.set(text.subarray(start, start + length), row * length);
    targets.set(text.subarray(start + 1, start + length + 1), row * length);
  }
  return { tokens, targets };
}

function fileOf(part: Part): string {
  return join(part === "train" || part === "dev" ? DATA : HELD_OUT, `${part}.bin`);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function positiveFromEnvironment(name: string, otherwise: number): number {
  const value = Number(process.env[name] ?? otherwise);
  if (!(value > 0)) throw new Error(`${name} must be a number of seconds above 0, found "${process.env[name]}"`);
  return value;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === realpathSync(fileURLToPath(import.meta.url))) {
  main();
}
