/**
 * What the plot in the page is drawn from: a window of a session's experiments by number, time or cost, bounded
 * whatever the session's size. Kept experiments come first; of the others an even part, and the answer says so. Pure.
 */
import type { VerdictKind } from "../experiment.ts";
import { type PlotPoint, seriesOf } from "../plot/input.ts";
import { metricRange } from "../plot/scale.ts";
import type { Row } from "./board/row.ts";
import type { Board } from "./board.ts";
import { rowsOf, summaryOf } from "./board.ts";

export type Axis = "experiment" | "time" | "cost";

export interface PlotWindow {
  readonly by: Axis;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** How a point is drawn. */
const MARK = { discard: 0, likely: 1, keep: 2, crash: 3, unmeasured: 4 } as const;

export interface PlotData {
  readonly version: number;
  readonly by: Axis;
  readonly metric: string;
  readonly goal: string;
  /** Ends of the whole axis, and of the window. */
  readonly whole: readonly [number, number];
  readonly window: readonly [number, number];
  readonly range: readonly [number, number];
  readonly noise?: number | undefined;
  /** Points in the window, those of them that are in the answer, and those beyond the range of the metric. */
  readonly points: number;
  readonly shown: number;
  readonly offScale: number;
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
  readonly n: readonly number[];
  readonly mark: readonly number[];
  /** The best kept so far at each x; null before the first. */
  readonly best: readonly (number | null)[];
  readonly names: readonly string[];
}

export const MOST_POINTS = 3000;
const MOST_KEEPS = 1000;
const MOST_NAME = 90;

interface Placed {
  readonly row: Row;
  readonly x: number;
  readonly best: number | null;
}

export function plotData(board: Board, { by, from, to }: PlotWindow): PlotData {
  const { metric } = board.session;
  const placed = place(board, by);
  const whole = endsOf(placed);
  const [low, high] = [from ?? whole[0], to ?? whole[1]];
  const inside = placed.filter(({ x }) => x >= low && x <= high);
  const noise = summaryOf(board).noise;
  const series = seriesOf({ title: "", metric: metric.name, goal: metric.goal, points: inside.map(pointOf) });
  const range = metricRange(series, metric.goal, noise ?? 0);
  const isOff = ({ row }: Placed) => row.metric !== undefined && (row.metric < range.low || row.metric > range.high);
  const shown = thinned(inside);
  return {
    version: board.version,
    by,
    metric: metric.name,
    goal: metric.goal,
    whole,
    window: [low, high],
    range: [range.low, range.high],
    noise,
    points: inside.length,
    shown: shown.length,
    offScale: inside.filter(isOff).length,
    x: shown.map(({ x }) => x),
    y: shown.map(({ row }) => (row.kind === "crash" ? null : (row.metric ?? null))),
    n: shown.map(({ row }) => row.number),
    mark: shown.map(({ row }) => markOf(row)),
    best: shown.map(({ best }) => best),
    names: shown.map(({ row }) => row.hypothesis.slice(0, MOST_NAME)),
  };
}

/** Judged experiments on the axis, in its order, each with the best kept so far. */
function place(board: Board, by: Axis): readonly Placed[] {
  const start = Date.parse(board.session.startedAt);
  let cost = 0;
  const xs = rowsOf(board).map((row) => {
    cost += row.dollars ?? 0;
    const x = by === "experiment" ? row.number : by === "cost" ? cost : (row.closedAt - start) / 60_000;
    return { row, x };
  });
  const judged = xs.filter(({ row, x }) => row.kind !== undefined && Number.isFinite(x));
  judged.sort((a, b) => a.x - b.x || a.row.number - b.row.number);
  const better = board.session.metric.goal === "minimize" ? Math.min : Math.max;
  let best: number | null = null;
  return judged.map(({ row, x }) => {
    if (row.kind === "keep" && row.metric !== undefined) best = best === null ? row.metric : better(best, row.metric);
    return { row, x, best };
  });
}

function endsOf(placed: readonly Placed[]): readonly [number, number] {
  return [placed[0]?.x ?? 0, placed.at(-1)?.x ?? 1];
}

function pointOf({ row }: Placed): PlotPoint {
  const kind: VerdictKind = row.kind ?? "discard";
  return { experiment: row.number, kind, label: row.label, metric: row.metric, description: "" };
}

function markOf(row: Row): number {
  if (row.kind === "crash") return MARK.crash;
  if (row.metric === undefined) return MARK.unmeasured;
  if (row.kind !== "keep") return MARK.discard;
  return row.label === "likely" ? MARK.likely : MARK.keep;
}

/** At most so many, evenly; kept ones before the others. */
function thinned(placed: readonly Placed[]): readonly Placed[] {
  if (placed.length <= MOST_POINTS) return placed;
  const isKeep = ({ row }: Placed) => row.kind === "keep";
  const keeps = even(placed.filter(isKeep), MOST_KEEPS);
  const others = even(
    placed.filter((p) => !isKeep(p)),
    MOST_POINTS - keeps.length,
  );
  return [...keeps, ...others].sort((a, b) => a.x - b.x || a.row.number - b.row.number);
}

function even<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  return Array.from({ length: most }, (_, i) => items[Math.floor((i * items.length) / most)] as T);
}
