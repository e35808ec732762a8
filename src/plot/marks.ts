/**
 * Everything inside the frame: noise band, running best, dots, crashes, and the count of what is off the scale.
 */
import { type Frame, usableNoise } from "./frame.ts";
import type { Placed, PlotInput, Series } from "./input.ts";
import { drawLabels } from "./labels.ts";
import { at, escapeText, shortText, textAt } from "./markup.ts";
import { offScale, pixel, shortNumber } from "./scale.ts";
import { type Spot, thin } from "./thin.ts";

const MOST_DISCARDS = 4000;
const MOST_KEEPS = 600;
const MOST_LANE = 160;
/** With more keeps than this their dots are drawn smaller. */
const MANY_KEEPS = 120;
/** With more points than this the dots carry no tooltips: each costs some hundred bytes. */
const MOST_TOOLTIPS = 2000;

/** The marks as SVG, from the lowest layer to the highest. */
export function drawMarks(input: PlotInput, series: Series, frame: Frame): string {
  const spots = (placed: readonly Placed[]) =>
    placed.map((item) => ({ px: pixel(frame.x, item.x), py: pixel(frame.y, item.y), item }));
  const isShown = ({ item }: Spot<Placed>) => !offScale(frame.y, item.y);
  const discards = thin(spots(series.discards).filter(isShown), MOST_DISCARDS);
  // Reversed: of keeps on one place the last, which is the best, stays.
  const keeps = thin(spots(series.keeps).filter(isShown).reverse(), MOST_KEEPS).toReversed();
  const withTips = input.points.length <= MOST_TOOLTIPS && input.narrow !== true;
  const dots = { withTip: withTips, small: series.keeps.length > MANY_KEEPS };
  const line = stepLine(series.best, frame);
  const freeSide = input.goal === "minimize" ? 1 : -1;
  if (input.points.length === 0) return drawNothing(frame);
  return [
    drawBand(line, usableNoise(input), frame),
    ...discards.map((spot) => drawDot(input, spot, dots)),
    line.length > 1 ? `<path class="ny-line" d="${pathOf(line)}"/>` : "",
    input.narrow === true ? "" : drawLabels({ frame, keeps, discards, line, freeSide }),
    ...keeps.map((spot) => drawDot(input, spot, dots)),
    drawLane(input, series.lane, frame, withTips),
    drawOffScale(series, frame),
    drawNow(series, frame, input.narrow === true),
  ].join("\n");
}

function drawNothing({ left, right, top, bottom }: Frame): string {
  return textAt((left + right) / 2, (top + bottom) / 2, "sub", "no experiments yet", ' text-anchor="middle"');
}

type Corner = readonly [number, number];

/** Corners of the running best, from the first keep to the right edge; steps within a tenth of a pixel are one. */
function stepLine(best: readonly Placed[], frame: Frame): Corner[] {
  const corners: Corner[] = [];
  for (const { x, y } of best) {
    const [px, py] = [pixel(frame.x, x), pixel(frame.y, y)];
    const last = corners.at(-1);
    if (last !== undefined && Math.abs(px - last[0]) < 0.1) corners.pop();
    if (last !== undefined) corners.push([px, last[1]]);
    corners.push([px, py]);
  }
  const end = corners.at(-1);
  return end === undefined ? [] : [...corners, [frame.right, end[1]]];
}

function pathOf(corners: readonly Corner[]): string {
  return corners.map(([x, y], index) => `${index === 0 ? "M" : "L"}${at(x)} ${at(y)}`).join("");
}

function drawBand(line: readonly Corner[], noise: number, frame: Frame): string {
  if (noise === 0 || line.length < 2) return "";
  const half = (noise / (frame.y.to - frame.y.from)) * (frame.bottom - frame.top);
  const inside = (y: number) => Math.min(frame.bottom, Math.max(frame.top, y));
  const above = line.map(([x, y]): Corner => [x, inside(y - half)]);
  const below = [...line].reverse().map(([x, y]): Corner => [x, inside(y + half)]);
  return `<path class="ny-band" d="${pathOf([...above, ...below])}Z"/>`;
}

