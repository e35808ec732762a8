/**
 * `nightyard replay`: judges a recorded session, of a lab's ledger or of a results.tsv, again under other rules.
 */
import { readFile } from "node:fs/promises";
import type { Goal } from "../experiment.ts";
import { type Experiment, metricsOf } from "../experiment.ts";
import { DEFAULT_RULES, PRESETS, type Rules } from "../judge.ts";
import { experimentsOf } from "../ledger.ts";
import {
  baselineIsShort,
  claimedGain,
  type RecordedExperiment,
  type Replayed,
  replay,
  replayKeepAny,
} from "../replay.ts";
import { parseResultsTsv } from "../results-tsv.ts";
import { experimentName, number, plural } from "../util/format.ts";
import { oneLine } from "../util/text.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import { withSession } from "./lab.ts";

export interface ReplayOptions {
  readonly session?: string | undefined;
  readonly judge: string;
  /** One sigma of the metric, for a record without repeats. */
  readonly noise?: number | undefined;
  readonly goal?: string | undefined;
  readonly json?: boolean | undefined;
}

interface Night {
  readonly metric: string;
  readonly rules: Rules;
  readonly record: readonly RecordedExperiment[];
}

/** Degrees of freedom that a sigma given by the person is worth. */
const GIVEN_DF = 20;

export async function replayCommand(source: string | undefined, options: ReplayOptions): Promise<number> {
  const night = source?.endsWith(".tsv") ? await nightOfFile(source, options) : await nightOfLedger(source, options);
  const rules = rulesOf(night.rules, options);
  if (
    options.judge !== "keep-any" &&
    rules.sigmaPrior === undefined &&
    !rules.deterministic &&
    baselineIsShort(night.record, rules)
  ) {
    throw new UserError("the record has too few runs of the baseline to know the noise", {
      fix: `nightyard replay ${source ?? "."} --judge ${options.judge} --noise <one sigma of ${night.metric}>`,
    });
  }
  const rows = options.judge === "keep-any" ? replayKeepAny(night.record, rules) : replay(night.record, rules);
  if (options.json) {
    const out = { version: 1, judge: options.judge, metric: night.metric, gain: claimedGain(night.record, rows), rows };
    process.stdout.write(`${JSON.stringify(out)}\n`);
    return EXIT.ok;
  }
  for (const row of rows) process.stdout.write(`${lineOf(row)}\n`);
  process.stdout.write(`${summaryOf(night, rows, options.judge)}\n`);
  return EXIT.ok;
}

function rulesOf(base: Rules, options: ReplayOptions): Rules {
  const { judge } = options;
  if (judge !== "keep-any" && !Object.hasOwn(PRESETS, judge)) {
    throw new UserError(`--judge: expected keep-any, ${Object.keys(PRESETS).join(", ")}, found "${judge}"`);
  }
  const preset = judge === "keep-any" ? {} : PRESETS[judge as keyof typeof PRESETS];
  const { goal, scale, deterministic, minEffect, minEffectRel } = base;
  const prior = options.noise === undefined ? {} : { sigmaPrior: options.noise, dfPrior: GIVEN_DF, n0: 1 };
  return { ...DEFAULT_RULES, ...preset, goal, scale, deterministic, minEffect, minEffectRel, ...prior };
}

async function nightOfLedger(lab: string | undefined, options: ReplayOptions): Promise<Night> {
  return withSession(lab, options.session, ({ ledger, session }) => ({
    metric: session.metric.name,
    rules: session.rules,
    record: experimentsOf(ledger, session.tag)
      .filter((e) => e.runs.length > 0 || e.verdict !== undefined)
      .map(recordOf),
  }));
}

function recordOf(e: Experiment): RecordedExperiment {
  const own = e.runs.filter(
    (r) => r.role === "challenger" && r.commit === e.proposal?.commit && r.measurement !== undefined,
  );
  return {
    number: e.number,
    metrics: e.number === 0 ? metricsOf(e) : own.map((r) => r.measurement?.metric),
    intent: e.proposal?.intent ?? "improve",
    recorded: e.verdict?.kind ?? "discard",
    description: e.proposal?.hypothesis ?? "",
  };
}

async function nightOfFile(file: string, options: ReplayOptions): Promise<Night> {
  const text = await readFile(file, "utf8").catch((cause) => {
    throw new UserError(`${file}: cannot be read (${(cause as Error).message})`, { cause });
  });
  const parsed = parseResultsTsv(text);
  if (!parsed.ok) throw new UserError(parsed.problems.map((p) => `${file}: ${p}`).join("\n"));
  const goal: Goal = options.goal === "maximize" ? "maximize" : "minimize";
  const record = parsed.rows.map((row, i) => ({
    number: i,
    metrics: row.metric === undefined ? (row.status === "crash" ? [undefined] : []) : [row.metric],
    intent: "improve" as const,
    recorded: row.status,
    description: row.description,
  }));
  return { metric: parsed.metric, rules: { ...DEFAULT_RULES, goal }, record };
}

function lineOf(row: Replayed): string {
  const verdict = row.verdict + (row.label === undefined ? "" : ` ${row.label}`);
  const differs = row.verdict === row.recorded ? " " : "≠";
  const z = row.z === undefined ? "" : `z ${row.z.toFixed(2)}`;
  const head = `${differs} ${experimentName(row.number)} ${verdict.padEnd(14)} was ${row.recorded.padEnd(8)}`;
  return `${head} ${z.padStart(8)}  ${oneLine(row.description, 90)}`;
}

function summaryOf(night: Night, rows: readonly Replayed[], judge: string): string {
  const count = (kind: Replayed["verdict"]) => rows.filter((r) => r.verdict === kind).length;
  const gain = claimedGain(night.record, rows);
  const was = rows.filter((r) => r.recorded === "keep").length;
  return [
    `${judge}: ${count("keep")} kept (recorded: ${was}), ${count("discard")} discarded, ${count("crash")} crashed, ` +
      `${plural(count("again"), "experiment")} would have been run again`,
    `reported change of ${night.metric}: ${number(gain)}, as seen while choosing`,
    "the proposals are those made on the recorded champions; other rules would have led to others",
  ].join("\n");
}
