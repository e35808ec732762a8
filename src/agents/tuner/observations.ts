/**
 * From the ledger's memory to what the surrogate learns from: places and losses, in units in which a usual difference
 * to the champion is about 1, so that one model serves every metric.
 */
import { fromUnit, toUnit } from "./domain.ts";
import type { Point } from "./kernel.ts";
import type { Data } from "./learn.ts";
import type { Assignment, Question, Seen } from "./search.ts";

/** Observations the model looks at: its cost grows with their cube. */
const NEWEST = 60;
const BEST = 40;
/** A crash counts as this bad, or as bad as the worst that was measured. */
const CRASHED = 2;
/** Nothing counts as worse: how far off a hopeless value is teaches nothing. */
const WORST = 3;

/** The observations, the champion first. */
export function observationsOf(question: Question): Data {
  const used = selected(question.seen);
  const level = question.championLoss ?? bestLoss(question.seen);
  const scale = scaleOf(question, used, level);
  const measured = used.map((seen) => measuredLoss(seen, { level, scale, noise: question.noise ?? 0 }));
  const worst = measured.reduce<number>((most, loss) => Math.max(most, loss ?? 0), CRASHED);
  return {
    points: [question.champion, ...used.map((seen) => seen.values)].map((values) => pointOf(question, values)),
    losses: [0, ...measured.map((loss) => loss ?? worst)],
    unordered: question.knobs.map((knob) => knob.domain.kind === "choice" && !knob.domain.ordered),
    weights: question.knobs.map((knob) => knob.weight),
  };
}

/** Where an assignment lies; a constant it does not know (it came later) counts as the champion's. */
export function pointOf(question: Question, values: Assignment): Point {
  return question.knobs.map((knob) => {
    return toUnit(knob.domain, values[knob.key] ?? question.champion[knob.key] ?? fromUnit(knob.domain, 0.5));
  });
}

interface Frame {
  readonly level: number;
  readonly scale: number;
  readonly noise: number;
}

/** Undefined is bad: it crashed, gave no number, or was clearly better and yet refused (a guard, a gate). */
function measuredLoss(seen: Seen, { level, scale, noise }: Frame): number | undefined {
  // As good as the champion until it is known ("constant liar", Ginsbourger et al. 2010): nothing near it is asked for.
  if (seen.verdict === "pending") return 0;
  if (seen.verdict === "crash" || seen.loss === undefined) return undefined;
  const gap = seen.loss - level;
  if (seen.verdict === "discard" && -gap > Math.max(3 * noise, scale)) return undefined;
  return Math.min(WORST, Math.asinh(gap / scale));
}

function bestLoss(seen: readonly Seen[]): number {
  return seen.reduce((best, s) => Math.min(best, s.loss ?? best), Number.POSITIVE_INFINITY);
}

/** The typical size of a difference: the median distance from the champion, not under the noise. */
function scaleOf(question: Question, used: readonly Seen[], level: number): number {
  const gaps = used.flatMap((s) => (s.loss === undefined ? [] : [Math.abs(s.loss - level)])).sort((a, b) => a - b);
  const middle = gaps[Math.floor(gaps.length / 2)] ?? 0;
  return Math.max(middle, question.noise ?? 0, Number.MIN_VALUE * 1e20);
}

function selected(seen: readonly Seen[]): readonly Seen[] {
  if (seen.length <= NEWEST + BEST) return seen;
  const older = seen.slice(0, -NEWEST).filter((s) => s.loss !== undefined);
  const best = older.sort((a, b) => a.loss! - b.loss!).slice(0, BEST);
  return [...best, ...seen.slice(-NEWEST)];
}
