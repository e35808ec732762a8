/**
 * How quickly a mix finds out who yields: `npx tsx bench/mix/main.ts`. 1,000 nights a row; beside it the same nights
 * when turns are given out by the weights alone.
 */
import { type Coin, nights } from "./simulate.ts";

const NIGHTS = 1000;

const coin = (label: string, keeps: number | Coin["keeps"], more: Partial<Coin> = {}): Coin => ({
  label,
  weight: 1,
  keeps: typeof keeps === "number" ? () => keeps : keeps,
  seconds: 300,
  dollars: 0,
  ...more,
});

const ROWS: readonly (readonly [string, readonly Coin[], number])[] = [
  ["A yields three times as often (30 % against 10 %), 60 experiments", [coin("A", 0.3), coin("B", 0.1)], 60],
  ["the same, 120 experiments", [coin("A", 0.3), coin("B", 0.1)], 120],
  ["the same, but the weights say 1:3", [coin("A", 0.3), coin("B", 0.1, { weight: 3 })], 60],
  ["the same, and the weights say 3:1", [coin("A", 0.3, { weight: 3 }), coin("B", 0.1)], 60],
  ["both yield alike (20 %)", [coin("A", 0.2), coin("B", 0.2)], 60],
  ["alike, but A takes a third of the time", [coin("A", 0.2, { seconds: 100 }), coin("B", 0.2)], 60],
  ["alike, but B costs $0.50 a turn and A nothing", [coin("A", 0.2), coin("B", 0.2, { dollars: 0.5 })], 60],
  ["A yields only from experiment 61 of 120 on", [coin("A", (n) => (n > 60 ? 0.3 : 0)), coin("B", 0.1)], 120],
  ["A yields 6 %, B 2 %", [coin("A", 0.06), coin("B", 0.02)], 60],
];

const percent = (x: number) => `${Math.round(100 * x)} %`.padStart(5);

process.stdout.write(
  "| night | share of A (mean, 10–90 %) | fewest turns of anybody | kept | kept by the weights alone |\n",
);
process.stdout.write("|---|---|---|---|---|\n");
for (const [name, coins, experiments] of ROWS) {
  const ours = nights(coins, experiments, NIGHTS);
  const fixed = nights(coins, experiments, NIGHTS, "weights");
  const share = `${percent(ours.share)} (${percent(ours.low).trim()}–${percent(ours.high).trim()})`;
  process.stdout.write(`| ${name} | ${share} | ${ours.least} | ${ours.kept.toFixed(1)} | ${fixed.kept.toFixed(1)} |\n`);
}
