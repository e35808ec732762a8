/**
 * Frozen: the gate. Every text of up to seven letters of the alphabet, and large random ones, right and wrong, must get
 * the reference's answer: the same records, or an error at the same byte.
 *
 * The parser runs in a process of its own; this one compares. The random texts are drawn anew for every check; the seed
 * is printed, and `node --import tsx check.ts SEED` repeats a check.
 */
import { randomInt } from "node:crypto";
import { allTexts, brokenCsv, randomCsv } from "./inputs.ts";
import { startParser } from "./parser-process.ts";
import { referenceAnswer } from "./reference.ts";

const LONGEST = 7;
const BATCH = 20_000;
const LARGE = 40;
const BROKEN = 400;

const seed = process.argv[2] === undefined ? randomInt(2 ** 30) : Number(process.argv[2]);
const parser = startParser();
let count = 0;
try {
  let batch: Buffer[] = [];
  for (const text of allTexts(LONGEST)) {
    if (batch.push(Buffer.from(text)) === BATCH) batch = await compare(batch);
  }
  await compare(batch);
  await compare(Array.from({ length: LARGE }, (_, i) => randomCsv(seed + i, 1 + 3 ** (i % 12))));
  for (let i = 0; i < BROKEN; i += 100) {
    await compare(Array.from({ length: 100 }, (_, j) => brokenCsv(seed + i + j, 3 ** ((i + j) % 11))));
  }
  console.log(`check: ${count} answers are right (seed ${seed})`);
} catch (error) {
  console.error(`check: ${(error as Error).message} (seed ${seed})`);
  process.exitCode = 1;
} finally {
  await parser.stop();
}

/** Throws at the first wrong answer; an empty list for the next ones. */
async function compare(inputs: readonly Buffer[]): Promise<Buffer[]> {
  const { answers } = await parser.ask(inputs);
  for (const [index, input] of inputs.entries()) {
    const expected = referenceAnswer(input);
    if (answers[index]?.equals(Buffer.from(expected)) === true) continue;
    const found = answers[index]?.toString("utf8") ?? "";
    throw new Error(`${show(input.toString("utf8"))}: answered ${show(found)}; expected ${show(expected)}`);
  }
  count += inputs.length;
  return [];
}

function show(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
}
