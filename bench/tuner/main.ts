/**
 * The tuner against random search and other methods, at equal experiments: `node --import tsx bench/tuner/main.ts`.
 *
 * Options: `--seeds N` (how many, default 100), `--first N` (the first of them, default 1), `--experiments N` (default
 * 30). Four objectives with a known optimum and one real training run (network.ts). Prints a Markdown table; the same
 * numbers for the same options everywhere.
 */
import { execFile } from "node:child_process";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import type { Result, Share } from "./worker.ts";

const { values: options } = parseArgs({
  options: {
    seeds: { type: "string", default: "100" },
    first: { type: "string", default: "1" },
    experiments: { type: "string", default: "30" },
  },
});
const seeds = Array.from({ length: Number(options.seeds) }, (_, i) => i + Number(options.first));
const experiments = Number(options.experiments);
const looks = [Math.ceil(experiments / 3), Math.ceil((2 * experiments) / 3), experiments];

const started = performance.now();
const results = await playAll();
print(results);
console.log(`\n${((performance.now() - started) / 1000).toFixed(0)} s on ${os.availableParallelism()} cores`);

async function playAll(): Promise<readonly Result[]> {
  const count = Math.min(seeds.length, os.availableParallelism(), 8);
  const shares = Array.from({ length: count }, (_, w) => seeds.filter((seed) => seed % count === w));
  return (await Promise.all(shares.map((share) => inWorker({ seeds: share, experiments, looks })))).flat();
}

/** A process per core: threads of Node 20 do not take over the loader for TypeScript. */
async function inWorker(share: Share): Promise<readonly Result[]> {
  const file = fileURLToPath(new URL("./worker.ts", import.meta.url));
  const words = ["--import", "tsx", file, JSON.stringify(share)];
  const { stdout } = await promisify(execFile)(process.execPath, words, { maxBuffer: 1 << 28 });
  return JSON.parse(stdout) as readonly Result[];
}

function print(all: readonly Result[]): void {
  console.log(
    `True gain of the champion, in percent of the start's loss: median over seeds ${seeds[0]} to ${seeds.at(-1)},`,
  );
  console.log(
    `after ${looks.join(", ")} experiments. A win: more gain than random search with the same seed at the end.\n`,
  );
  console.log(
    `| objective | method | ${looks.map((look) => `after ${look}`).join(" | ")} | mean | wins against random |`,
  );
  console.log(`|---|---|${looks.map(() => "---:").join("|")}|---:|---:|`);
  for (const objective of new Set(all.map((r) => r.objective))) {
    for (const method of new Set(all.map((r) => r.method))) console.log(row(all, objective, method));
  }
}

function row(all: readonly Result[], objective: string, method: string): string {
  const mine = all.filter((r) => r.objective === objective && r.method === method);
  const cells = looks.map((_, i) => percent(median(mine.map((r) => r.gains[i] ?? Number.NaN))));
  const ends = mine.map((r) => r.gains.at(-1) ?? Number.NaN);
  const mean = percent(ends.reduce((sum, gain) => sum + gain, 0) / ends.length);
  const wins = method === "random" ? "" : percent(winRate(all, mine));
  return `| ${objective} | ${method} | ${cells.join(" | ")} | ${mean} | ${wins} |`;
}

/** Ties count half. */
function winRate(all: readonly Result[], mine: readonly Result[]): number {
  const wins = mine.map((r) => {
    const rival = all.find((o) => o.objective === r.objective && o.seed === r.seed && o.method === "random");
    const lead = (r.gains.at(-1) ?? Number.NaN) - (rival?.gains.at(-1) ?? Number.NaN);
    return lead > 0 ? 1 : lead === 0 ? 0.5 : 0;
  });
  return wins.reduce<number>((sum, win) => sum + win, 0) / wins.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle) - 1] ?? Number.NaN)) / 2;
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}
