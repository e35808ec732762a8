/**
 * Axes: which range of the metric is worth showing, where its ticks are, and how their numbers are written.
 */

import type { Goal } from "../experiment.ts";
import type { Series } from "./input.ts";

/** A linear axis from values to pixels. */
export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly fromPixel: number;
  readonly toPixel: number;
}

/** The pixel of a value, held inside the axis. */
export function pixel(axis: Axis, value: number): number {
  const share = (value - axis.from) / (axis.to - axis.from);
  return axis.fromPixel + Math.min(1, Math.max(0, share)) * (axis.toPixel - axis.fromPixel);
}

/** True when the value is outside the axis. */
export function offScale(axis: Axis, value: number): boolean {
  return value < Math.min(axis.from, axis.to) || value > Math.max(axis.from, axis.to);
}

/**
 * The range of the metric to show, lower value first.
 *
 * Keeps and the noise band are always inside, except a keep so far off that the rest would be a flat line. Discards are
 * inside up to a fence of 3 quartile ranges; what is beyond is drawn on the edge and counted. The better side gets more
 * room, because the labels stand there.
 */
export function metricRange(
  series: Series,
  goal: Goal,
  noise: number,
): { readonly low: number; readonly high: number } {
  const keeps = series.keeps.map(({ y }) => y);
  const all = [...keeps, ...series.discards.map(({ y }) => y)].sort((a, b) => a - b);
  if (all.length === 0) return { low: 0, high: 1 };
  const fence = fenceOf(all, noise);
  const shownKeeps = keepsWorthShowing(keeps, fence);
  const shown = [...all.filter((y) => y >= fence.low && y <= fence.high), ...shownKeeps];
  const [low, high] = [minimum(shown), maximum(shown)];
  const size = Math.max(Math.abs(low), Math.abs(high));
  // Where all are equal a fiftieth of the value makes a readable axis.
  const spread = Math.max(high - low, 2 * noise, size * (high === low ? 0.02 : 1e-8), 1e-12);
  const [worse, better] = [0.08 * spread, 0.26 * spread];
  const range =
    goal === "minimize" ? { low: low - better, high: high + worse } : { low: low - worse, high: high + better };
  // Below zero there is nothing for a size, a duration or a loss: the room for labels ends soon after it.
  return low >= 0 && range.low < 0 ? { ...range, low: Math.max(range.low, -0.1 * spread) } : range;
}

function fenceOf(sorted: readonly number[], noise: number): { readonly low: number; readonly high: number } {
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!;
  const reach = 3 * Math.max(at(0.75) - at(0.25), noise, Math.abs(at(0.5)) * 1e-9);
  return { low: at(0.25) - reach, high: at(0.75) + reach };
}

/** All but those more than 12 fence heights away: with them the rest would share less than a twelfth of the axis. */
function keepsWorthShowing(keeps: readonly number[], fence: { low: number; high: number }): readonly number[] {
  const reach = 12 * (fence.high - fence.low);
  const near = keeps.filter((y) => y >= fence.low - reach && y <= fence.high + reach);
  return near.length > 0 ? near : keeps;
}

function minimum(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), values[0]!);
}

function maximum(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), values[0]!);
}

/** About `count` round values between two ends (1, 2 or 5 times a power of ten). */
export function ticks(from: number, to: number, count: number): readonly number[] {
  const rough = (to - from) / count;
  if (!(rough > 0) || !Number.isFinite(rough)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough) ?? rough;
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  if (!Number.isFinite(first) || last - first > 50) return [];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * step);
}

/** Ticks as text, all with the decimals that their distance needs. */
export function tickLabels(values: readonly number[]): readonly string[] {
  const step = values.length > 1 ? values[1]! - values[0]! : Math.abs(values[0] ?? 1);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest >= 1e7 || (largest > 0 && largest < 1e-4)) return values.map((value) => shortNumber(value));
  const decimals = Math.min(9, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  return values.map((value) => (decimals === 0 ? grouped(value) : value.toFixed(decimals)));
}

/** A whole number with commas between thousands from 10,000 on; -0 is 0. */
export function grouped(value: number): string {
  const text = String(Math.round(value) + 0);
  return Math.abs(value) < 10_000 ? text : text.replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A number as people say it: six significant digits (never fewer than its whole part), no trailing zeros. */
export function shortNumber(value: number): string {
  if (value !== 0 && (Math.abs(value) >= 1e7 || Math.abs(value) < 1e-4)) {
    return value
      .toExponential(3)
      .replace(/\.?0+e/, "e")
      .replace("e+", "e");
  }
  const whole = Math.max(6, Math.trunc(Math.abs(value)).toString().length);
  return String(Number(value.toPrecision(whole)));
}
