/**
 * Training tokens per second of the lab's default model, in nightyard/tensor and in PyTorch, on the same cores.
 *
 *   node --import tsx bench/tokens/main.ts            a table: medians of interleaved rounds, and their ratio
 *   node --import tsx bench/tokens/main.ts --curves   the losses of both from equal weights and batches
 *
 * The rounds take turns, so that a machine that others use, too, slows both alike. Without PyTorch the peer is left out,
 * loudly.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { threadsFromEnvironment } from "nightyard/tensor";
import { randomBeginning } from "./beginning.ts";
import type { Engine } from "./engine.ts";
import { ours } from "./ours.ts";
import { INSTALL_LINE, peer, torchVersion } from "./peer.ts";
import { labShapes } from "./shapes.ts";

const ROUNDS = 9;
const STEPS_IN_A_ROUND = 8;
const CURVE_STEPS = 60;

const shapes = labShapes();
const threads = threadsFromEnvironment();
const version = torchVersion();
const folder = mkdtempSync(join(tmpdir(), "nightyard-tokens-"));
const { depth, heads, headSize, rows, length } = shapes;
console.log(
  `labs/nano-gpt: ${depth} layers, width ${heads * headSize}, ${rows} x ${length} tokens, ${threads} threads`,
);
console.log(
  version === undefined ? `PyTorch is MISSING and left out. Install it: ${INSTALL_LINE}` : `PyTorch ${version}`,
);
try {
  await (process.argv.includes("--curves") ? curves() : speed());
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function speed(): Promise<void> {
  const beginning = randomBeginning(shapes, 32);
  const engines: Engine[] = [await ours(shapes, beginning, threads)];
  for (const mode of version === undefined ? [] : (["eager", "compile"] as const)) {
    engines.push(peer(shapes, beginning, { threads, mode, folder }));
  }
  const ready = await warmedUp(engines);
  const rates = ready.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, engine] of ready.entries()) {
      const { seconds } = await engine.steps(STEPS_IN_A_ROUND);
      rates[i]!.push((STEPS_IN_A_ROUND * rows * length) / seconds);
    }
  }
  await Promise.all(ready.map((engine) => engine.close()));
  printTable(
    ready.map(({ name }) => name),
    rates,
  );
}

/** Compiles, fills caches, and drops an engine that does not work here, saying so. */
async function warmedUp(engines: readonly Engine[]): Promise<readonly Engine[]> {
  const ready: Engine[] = [];
  for (const engine of engines) {
    try {
      await engine.steps(3);
      ready.push(engine);
    } catch (error) {
      console.log(`${engine.name} does not work here and is left out: ${String(error).slice(-200)}`);
    }
  }
  return ready;
}

function printTable(names: readonly string[], rates: readonly (readonly number[])[]): void {
  console.log(
    `\n${"engine".padEnd(20)} ${"tokens/s".padStart(9)} ${"slowest".padStart(9)} ${"fastest".padStart(9)}   ours / it`,
  );
  for (const [i, name] of names.entries()) {
    const [middle, low, high] = [median(rates[i]!), Math.min(...rates[i]!), Math.max(...rates[i]!)];
    // Each round's own ratio: what slowed the machine in a round slowed both.
    const ratio = median(rates[0]!.map((rate, round) => rate / rates[i]![round]!));
    const cells = [middle, low, high].map((rate) => rate.toFixed(0).padStart(9)).join(" ");
    console.log(`${name.padEnd(20)} ${cells}   ${ratio.toFixed(2)}`);
  }
  console.log(`\nmedian, slowest and fastest of ${ROUNDS} rounds of ${STEPS_IN_A_ROUND} steps, taking turns`);
}

async function curves(): Promise<void> {
  const beginning = randomBeginning(shapes, CURVE_STEPS);
  const mine = await (await ours(shapes, beginning, threads)).steps(CURVE_STEPS);
  if (version === undefined) return;
  const other = peer(shapes, beginning, { threads, mode: "eager", folder });
  const theirs = await other.steps(CURVE_STEPS);
  await other.close();
  const gaps = mine.losses.map((loss, i) => Math.abs(loss - theirs.losses[i]!));
  for (let i = 0; i < CURVE_STEPS; i += 10) {
    console.log(
      `step ${String(i + 1).padStart(3)}   ours ${mine.losses[i]!.toFixed(6)}   PyTorch ${theirs.losses[i]!.toFixed(6)}`,
    );
  }
  console.log(`largest difference of ${CURVE_STEPS} losses: ${Math.max(...gaps).toExponential(2)} nats`);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
