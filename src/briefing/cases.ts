/**
 * Numbers beside the metric, where the lab prints them (per case, per part): the champion's beside those of the last
 * attempts, so that an agent sees where it lost. Pure. Names come from a run: cleaned and short. Numbers only.
 */
import type { Cases } from "../agent/findings.ts";
import type { Experiment } from "../experiment.ts";
import { oneLine } from "../util/text.ts";

const ATTEMPTS = 3;
const MAX_NAMES = 24;

/** Of all numbers those that differ most between the champion and the last attempt; undefined when there are none. */
export function casesOf(champion: Experiment | undefined, past: readonly Experiment[]): Cases | undefined {
  const own = champion === undefined ? undefined : numbersOf(champion);
  const others = lastWithNumbers(past, champion?.number);
  if (champion === undefined || own === undefined) return undefined;
  const last = others.at(-1);
  const lastOnes = last === undefined ? undefined : numbersOf(last);
  const all = [...own.keys()].sort();
  const names = all
    .map((name, i) => ({ name, i, gap: gap(own.get(name), lastOnes?.get(name)) }))
    .sort((a, b) => b.gap - a.gap || a.i - b.i)
    .slice(0, MAX_NAMES)
    .map(({ name }) => name)
    .sort();
  if (names.length === 0) return undefined;
  const row = (e: Experiment, numbers: ReadonlyMap<string, number> | undefined) => ({
    experiment: e.number,
    values: names.map((name) => numbers?.get(name)),
  });
  const rows = [row(champion, own), ...others.map((e) => row(e, numbersOf(e)))];
  return { names, rows, left: all.length - names.length };
}

/** Looked for from the end: reading the numbers of thousands would take seconds. */
function lastWithNumbers(past: readonly Experiment[], without: number | undefined): readonly Experiment[] {
  const found: Experiment[] = [];
  for (let i = past.length - 1; i >= 0 && found.length < ATTEMPTS; i--) {
    const e = past[i]!;
    if (e.number !== without && numbersOf(e) !== undefined) found.unshift(e);
  }
  return found;
}

/** Relative difference; what is missing on one side differs as much as can be. */
function gap(a: number | undefined, b: number | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : 2;
  const size = Math.max(Math.abs(a), Math.abs(b));
  return size === 0 ? 0 : Math.abs(a - b) / size;
}

/** The extra numbers of the last measured run of an experiment's own commit, by cleaned name. */
function numbersOf(e: Experiment): ReadonlyMap<string, number> | undefined {
  const run = e.runs.findLast((r) => r.role !== "confirm" && r.measurement?.metric !== undefined);
  const extra = Object.entries(run?.measurement?.extra ?? {});
  if (extra.length === 0) return undefined;
  return new Map(extra.map(([name, x]) => [oneLine(name.replace(/[^\p{L}\p{N}_.\-/ ]+/gu, "_"), 40), x]));
}
