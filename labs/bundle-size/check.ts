/**
 * Frozen: the gate. Bundles the proposal and runs its exports on the cases of cases.json and on random inputs, whose
 * outputs must be those of reference.ts, to the letter.
 *
 * The bundle runs in a process of its own that can read nothing (play.mjs); this process compares. The random inputs
 * are drawn anew for every check, so that they cannot be learnt by heart; the seed is printed, and
 * `node --import tsx check.ts SEED` repeats a check.
 */
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundle } from "./build.ts";
import { permissionFlags } from "./esbuild.ts";
import { randomInputs } from "./inputs.ts";
import { reference } from "./reference.ts";

const RANDOM_INPUTS = 4000;

type Case = readonly [name: keyof typeof reference, input: string, expected: string];

const seed = process.argv[2] === undefined ? randomInt(2 ** 31) : Number(process.argv[2]);
const fixed = JSON.parse(readFileSync(new URL("cases.json", import.meta.url), "utf8")) as Case[];
const drawn = randomInputs(seed, RANDOM_INPUTS).map(([name, input]): Case => [name, input, reference[name](input)]);
const cases = [...fixed, ...drawn];
const outputs = play(bundle("."));
const wrong = cases.findIndex(([, , expected], index) => outputs[index] !== expected);
if (wrong >= 0) {
  const [name, input, expected] = cases[wrong]!;
  const found = JSON.stringify(outputs[wrong])?.slice(0, 300);
  fail(`${name}(${JSON.stringify(input)}) gave ${found}; expected ${JSON.stringify(expected)} (seed ${seed})`);
}
console.log(`check: ${cases.length} outputs are right (seed ${seed})`);

function play(text: string): readonly unknown[] {
  const player = fileURLToPath(new URL("play.mjs", import.meta.url));
  const played = spawnSync(process.execPath, [...permissionFlags(player), player], {
    input: JSON.stringify({ bundle: text, inputs: cases.map(([name, input]) => [name, input]) }),
    encoding: "utf8",
    maxBuffer: 64 * 2 ** 20,
    timeout: 60_000,
    env: {},
  });
  if (played.status !== 0) return fail(`the bundle ended badly: ${lastLines(played.stderr)}`);
  const answers = answersIn(played.stdout);
  return Array.isArray(answers) && answers.length === cases.length ? answers : fail("the bundle gave no outputs");
}

function answersIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function lastLines(text: string): string {
  const line = text.split("\n").find((part) => /^\w*(Error|Exception)\b/.test(part)) ?? text.trim().slice(-200);
  return line.replace(/[\x00-\x1f\x7f]+/g, " ").slice(0, 300);
}

function fail(why: string): never {
  console.error(`check: ${why}`);
  process.exit(1);
}
