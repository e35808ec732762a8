/**
 * A run of a lab whose metric is timed: its job starts the program that executes the command again and again, beside
 * the champion's; what that program wrote becomes the run's outcome and its measurement.
 *
 * Everything for it lies in a folder beside the run's, `<job>.timing`, which no fence shows to the lab's code. Not
 * covered: after a session (`finalize`, `promote`) arms are interleaved by whole runs, each without a reference.
 */
import { cp, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Commit, type Measurement, metricsOf, type Run } from "../experiment.ts";
import { mean, orient, type Rules } from "../judge.ts";
import { commitOf } from "../ledger/session.ts";
import type { Timing } from "../program.ts";
import type { Job, RunResult } from "../runner.ts";
import {
  type ArmSpec,
  RESULT_FILE,
  readResult,
  readSpec,
  SPEC_FILE,
  type TimingResult,
  type TimingSpec,
} from "../timing/spec.ts";
import { median, repeatsOf, steadinessOf, worthOf } from "../timing.ts";
import { type Checkout, checkoutFiles, linkIgnored, runDirOf } from "../workspace/checkouts.ts";
import { exists } from "../workspace.ts";
import { experimentNow, sessionNow, type Yard } from "../yard.ts";

/** Folders that are a run's own, beside its checkout. */
export function timingDirOf(yard: Yard, job: string): string {
  return `${runDirOf(yard.ws, job).dir}.timing`;
}

/** How a run's own job becomes one that is timed. */
export interface Plain {
  readonly job: Job;
  readonly checkout: Checkout;
  readonly tmp: string;
  /** Words of the fence around an execution in another checkout. */
  readonly fenceFor: (checkout: Checkout, tmp: string) => readonly string[];
}

/** The job that times `plain.job`'s command; its folder is made, under its final name, only when it is complete. */
export async function timedJob(yard: Yard, run: Run, timing: Timing, plain: Plain): Promise<Job> {
  const folder = timingDirOf(yard, run.job);
  const { job, checkout, tmp } = plain;
  const work = runDirOf(yard.ws, `${run.job}.timing/reference-work`);
  if (!(await exists(folder))) {
    await rm(`${folder}.new`, { recursive: true, force: true });
    await mkdir(`${folder}.new`, { recursive: true });
    await cp(checkout.dir, `${folder}.new/run`, { recursive: true, verbatimSymlinks: true });
    const compared = timing.interleave ? comparedWith(yard, run) : undefined;
    if (compared !== undefined) await checkoutReference(yard, run, compared.commit);
    const { fence, env, dir } = job;
    const own: ArmSpec = { pristine: join(folder, "run"), work: checkout.dir, dir, tmp, fence: [...fence], env };
    const reference = compared === undefined ? undefined : referenceArm(folder, plain, work);
    const spec = specOf(yard, timing, { run: own, reference, compared: compared?.experiment });
    await writeFile(join(`${folder}.new`, SPEC_FILE), JSON.stringify(spec), { mode: 0o600 });
    await rename(`${folder}.new`, folder);
  }
  const { limits, timeoutSeconds } = job;
  const repeats = repeatsOf(timing, true);
  const executions = 2 * (timing.warmup + MAX_BLOCKS * repeats);
  return {
    ...job,
    dir: folder,
    command: commandOf(folder),
    fence: [],
    env: { PATH: job.env.PATH ?? "/usr/bin:/bin" },
    timeoutSeconds: executions * (timeoutSeconds + COPY_SECONDS),
    limits: limits && { ...limits, folders: [...limits.folders, work.dir, join(folder, "reference-tmp")] },
  };
}

/** As many as the program makes while the numbers are not steady. */
const MAX_BLOCKS = 3;
/** Copying a checkout and ending what is left, for each execution at most. */
const COPY_SECONDS = 30;

function referenceArm(folder: string, { job, fenceFor }: Plain, work: Checkout): ArmSpec {
  const tmp = join(folder, "reference-tmp");
  const env = { ...job.env, TMPDIR: tmp };
  const pristine = join(folder, "reference");
  return { pristine, work: work.dir, dir: work.labDir, tmp, fence: [...fenceFor(work, tmp)], env };
}

function specOf(yard: Yard, timing: Timing, arms: Pick<TimingSpec, "run" | "reference" | "compared">): TimingSpec {
  const { program } = yard;
  const { clock, warmup, steady } = timing;
  const repeats = repeatsOf(timing, arms.reference !== undefined);
  const { name } = program.metric;
  return {
    command: program.run,
    metric: name,
    clock,
    warmup,
    repeats,
    steady,
    timeoutSeconds: program.timeoutSeconds,
    ...arms,
  };
}

