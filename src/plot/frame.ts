/**
 * The frame of the plot: its size, where the plotting area stands, and both axes fitted to the points.
 */
import { MAX_NUMBER, type PlotInput, type Series } from "./input.ts";
import { textWidth } from "./markup.ts";
import { type Axis, metricRange, tickLabels, ticks } from "./scale.ts";

/** Size of the drawing in pixels. */
export const WIDTH = 1200;
export const HEIGHT = 640;

const NARROW = { width: 400, height: 440 };

/** Size of this drawing. */
export function sizeOf(input: PlotInput): { readonly width: number; readonly height: number } {
  return input.narrow === true ? NARROW : { width: WIDTH, height: HEIGHT };
}

/** Where everything stands. `lane` is the height at which crashes are drawn; missing when there are none. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly lane: number | undefined;
  readonly x: Axis;
  readonly y: Axis;
}

/** Height of the lane for crashes, in pixels. */
export const LANE_HEIGHT = 22;

/** Fits the axes to the series. */
export function frameOf(input: PlotInput, series: Series): Frame {
  const { width, height } = sizeOf(input);
  const [right, top] = input.narrow === true ? [width - 16, 138] : [width - 108, 112];
  const hasLane = series.lane.length > 0;
  const bottom = height - 58 - (hasLane ? LANE_HEIGHT : 0);
  const { low, high } = metricRange(series, input.goal, usableNoise(input));
  const left = leftMargin(low, high) - (input.narrow === true ? 40 : 0);
  const last = [series.keeps, series.discards, series.lane].map((each) => each.at(-1)?.x ?? 0);
  const first = [series.keeps, series.discards, series.lane].map((each) => each[0]?.x ?? 0);
  const [from, to] = [Math.min(0, ...first), series.byCost ? Math.max(...last) || 1 : Math.max(1, ...last)];
  const pad = (to - from) * 0.012;
  return {
    ...{ left, right, top, bottom },
    lane: hasLane ? bottom + LANE_HEIGHT / 2 + 1 : undefined,
    x: { from: from - pad, to: to + pad, fromPixel: left, toPixel: right },
    y: { from: low, to: high, fromPixel: bottom, toPixel: top },
  };
}

/** About how many numbers stand beside the y axis. */
export const Y_TICKS = 7;

/** Room for the name of the axis and the widest of its numbers. */
function leftMargin(low: number, high: number): number {
  const widest = tickLabels(ticks(low, high, Y_TICKS)).map((label) => textWidth(label, 13));
  return Math.round(Math.max(92, 44 + widest.reduce((a, b) => Math.max(a, b), 0)));
}

/** The noise when it is a finite positive number, else 0. */
export function usableNoise(input: PlotInput): number {
  return input.noise !== undefined && input.noise > 0 && input.noise < MAX_NUMBER ? input.noise : 0;
}
