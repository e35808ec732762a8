/**
 * Frozen: a run. Starts the parser in its own process, lets it warm up, and times it on inputs that nobody has seen
 * before: their seeds are drawn here, one after the other, when the answer before is in. Writes measured.json.
 *
 * Timed is all from the first byte sent to the last byte received, in this process: copying in and out is part of it.
 */
import { randomInt } from "node:crypto";
import { writeFileSync } from "node:fs";
import { randomCsv } from "./inputs.ts";
import { digest, INPUT_BYTES, REPEATS, type Repeat, WARM_UP } from "./measured.ts";
import { startParser } from "./parser-process.ts";

const parser = startParser();
const repeats: Repeat[] = [];
try {
  for (let i = 0; i < WARM_UP + REPEATS; i++) {
    const seed = freshSeed();
    const { answers, seconds } = await parser.ask([randomCsv(seed, INPUT_BYTES)]);
    if (i >= WARM_UP) repeats.push({ seed, seconds, answer: digest(answers[0] ?? "") });
  }
} finally {
  await parser.stop();
}
writeFileSync("measured.json", `${JSON.stringify({ repeats }, undefined, 1)}\n`);
const speeds = repeats.map(({ seconds }) => INPUT_BYTES / 1e6 / seconds).sort((a, b) => a - b);
console.log(`---\nmb_per_second: ${speeds[Math.floor(REPEATS / 2)]!.toFixed(2)}\nrepeats: ${REPEATS}`);

function freshSeed(): number {
  const seed = randomInt(2 ** 31);
  return repeats.some((repeat) => repeat.seed === seed) ? freshSeed() : seed;
}
