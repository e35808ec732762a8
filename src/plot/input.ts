/**
 * What the progress plot is drawn from, and the first step: points put in order, with numbers where there are numbers.
 */
import type { Goal } from "../experiment.ts";

/** One experiment as a dot. A missing or not finite metric is drawn on the lower edge, never as a number. */
export interface PlotPoint {
  readonly experiment: number;
  readonly kind: "keep" | "discard" | "crash";
  /** Of a keep: `likely` is drawn hollow. */
  readonly label?: "confirmed" | "likely" | undefined;
  readonly metric?: number | undefined;
  /** The agent's words: untrusted. */
  readonly description: string;
  /** Minutes from the start of the session to the verdict. */
  readonly minutes?: number | undefined;
  /** Dollars that the session's turns had cost by then, as far as anybody reported a price; missing: unknown. */
  readonly dollars?: number | undefined;
}

export type PlotAxis = "experiment" | "time" | "cost";

/** Everything the plot shows. */
export interface PlotInput {
  readonly title: string;
  readonly metric: string;
  readonly goal: Goal;
  /** Measured standard deviation of one run, in units of the metric: the half width of the band. */
  readonly noise?: number | undefined;
  readonly points: readonly PlotPoint[];
  readonly by?: PlotAxis | undefined;
  /** For a phone held upright: no labels and no tooltips, the same sizes of letters. */
  readonly narrow?: boolean | undefined;
}

/** A point with its place on the x axis. */
export interface Placed {
  readonly x: number;
  readonly y: number;
  readonly point: PlotPoint;
}

/** Points by what is drawn for them, each in the order of x. */
export interface Series {
  readonly keeps: readonly Placed[];
  readonly discards: readonly Placed[];
  /** Crashes and whatever else has no number; their y is 0 and means nothing. */
  readonly lane: readonly Placed[];
  /** The best keep so far, one entry for each improvement. */
  readonly best: readonly Placed[];
  readonly byTime: boolean;
  readonly byCost: boolean;
}

/** Numbers beyond this are drawn as no number: differences of them overflow. */
export const MAX_NUMBER = 1e300;

/** Beyond a million years the clock was wrong. */
const MAX_X = 1e12;

/** Sorts the points into series. By time or cost only when asked for and at least one point has it. */
export function seriesOf(input: PlotInput): Series {
  const byTime = input.by === "time" && input.points.some((point) => Number.isFinite(point.minutes));
  const byCost = input.by === "cost" && input.points.some((point) => Number.isFinite(point.dollars));
  const placed = input.points
    .map((point) => ({
      point,
      x: byTime ? (point.minutes ?? Number.NaN) : byCost ? (point.dollars ?? Number.NaN) : point.experiment,
      y: point.metric ?? Number.NaN,
    }))
    .filter(({ x }) => Math.abs(x) < MAX_X)
    .sort((a, b) => a.x - b.x || a.point.experiment - b.point.experiment);
  const hasNumber = ({ point, y }: Placed) => point.kind !== "crash" && Math.abs(y) < MAX_NUMBER;
  const numbers = placed.filter(hasNumber);
  const keeps = numbers.filter(({ point }) => point.kind === "keep");
  const discards = numbers.filter(({ point }) => point.kind === "discard");
  const lane = placed.filter((each) => !hasNumber(each)).map((each) => ({ ...each, y: 0 }));
  return { keeps, discards, lane, best: runningBest(keeps, input.goal), byTime, byCost };
}

function runningBest(keeps: readonly Placed[], goal: PlotInput["goal"]): Placed[] {
  const best: Placed[] = [];
  for (const keep of keeps) {
    const last = best.at(-1);
    const better = last === undefined || (goal === "minimize" ? keep.y < last.y : keep.y > last.y);
    if (better) best.push(keep);
  }
  return best;
}