async function checkoutReference({ ws, program }: Yard, run: Run, commit: Commit): Promise<void> {
  const made = runDirOf(ws, `${run.job}.timing.new/reference`);
  await checkoutFiles(ws, made, commit);
  await linkIgnored(ws, made, program.links);
}

/** Fresh runs are held against the first baseline, a challenger against what the judge compares it with. */
function comparedWith(yard: Yard, run: Run): { readonly experiment: number; readonly commit: Commit } | undefined {
  const session = sessionNow(yard);
  const { evidence } = session;
  const e = session.openRuns.find((open) => jobOfRun(yard, open.experiment, open.run) === run.job)?.experiment;
  const intent = e === undefined ? "improve" : (experimentNow(yard, e).proposal?.intent ?? "improve");
  const index = intent === "simplify" ? evidence.anchor : evidence.champion;
  const champion = evidence.groups[index ?? -1]?.experiment;
  const experiment = run.role === "challenger" ? champion : run.role === "confirm" ? 0 : e;
  if (experiment === undefined) return undefined;
  return { experiment, commit: commitOf(session, experimentNow(yard, experiment)) };
}

function jobOfRun(yard: Yard, experiment: number, run: number): string | undefined {
  return experimentNow(yard, experiment).runs.find((r) => r.run === run)?.job;
}

/** As compiled JavaScript or, in tests, as the TypeScript it is written in. */
function commandOf(folder: string): string {
  const isSource = import.meta.url.endsWith(".ts");
  const file = fileURLToPath(new URL(`../timing/main.${isSource ? "ts" : "js"}`, import.meta.url));
  const tsx = isSource ? ["--import", pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href] : [];
  const words = [process.execPath, ...tsx, file, folder];
  return `exec ${words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ")}`;
}

/** A run whose numbers are not steady is lost: it says nothing of the proposal, and is asked for again. */
export function timedResult(yard: Yard, run: Run, result: RunResult): RunResult {
  if (yard.program.metric.timing === undefined || result.outcome.kind !== "finished") return result;
  const timed = resultOf(yard, run);
  return timed.kind === "unsteady" ? { ...result, outcome: { kind: "lost", why: timed.why } } : result;
}

/** What a timed run is worth; `said` is what else it printed. */
export function timedMeasurement(yard: Yard, run: Run, timing: Timing, said: Measurement): Measurement {
  const { name } = yard.program.metric;
  const { [name]: _, ...others } = said.extra;
  const provenance = timing.clock === "wall" ? "evaluated" : "self-reported";
  const timed = resultOf(yard, run);
  if (timed.kind !== "steady") return { provenance, extra: others, why: timed.why };
  const { times, tries } = timed;
  const { compared } = readSpec(join(timingDirOf(yard, run.job), SPEC_FILE));
  const level = compared === undefined ? undefined : levelOf(yard, compared);
  const { spread, trend } = steadinessOf(times);
  const figures = {
    raw: median(times.run),
    spread,
    trend,
    tries,
    ...(times.reference.length === 0 ? {} : { reference: median(times.reference) }),
  };
  const named = Object.entries(figures).map(([what, value]) => [`${name}.${what}`, value]);
  return { provenance, extra: { ...others, ...Object.fromEntries(named) }, metric: worthOf(times, level) };
}

function resultOf(yard: Yard, run: Run): TimingResult {
  const file = join(timingDirOf(yard, run.job), RESULT_FILE);
  return readResult(file) ?? { kind: "missing", why: "the run ended without a result of its timing" };
}

/** What the judge takes the experiment to be worth, in the metric's unit; undefined before its first run. */
function levelOf(yard: Yard, experiment: number): number | undefined {
  const { evidence, rules } = sessionNow(yard);
  const known = evidence.groups.find((group) => group.experiment === experiment)?.scores;
  const fromRuns = () => metricsOf(experimentNow(yard, experiment)).map((m) => orient(m, rules));
  const scores = (known ?? fromRuns()).filter((x): x is number => x !== undefined);
  return scores.length === 0 ? undefined : metricOf(mean(scores), rules);
}

/** The metric of a score: the way back of `orient`. */
function metricOf(score: number, { goal, scale }: Pick<Rules, "goal" | "scale">): number {
  const x = goal === "minimize" ? -score : score;
  return scale === "log" ? Math.exp(x) : x;
}
