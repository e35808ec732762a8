/**
 * What looks unfair about a challenger's measured run, from its numbers alone: pure. Each suspicion has a name, under
 * which it is written down as an integrity event, and says whether it makes the run void.
 *
 * Void is only what would change a score: time beyond the budget, a process left behind to meddle later, two scores of
 * which one must be false. The baseline is the measure of what is usual in this lab, so a lab that always does such a
 * thing is not accused of it. Not covered: a false score that a self-reporting run prints with a straight face.
 */
import { EVALUATOR_ENDED_BADLY, FILED, REPORTED } from "../evaluator.ts";
import type { Measurement, Run } from "../experiment.ts";
import type { Program } from "../program.ts";

export interface Suspicion {
  /** The name of the attempt. */
  readonly what: string;
  readonly detail: string;
  /** The run's number does not count. */
  readonly voids: boolean;
}

/** Of the budget; start-up and evaluation differ between honest runs, by more than this hardly ever. */
const SLACK_OF_BUDGET = 1 / 3;
const SLACK_SECONDS = 10;
/** A claim so much better than the evaluator's figure is no noise: where the baseline shows the usual gap, and not. */
const FAR_KNOWN = 0.1;
const FAR_UNKNOWN = 0.5;
/** Two numbers that print the same measurement. */
const SAME = 1e-3;
const FLOOD_BYTES = 64 * 1024 * 1024;

/** What a run is looked at beside. */
export interface Usual {
  readonly program: Program;
  /** The runs of experiment 0. */
  readonly baseline: readonly Run[];
  /** Whether runs are fenced: what one leaves behind then dies with its fence, and could reach nothing before. */
  readonly fenced: boolean;
}

/** What is suspicious about a challenger's run. */
export function suspicions(usual: Usual, run: Run, measurement: Measurement): readonly Suspicion[] {
  const { program, baseline, fenced } = usual;
  if (run.role !== "challenger") return [];
  return [
    leftBehind(baseline, run, fenced),
    overran(program, baseline, run),
    flooded(baseline, run),
    passedLimit(run),
    refusedByEvaluator(measurement),
    claimsMore(program, baseline, measurement),
    twoScores(program, baseline, measurement),
  ].filter((s): s is Suspicion => s !== undefined);
}

function leftBehind(baseline: readonly Run[], run: Run, fenced: boolean): Suspicion | undefined {
  const escaped = run.resources?.escaped ?? 0;
  if (escaped === 0 || baseline.some((r) => (r.resources?.escaped ?? 0) > 0)) return undefined;
  const detail = `${escaped} left the run's process group and were still there when it had ended; they were ended`;
  return { what: "processes left behind", detail, voids: !fenced };
}

function overran(program: Program, baseline: readonly Run[], run: Run): Suspicion | undefined {
  const seconds = run.resources?.wallSeconds;
  // A timed run takes as many executions as it needs; each has the timeout for itself.
  if (seconds === undefined || run.outcome?.kind !== "finished" || program.metric.timing !== undefined)
    return undefined;
  const usual = Math.max(program.budgetSeconds, ...baseline.map((r) => r.resources?.wallSeconds ?? 0));
  const limit = usual + Math.max(SLACK_SECONDS, program.budgetSeconds * SLACK_OF_BUDGET);
  if (seconds <= limit) return undefined;
  const allowed = `${limit.toFixed(1)} s is what the budget and the baseline allow`;
  const detail = `the run took ${seconds.toFixed(1)} s; ${allowed}`;
  return { what: "past the budget", detail, voids: true };
}

function flooded(baseline: readonly Run[], run: Run): Suspicion | undefined {
  const bytes = run.resources?.outputBytes ?? 0;
  const usual = Math.max(0, ...baseline.map((r) => r.resources?.outputBytes ?? 0));
  if (bytes <= Math.max(FLOOD_BYTES, 10 * usual)) return undefined;
  const detail = `the run printed ${Math.round(bytes / 2 ** 20)} MiB; the log keeps its beginning and its end`;
  return { what: "output flood", detail, voids: false };
}

/** The supervisor ended it for its processes or its files. Memory is not here: a model that is too large is no try. */
function passedLimit(run: Run): Suspicion | undefined {
  const why = run.outcome?.kind === "crashed" ? run.outcome.why : undefined;
  if (why === undefined || !/ (are allowed|are left on the disk)$/.test(why)) return undefined;
  return { what: "past a limit", detail: why, voids: false };
}

