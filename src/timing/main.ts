/**
 * The program that times a run: `node main.js <folder>`. It is what the runner starts, and it starts the lab's command
 * again and again, each time in its fence, in a fresh copy of its commit's files, from outside its processes.
 *
 * A copy each time, because what one execution leaves would make the next one faster, by accident or by intent. An
 * execution that fails ends the program with its exit code, so the run is a crash as usual. Not covered: numbers that
 * are worth something; `timing.ts` says what they are worth.
 */
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Executed, execute } from "../execute.ts";
import { describeOutcome } from "../experiment.ts";
import { parseMetricLines } from "../metric-lines.ts";
import { type Arm, orderOf, unsteadyWhy } from "../timing.ts";
import { RESULT_FILE, readSpec, SPEC_FILE, type TimingResult, type TimingSpec } from "./spec.ts";

/** So often the repeats are made again while they are not steady. */
const MAX_TRIES = 3;
/** Of one execution's output at most this much reaches the log. */
const OUTPUT_BYTES = 64 * 1024;
const REFERENCE_FAILED = "the champion's own execution failed beside it";

/** An execution of the run itself ended badly; so does the run. */
interface Failed {
  readonly kind: "failed";
  readonly exitCode: number;
}

interface Taken {
  readonly run: number[];
  readonly reference: number[];
}

/** Times the run that `<folder>/spec.json` describes; answers the exit code of the whole run. */
export async function timeRun(folder: string): Promise<number> {
  const spec = readSpec(join(folder, SPEC_FILE));
  const result = await measureUntilSteady(spec);
  if (result.kind === "failed") return result.exitCode;
  await writeFile(join(folder, RESULT_FILE), JSON.stringify(result), { flag: "wx" });
  return 0;
}

async function measureUntilSteady(spec: TimingSpec): Promise<TimingResult | Failed> {
  const warm = await repeat(spec, spec.warmup);
  if ("kind" in warm) return warm;
  for (let tries = 1; ; tries += 1) {
    const times = await repeat(spec, spec.repeats);
    if ("kind" in times) return times;
    const why = unsteadyWhy(times, spec.steady);
    if (why === undefined) return { kind: "steady", times, tries };
    process.stdout.write(`timing: ${why}\n`);
    if (tries === MAX_TRIES) return { kind: "unsteady", times, tries, why };
  }
}

async function repeat(spec: TimingSpec, repeats: number): Promise<Taken | TimingResult | Failed> {
  const times: Taken = { run: [], reference: [] };
  for (const arm of orderOf(repeats, spec.reference !== undefined)) {
    const done = await executeArm(spec, arm);
    const why = describeOutcome(done.outcome);
    const value = done.outcome.kind === "finished" ? numberOf(spec, done) : why;
    const what = typeof value === "number" ? value.toPrecision(5) : `failed: ${value}`;
    process.stdout.write(`timing: ${arm} ${times[arm].length + 1}/${repeats} ${what}\n`);
    if (typeof value === "number") times[arm].push(value);
    // The champion has run before, so that it fails beside this run is the machine's doing.
    else if (arm === "reference") return { kind: "unsteady", times, tries: 1, why: `${REFERENCE_FAILED}: ${value}` };
    else if (done.outcome.kind === "finished") return { kind: "missing", why: value };
    else return { kind: "failed", exitCode: (done.outcome.kind === "crashed" && done.outcome.exitCode) || 1 };
  }
  return times;
}

/** The number of one execution, or why there is none. */
function numberOf(spec: TimingSpec, done: Executed): number | string {
  if (spec.clock === "wall") return done.resources.wallSeconds;
  const { values, problems } = parseMetricLines(done.stdout);
  const value = values[spec.metric];
  if (value !== undefined && value > 0) return value;
  const problem = problems.find((p) => p.startsWith(`${spec.metric}:`));
  return problem ?? `an execution printed no "METRIC ${spec.metric}=<number above 0>"`;
}

async function executeArm(spec: TimingSpec, arm: Arm): Promise<Executed> {
  const at = arm === "run" ? spec.run : spec.reference;
  if (at === undefined) throw new Error("there is no reference to execute");
  for (const folder of [at.work, at.tmp]) await rm(folder, { recursive: true, force: true });
  await mkdir(at.tmp, { recursive: true });
  await cp(at.pristine, at.work, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  const { fence, dir, env } = at;
  const { command, timeoutSeconds } = spec;
  const done = await execute({ command, fence, dir, env, timeoutSeconds, outputLimitBytes: OUTPUT_BYTES });
  if (arm === "run" || done.outcome.kind !== "finished") process.stdout.write(`${done.stdout}\n${done.stderr}\n`);
  return done;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await timeRun(process.argv[2] ?? "");
}
