/**
 * Draws both axes: grid and numbers, names, edges, and the lane for crashes along the lower edge.
 */
import { type Frame, LANE_HEIGHT, Y_TICKS } from "./frame.ts";
import type { PlotInput, Series } from "./input.ts";
import { at, shortText, textAt } from "./markup.ts";
import { pixel, tickLabels, ticks } from "./scale.ts";

/** From this many minutes on the time axis counts hours. */
const HOURS_FROM = 180;

/** Grid, edges, tick labels and axis names. */
export function drawAxes(input: PlotInput, frame: Frame, series: Series): string {
  const floor = frame.lane === undefined ? frame.bottom : frame.bottom + LANE_HEIGHT;
  const isEmpty = series.keeps.length + series.discards.length === 0;
  return [
    drawLaneGround(frame, input.narrow === true),
    isEmpty ? "" : drawRows(frame),
    drawColumns(frame, series, floor, input.narrow === true ? 5 : 10),
    `<path class="ny-edge" fill="none" d="M${frame.left} ${frame.top}V${floor}H${frame.right}"/>`,
    drawNames(input, frame, { series, floor }),
  ].join("\n");
}

function drawRows(frame: Frame): string {
  const values = ticks(frame.y.from, frame.y.to, Y_TICKS);
  const labels = tickLabels(values);
  const rows = values.map((value, index) => {
    const y = pixel(frame.y, value);
    const rule = `<path class="ny-grid" d="M${frame.left} ${at(y)}H${frame.right}"/>`;
    return rule + textAt(frame.left - 10, y + 4, "axis", labels[index]!, ' text-anchor="end"');
  });
  return rows.join("\n");
}

function drawColumns(frame: Frame, { byTime, byCost }: Series, floor: number, count: number): string {
  const unit = byTime && frame.x.to > HOURS_FROM ? 60 : 1;
  const all = ticks(frame.x.from / unit, frame.x.to / unit, count);
  const values = byTime || byCost ? all : all.filter((value) => Number.isInteger(value));
  const labels = tickLabels(values);
  const columns = values.map((value, index) => {
    const x = pixel(frame.x, value * unit);
    const mark = `<path class="ny-edge" d="M${at(x)} ${floor}v5"/>`;
    return mark + textAt(x, floor + 20, "axis", labels[index]!, ' text-anchor="middle"');
  });
  return columns.join("\n");
}

function drawLaneGround({ left, right, bottom, lane }: Frame, narrow: boolean): string {
  if (lane === undefined) return "";
  const ground = `<rect class="ny-lane" x="${left}" y="${bottom}" width="${right - left}" height="${LANE_HEIGHT}"/>`;
  if (narrow) return ground;
  return ground + textAt(left - 10, lane + 4, "axis", "no number", ' text-anchor="end"');
}

function drawNames(input: PlotInput, frame: Frame, { series, floor }: { series: Series; floor: number }): string {
  const name = `${shortText(input.metric, 40)} (${input.goal === "minimize" ? "lower" : "higher"} is better)`;
  const [x, y] = [24, (frame.top + frame.bottom) / 2];
  const turned = ` text-anchor="middle" transform="rotate(-90 ${x} ${at(y)})"`;
  const time = frame.x.to > HOURS_FROM ? "hours" : "minutes";
  const below = series.byTime ? time : series.byCost ? "dollars" : "experiment";
  const middle = (frame.left + frame.right) / 2;
  const centred = ' text-anchor="middle"';
  if (input.narrow === true) return textAt(middle, floor + 42, "axis", `${below} · ${shortText(name, 44)}`, centred);
  return textAt(x, y, "axis", name, turned) + textAt(middle, floor + 42, "axis", below, centred);
}
