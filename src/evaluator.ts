/**
 * Turns a finished run into a measurement, by code and data that the agent cannot touch.
 *
 * With an `evaluate` command it runs from the sealed copy, in its own process, and what the run itself printed decides
 * nothing: the metric is "evaluated". Without one, the run's own lines are read and the metric is "self-reported".
 * A number that is missing, infinite or not a number is no measurement. Every run has a folder of its own that did not
 * exist before, so an old `metrics.json` cannot be read as a fresh one.
 */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { execute } from "./execute.ts";
import { describeOutcome, type Measurement } from "./experiment.ts";
import { parseMetricLines, parseMetricsJson } from "./metric-lines.ts";
import type { Program } from "./program.ts";
import { oneLine, tail } from "./util/text.ts";

export interface EvaluationRequest {
  readonly program: Program;
  /** The lab's folder in which the run took place; absolute. */
  readonly runDir: string;
  readonly runLog: string;
  /** The lab's folder in the sealed copy; absolute. */
  readonly sealedDir: string;
  /** Words of the sandbox in front of the evaluator's command. */
  readonly fence: readonly string[];
  /** Environment of the evaluator, with NIGHTYARD_RUN_DIR and NIGHTYARD_HELD_OUT. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Names under which a measurement keeps what the run itself says its metric is: in its output, in metrics.json. */
export const REPORTED = "reported_";
export const FILED = "filed_";
/** How `why` begins when the evaluator did not score what the run left. */
export const EVALUATOR_ENDED_BADLY = "the evaluator ended badly";

/** Most bytes of a log or of metrics.json that are read for numbers: the end of the log counts. */
const READ_LIMIT = 4 * 1024 * 1024;
/** Of what the evaluator prints, at most this much is kept. */
const OUTPUT_LIMIT_BYTES = 1024 * 1024;
const NO_FOLLOW = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Measures a finished run. Rejects only when `signal` is aborted. */
export async function evaluate(request: EvaluationRequest): Promise<Measurement> {
  const said = parseMetricLines(await readEnd(request.runLog, READ_LIMIT));
  const json = parseMetricsJson(await readEnd(join(request.runDir, "metrics.json"), READ_LIMIT));
  if (request.program.evaluate === undefined) return selfReported(request.program, said, json);
  return evaluated(request, said.values, json.values);
}

type Parsed = ReturnType<typeof parseMetricLines>;
type Values = Parsed["values"];

async function evaluated(request: EvaluationRequest, said: Values, json: Values): Promise<Measurement> {
  const { program, signal } = request;
  const name = program.metric.name;
  const result = await execute({
    command: program.evaluate ?? "",
    dir: request.sealedDir,
    fence: request.fence,
    env: request.env,
    timeoutSeconds: program.evaluateTimeoutSeconds,
    outputLimitBytes: OUTPUT_LIMIT_BYTES,
    signal,
  });
  signal.throwIfAborted();
  // Only numbers of the evaluator may carry the metric's name; what the run said under it is kept apart.
  const { [name]: own, ...others } = said;
  const extra = { ...others, ...named(`${REPORTED}${name}`, own), ...named(`${FILED}${name}`, json[name]) };
  const base = { provenance: "evaluated" as const, extra };
  if (result.outcome.kind !== "finished") {
    const end = oneLine(tail(`${result.stdout}\n${result.stderr}`.trim(), 600), 400);
    return { ...base, why: `${EVALUATOR_ENDED_BADLY} (${describeOutcome(result.outcome)}): ${end}` };
  }
  const parsed = parseMetricLines(result.stdout);
  const { [name]: metric, ...rest } = parsed.values;
  const all = { ...base, extra: bounded({ ...extra, ...rest }) };
  return metric === undefined ? { ...all, why: missing(program, parsed, "the evaluator") } : { ...all, metric };
}

function selfReported(program: Program, said: Parsed, json: Parsed): Measurement {
  const { name } = program.metric;
  const values = { ...json.values, ...said.values };
  const { [name]: metric, ...rest } = values;
  // Printed and filed: both are kept, for they should be the same.
  const filed = said.values[name] === undefined ? undefined : json.values[name];
  const base = {
    provenance: "self-reported" as const,
    extra: bounded({ ...rest, ...named(`${FILED}${name}`, filed) }),
  };
  if (metric !== undefined) return { ...base, metric };
  const problems = [...said.problems, ...json.problems];
  return { ...base, why: missing(program, { values, problems }, "the run") };
}

function named(name: string, value: number | undefined): Record<string, number> {
  return value === undefined ? {} : { [name]: value };
}

function missing(program: Program, parsed: Parsed, who: string): string {
  const name = program.metric.name;
  const problem = parsed.problems.find((p) => p.startsWith(`${name}:`));
  return problem ?? `${who} printed no "${name}: <number>" or "METRIC ${name}=<number>"`;
}

function bounded(values: Readonly<Record<string, number>>): Record<string, number> {
  const fit = Object.entries(values).filter(([name]) => name.length <= 80);
  return Object.fromEntries(fit.slice(0, 200));
}

/** The last `limit` bytes of a file as text; "" when it is not there or is no regular file. */
export async function readEnd(path: string, limit: number): Promise<string> {
  // O_NOFOLLOW and non-blocking: a run may leave a link or a pipe under a name that we read.
  const file = await open(path, NO_FOLLOW).catch(() => undefined);
  if (file === undefined) return "";
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return "";
    const from = Math.max(0, stat.size - limit);
    const buffer = Buffer.alloc(Math.min(stat.size, limit));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
    return buffer.subarray(0, bytesRead).toString("utf8");
  } finally {
    await file.close();
  }
}