interface DotStyle {
  readonly withTip: boolean;
  readonly small: boolean;
}

function drawDot(input: PlotInput, { px, py, item }: Spot<Placed>, { withTip, small }: DotStyle): string {
  const { kind, label } = item.point;
  const style = kind === "discard" ? "discard" : label === "likely" ? "likely" : "keep";
  const radius = { discard: 3.2, likely: small ? 2.8 : 4.8, keep: small ? 3.3 : 5.5 }[style];
  const place = `class="ny-${style}" cx="${at(px)}" cy="${at(py)}" r="${radius}"`;
  return withTip ? `<circle ${place}>${tip(input, item)}</circle>` : `<circle ${place}/>`;
}

function tip(input: PlotInput, { point }: Placed): string {
  const value = point.kind === "crash" ? undefined : point.metric;
  const hasNumber = value !== undefined && Number.isFinite(value);
  const metric = hasNumber ? `, ${shortText(input.metric, 40)} ${shortNumber(value)}` : "";
  const text = `${point.experiment}: ${point.kind}${metric}: ${shortText(point.description, 160)}`;
  return `<title>${escapeText(text)}</title>`;
}

function drawLane(input: PlotInput, lane: readonly Placed[], frame: Frame, withTip: boolean): string {
  const y = frame.lane;
  if (y === undefined) return "";
  const spots = thin(
    lane.map((item) => ({ px: pixel(frame.x, item.x), py: item.point.kind === "crash" ? 1 : 99, item })),
    MOST_LANE,
  );
  const marks = spots.map(({ px, item }) => {
    const isCrash = item.point.kind === "crash";
    const path = isCrash ? `M${at(px - 4)} ${at(y - 4)}l8 8m0-8l-8 8` : `M${at(px)} ${at(y - 4)}v8`;
    return `<path class="ny-${isCrash ? "crash" : "none"}" d="${path}">${withTip ? tip(input, item) : ""}</path>`;
  });
  return marks.join("\n");
}

/** Triangles on the edge for what lies beyond it, and how many there are. */
function drawOffScale(series: Series, frame: Frame): string {
  const beyond = [...series.keeps, ...series.discards].filter(({ y }) => offScale(frame.y, y));
  const above = beyond.filter(({ y }) => y > frame.y.to);
  const below = beyond.filter(({ y }) => y < frame.y.from);
  return drawEdge(above, frame, frame.top + 3, -1) + drawEdge(below, frame, frame.bottom - 3, 1);
}

function drawEdge(beyond: readonly Placed[], frame: Frame, y: number, sign: 1 | -1): string {
  if (beyond.length === 0) return "";
  const spots = thin(
    beyond.map((item) => ({ px: pixel(frame.x, item.x), py: 1, item })),
    200,
  );
  const marks = spots.map(({ px }) => `<path class="ny-off" d="M${at(px - 4.5)} ${at(y)}h9l-4.5 ${sign * 7}z"/>`);
  const text = `${beyond.length} off scale ${sign < 0 ? "above" : "below"}`;
  return (
    marks.join("") +
    textAt(frame.right, sign < 0 ? frame.top - 9 : frame.bottom - 6, "axis", text, ' text-anchor="end"')
  );
}

/** The best value at the end of its line. */
function drawNow(series: Series, frame: Frame, narrow: boolean): string {
  const best = series.best.at(-1);
  if (best === undefined || offScale(frame.y, best.y)) return "";
  const y = pixel(frame.y, best.y);
  // No room beside the line: above it, where the best is behind it for good.
  if (narrow) return textAt(frame.right, y + 18, "now", shortNumber(best.y), ' text-anchor="end"');
  return textAt(frame.right + 8, y + 4.5, "now", shortNumber(best.y));
}
