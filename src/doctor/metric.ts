/**
 * Tries the lab's run as the baseline would be: is the metric there, does the run keep its budget, and does the number
 * stay the same when nothing is changed?
 *
 * Two runs with the same seed; with `more`, others with seeds of their own, as a session gives them. Not covered: a
 * spread that only shows over hours, such as a machine that gets hot.
 */
import { describeOutcome } from "../experiment.ts";
import { sumOfSquares } from "../judge/statistics.ts";
import { parseMetricLines } from "../metric-lines.ts";
import { formatDuration } from "../program/duration.ts";
import { tail } from "../util/text.ts";
import { type Finding, fault, ok, some, warning } from "./finding.ts";
import { missingFinding } from "./missing.ts";
import { nearest } from "./nearest.ts";
import { leftSeconds, type Trial, type TriedRun, tryRun } from "./trial.ts";

const SEED = 20_250_101;

export async function metricFindings(trial: Trial, more: number): Promise<readonly Finding[]> {
  const first = await tryRun(trial, "run-1", SEED);
  if (first.cut) return [untried("run", "a run takes longer than doctor's allowance")];
  if (first.outcome.kind !== "finished") {
    const lacking = await missingFinding(trial, first, SEED);
    return lacking === undefined ? [crashed(trial, first)] : [lacking, crashed(trial, first)];
  }
  const took = first.resources.wallSeconds;
  const found = [ok("run", `finished in ${seconds(took)}`), ...budgetFindings(trial, took)];
  const { name, timing } = trial.program.metric;
  if (timing !== undefined) {
    return [
      ...found,
      ok("metric", `${name} is timed by the harness, several times and beside the champion; once it took so long`),
    ];
  }
  const value = first.measurement.metric;
  if (value === undefined) {
    const lacking = await missingFinding(trial, first, SEED);
    return lacking === undefined ? [...found, noMetric(trial, first)] : [...found, lacking, noMetric(trial, first)];
  }
  found.push(ok("metric", `${name} ${value}, ${first.measurement.provenance}`));
  const again = await values(trial, 1, () => SEED);
  if (again.length === 0) return [...found, untried("repeat", "a second run did not fit, or gave no number")];
  const others = await values(trial, more, (i) => SEED + i);
  return [...found, ...repeatFindings(trial, { same: [value, ...again], others })];
}

async function values(trial: Trial, count: number, seedOf: (i: number) => number): Promise<readonly number[]> {
  const all: number[] = [];
  for (let i = 1; i <= count && leftSeconds(trial) > 1; i++) {
    const { measurement } = await tryRun(trial, "run-again", seedOf(i));
    if (measurement.metric !== undefined) all.push(measurement.metric);
  }
  return all;
}

function crashed({ program }: Trial, run: TriedRun): Finding {
  const end = tail(run.log.trim(), 500);
  const how = describeOutcome(run.outcome);
  const text = `\`${program.run}\` in a fresh checkout: ${how}${end === "" ? "" : `: ${end}`}`;
  return fault("run", text, "make the command work in a fresh clone of the repository");
}

function budgetFindings({ program }: Trial, took: number): readonly Finding[] {
  const { budgetSeconds } = program;
  // Starting an interpreter takes a second or two, which counts where the budget is small.
  if (took <= 2 * budgetSeconds + 3) return [];
  const text =
    `the run took ${seconds(took)} with a budget of ${formatDuration(budgetSeconds)}: ` +
    "it does not heed NIGHTYARD_BUDGET_SECONDS";
  return [warning("budget", text, `budget: ${Math.ceil(took)}s in program.md, or read the variable in the run`)];
}

/** What was printed instead, so that the person sees which line was meant. */
function noMetric({ program }: Trial, run: TriedRun): Finding {
  const { name } = program.metric;
  const read = { ...run.measurement.extra, ...parseMetricLines(run.log).values };
  const names = Object.keys(read).filter((n) => n !== name);
  const why = run.measurement.why ?? `no ${name} was read`;
  const who = program.evaluate === undefined ? "run" : "evaluator";
  if (names.length === 0) {
    const count = run.log.split("\n").filter((line) => line.trim() !== "").length;
    const text = `${why}; none of its ${count} lines of output is a metric line`;
    return fault("metric", text, `let the ${who} print "${name}: <number>"`);
  }
  const close = nearest(name, names);
  const shown = some(names.map((n) => `${n}: ${read[n]}`));
  const text = `${why}; read: ${shown}. Nearest to ${name}: ${close.join(", ")}`;
  const fix = `metric: { name: ${close[0]}, … } in program.md, or let the ${who} print "${name}: <number>"`;
  return fault("metric", text, fix);
}

export interface Repeats {
  /** The same code with the same seed. */
  readonly same: readonly number[];
  /** The same code with other seeds. */
  readonly others: readonly number[];
}

/** What two runs or more of unchanged code say. Pure. */
export function repeatFindings({ program }: Pick<Trial, "program">, { same, others }: Repeats): readonly Finding[] {
  const { name, deterministic } = program.metric;
  const all = [...same, ...others];
  const spread = Math.max(...all) - Math.min(...all);
  if (deterministic && spread > 0) {
    const text =
      `${name} differs without a change: ${some(all.map(String))} (spread ${spread.toPrecision(2)}), ` +
      "but program.md says deterministic: true: noise would be kept as progress";
    return [fault("repeat", text, "deterministic: false in program.md, or take the randomness out of the run")];
  }
  if (deterministic) return [ok("repeat", `${same.join(" and ")}: the same without a change, as program.md says`)];
  if (others.length > 1) return [noiseFinding(name, others, "seeds of their own")];
  if (spread === 0) {
    return [ok("repeat", `${same.join(" and ")}: the same with the same seed; --deep measures what seeds do`)];
  }
  return [noiseFinding(name, same, "the same seed")];
}

/** Two-sided 5 % false alarms and 80 % power, by the normal approximation: 1.96 + 0.84 deviates of a difference. */
const DEVIATES = 1.96 + 0.84;

function noiseFinding(name: string, pool: readonly number[], seeds: string): Finding {
  const sigma = Math.sqrt(sumOfSquares(pool) / (pool.length - 1));
  const mean = pool.reduce((sum, x) => sum + x, 0) / pool.length;
  if (sigma === 0) return ok("repeat", `${name} ${mean} in ${pool.length} runs with ${seeds}: no noise seen`);
  const visible = (runs: number) => (DEVIATES * sigma * Math.sqrt(2 / runs)).toPrecision(2);
  const share = mean === 0 ? "" : ` (${((100 * sigma) / Math.abs(mean)).toPrecision(2)} %)`;
  const rough = pool.length < 5 ? `, roughly, from ${pool.length} runs` : "";
  const text =
    `${name} differs without a change: ${some(pool.map(String))} with ${seeds}; one sigma is ` +
    `${sigma.toPrecision(2)}${share}${rough}. Seen in 4 of 5 cases is a gain of ${visible(1)} (1 run of each), ` +
    `${visible(3)} (3 runs), ${visible(9)} (9 runs)`;
  return warning("repeat", text, "nightyard doctor --deep   # measures it better; a longer budget lowers it");
}

function untried(check: string, why: string): Finding {
  return warning(check, `not tried to its end: ${why}`, "nightyard doctor --deep");
}

function seconds(s: number): string {
  return `${s.toPrecision(3)} s`;
}