/** A finished run whose work the evaluator would not score: a bad model, or one made to deceive it. */
function refusedByEvaluator(m: Measurement): Suspicion | undefined {
  if (!m.why?.startsWith(EVALUATOR_ENDED_BADLY)) return undefined;
  return { what: "refused by the evaluator", detail: m.why, voids: false };
}

/** The run's own line names a far better score than the evaluator found. */
function claimsMore(program: Program, baseline: readonly Run[], m: Measurement): Suspicion | undefined {
  const { name } = program.metric;
  if (m.provenance !== "evaluated" || m.metric === undefined) return undefined;
  const usual = baseline.flatMap((r) => gapsOf(program, r.measurement));
  const [smallest, largest] = [Math.min(...usual), Math.max(...usual)];
  for (const prefix of [REPORTED, FILED]) {
    const claim = m.extra[`${prefix}${name}`];
    if (claim === undefined) continue;
    const size = Math.max(Math.abs(claim), Math.abs(m.metric));
    const known = usual.length > 0;
    const limit = known ? largest + Math.max(10 * (largest - smallest), FAR_KNOWN * size) : FAR_UNKNOWN * size;
    if (gap(program, claim, m.metric) <= limit) continue;
    const detail = `the run claims ${name} ${claim}; the evaluator found ${m.metric}, which counts`;
    return { what: "false claim", detail, voids: false };
  }
  return undefined;
}

/** How much better the claims of a run were than what the evaluator found. */
function gapsOf(program: Program, m: Measurement | undefined): readonly number[] {
  if (m?.metric === undefined) return [];
  return [REPORTED, FILED]
    .map((prefix) => m.extra[`${prefix}${program.metric.name}`])
    .filter((claim): claim is number => claim !== undefined)
    .map((claim) => gap(program, claim, m.metric ?? claim));
}

/** Positive: the claim is better. */
function gap(program: Program, claim: number, measured: number): number {
  return program.metric.goal === "minimize" ? measured - claim : claim - measured;
}

/** A self-reporting run prints one score and files another. */
function twoScores(program: Program, baseline: readonly Run[], m: Measurement): Suspicion | undefined {
  if (m.provenance !== "self-reported" || m.metric === undefined) return undefined;
  const filed = m.extra[`${FILED}${program.metric.name}`];
  if (filed === undefined || !differ(filed, m.metric)) return undefined;
  const usual = baseline.some((r) => {
    const b = r.measurement;
    const other = b?.extra[`${FILED}${program.metric.name}`];
    return b?.metric !== undefined && other !== undefined && differ(other, b.metric);
  });
  if (usual) return undefined;
  const detail = `the run prints ${program.metric.name} ${m.metric} and writes ${filed} into metrics.json`;
  return { what: "two scores", detail, voids: true };
}

function differ(a: number, b: number): boolean {
  return Math.abs(a - b) > SAME * Math.max(Math.abs(a), Math.abs(b));
}

/** Control characters and active markup in what an agent says of its change; the words are cleaned before any use. */
export function suspiciousWords(text: string): string | undefined {
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/.test(text))
    return "control characters in the proposal's words";
  if (/[\u202a-\u202e\u2066-\u2069]/.test(text)) return "direction marks in the proposal's words";
  if (/<\s*\/?\s*(script|iframe|img|svg|object|embed|style|link|meta|form)\b|\bjavascript:/i.test(text)) {
    return "markup in the proposal's words";
  }
  return undefined;
}

const SPEAKS_TO_AGENTS: readonly RegExp[] = [
  /\b(ignore|disregard|forget)\b.{0,40}\b(previous|prior|above|earlier|all)\b.{0,40}\b(instruction|rule|prompt)/i,
  /<\s*\/?\s*(system|assistant|user|instructions?)(-reminder)?\s*>/i,
  /\bsystem prompt\b/i,
];

/** The line of a log that reads like an order to an agent; undefined for an ordinary log. */
export function speaksToAgent(log: string): string | undefined {
  const found = log.split("\n").find((line) => SPEAKS_TO_AGENTS.some((pattern) => pattern.test(line.slice(0, 1000))));
  return found?.slice(0, 200);
}
