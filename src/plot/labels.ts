/**
 * Writes the description beside kept points, so that no two labels overlap and few hide anything.
 *
 * Greedy: the most telling keeps first (baseline, best, then by gain); each takes the cheapest of some two hundred
 * places around its point. What finds no place stays without a label; its tooltip still has the text.
 */
import type { Frame } from "./frame.ts";
import type { Placed } from "./input.ts";
import { at, shortText, textAt, textWidth } from "./markup.ts";
import type { Spot } from "./thin.ts";

const FONT = 11;
const MOST_LABELS = 18;
/** A label is first tried with this many characters, then with fewer. */
const LENGTHS = [48, 32, 20];
/** Side of a square of the map of what is already drawn, in pixels. */
const CELL = 6;
/** A place that costs more than this hides too much. */
const TOO_DEAR = 130;

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** What the labels must heed: kept markers are never covered, discards rather not, the line rather not. */
export interface Surroundings {
  readonly frame: Frame;
  readonly keeps: readonly Spot<Placed>[];
  readonly discards: readonly Spot<Placed>[];
  /** Corners of the step line, in pixels. */
  readonly line: readonly (readonly [number, number])[];
  /** +1: the free side is below the line (minimize); -1: above. */
  readonly freeSide: 1 | -1;
}

/** The labels with their leader lines, as SVG. */
export function drawLabels(around: Surroundings): string {
  const ink = inkMap(around);
  const taken: Box[] = around.keeps.map(({ px, py }) => ({ left: px - 6, right: px + 6, top: py - 6, bottom: py + 6 }));
  const parts: string[] = [];
  for (const spot of mostTelling(around.keeps)) {
    const label = bestLabel(spot, { around, ink, taken });
    if (label === undefined) continue;
    taken.push(label.box);
    parts.push(leader(spot, label.box) + drawLabel(spot, label));
  }
  return parts.join("\n");
}

/** Baseline and best, then by how much each moved the best before it. */
function mostTelling(keeps: readonly Spot<Placed>[]): readonly Spot<Placed>[] {
  const gains = keeps.map((spot, index) => {
    const before = keeps[index - 1];
    const isEnd = index === 0 || index === keeps.length - 1;
    return { spot, gain: isEnd ? Number.POSITIVE_INFINITY : Math.abs(spot.item.y - before!.item.y) };
  });
  // Not a difference: two infinities would make it NaN.
  const order = gains.sort((a, b) => (a.gain === b.gain ? a.spot.px - b.spot.px : b.gain > a.gain ? 1 : -1));
  return order.slice(0, MOST_LABELS).map(({ spot }) => spot);
}

interface Room {
  readonly around: Surroundings;
  readonly ink: ReadonlyMap<number, number>;
  readonly taken: readonly Box[];
}

function drawLabel(spot: Spot<Placed>, { text, box }: Label): string {
  const isRight = box.left > spot.px;
  // Widths are guesses: the end that the leader touches is the one that is exact.
  return textAt(
    isRight ? box.left + 2 : box.right - 2,
    box.bottom - 3.5,
    "label",
    text,
    isRight ? "" : ' text-anchor="end"',
  );
}

interface Label {
  readonly text: string;
  readonly box: Box;
  readonly cost: number;
}

/** The cheapest label; a shorter text is taken only where it is much cheaper. */
function bestLabel(spot: Spot<Placed>, room: Room): Label | undefined {
  const texts = [...new Set(LENGTHS.map((most) => shortText(spot.item.point.description, most)))];
  const labels = texts.flatMap((text, index): Label[] => {
    const place = text === "" ? undefined : bestPlace(spot, textWidth(text, FONT), room);
    return place === undefined ? [] : [{ text, box: place.box, cost: place.cost + 25 * index }];
  });
  return labels.sort((a, b) => a.cost - b.cost)[0];
}

const RIGHT_OR_LEFT = [1, -1] as const;
const ACROSS = [9, 18, 30, 46, 64];
const DOWN = [0, 12, -12, 24, -24, 37, -37, 52, -52, 68, -68, 86, 106];

type Place = { readonly box: Box; readonly cost: number };

function bestPlace(spot: Spot<Placed>, width: number, room: Room): Place | undefined {
  let best: Place | undefined;
  for (const side of RIGHT_OR_LEFT) {
    for (const across of ACROSS) {
      for (const down of DOWN) {
        const dy = down * room.around.freeSide;
        const box = boxBeside(spot, { dx: side * across, dy }, width);
        const cost = costOf(spot, box, room) + Math.hypot(across, dy) + (side < 0 ? 6 : 0) + (down < 0 ? 32 : 0);
        if (cost < (best?.cost ?? TOO_DEAR)) best = { box, cost };
      }
    }
  }
  return best;
}

function boxBeside(spot: Spot<Placed>, { dx, dy }: { dx: number; dy: number }, width: number): Box {
  const middle = spot.py + dy;
  const left = dx > 0 ? spot.px + dx : spot.px + dx - width - 4;
  return { left, right: left + width + 4, top: middle - 7.5, bottom: middle + 7.5 };
}

function costOf(spot: Spot<Placed>, box: Box, { around, ink, taken }: Room): number {
  const { frame } = around;
  const isInside =
    box.left >= frame.left + 3 &&
    box.right <= frame.right - 2 &&
    box.top >= frame.top - 4 &&
    box.bottom <= frame.bottom - 2;
  if (!isInside || taken.some((other) => overlaps(box, other))) return Number.POSITIVE_INFINITY;
  let cost = inkIn(box, ink);
  const [fromX, fromY, toX, toY] = leaderEnds(spot, box);
  const length = Math.hypot(toX - fromX, toY - fromY);
  for (let walked = 10; walked < length - 2; walked += CELL) {
    const [x, y] = [fromX + ((toX - fromX) * walked) / length, fromY + ((toY - fromY) * walked) / length];
    if (taken.some((other) => x > other.left && x < other.right && y > other.top && y < other.bottom))
      return Number.POSITIVE_INFINITY;
    cost += (ink.get(cellOf(x, y)) ?? 0) * 0.5;
  }
  return cost;
}

function overlaps(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function cellOf(x: number, y: number): number {
  return Math.floor(x / CELL) * 1000 + Math.floor(y / CELL);
}

/** How much is drawn in each square: a discard costs 9, a piece of the line 14. */
function inkMap({ discards, line }: Surroundings): Map<number, number> {
  const ink = new Map<number, number>();
  const add = (x: number, y: number, cost: number) => {
    const cell = cellOf(x, y);
    ink.set(cell, Math.min(60, (ink.get(cell) ?? 0) + cost));
  };
  for (const { px, py } of discards) add(px, py, 9);
  for (let i = 1; i < line.length; i += 1) {
    const [[x0, y0], [x1, y1]] = [line[i - 1]!, line[i]!];
    const steps = Math.max(1, Math.ceil(Math.hypot(x1 - x0, y1 - y0) / CELL));
    for (let step = 0; step < steps; step += 1)
      add(x0 + ((x1 - x0) * step) / steps, y0 + ((y1 - y0) * step) / steps, 14);
  }
  return ink;
}

function inkIn(box: Box, ink: ReadonlyMap<number, number>): number {
  let sum = 0;
  for (let x = Math.floor(box.left / CELL); x <= Math.floor(box.right / CELL); x += 1) {
    for (let y = Math.floor(box.top / CELL); y <= Math.floor(box.bottom / CELL); y += 1)
      sum += ink.get(x * 1000 + y) ?? 0;
  }
  return sum;
}

function leaderEnds(spot: Spot<Placed>, box: Box): readonly [number, number, number, number] {
  const toX = box.left > spot.px ? box.left : box.right;
  return [spot.px, spot.py, toX, (box.top + box.bottom) / 2];
}

function leader(spot: Spot<Placed>, box: Box): string {
  const [fromX, fromY, toX, toY] = leaderEnds(spot, box);
  const length = Math.hypot(toX - fromX, toY - fromY);
  if (length < 13) return "";
  const start = 6.5 / length;
  const [x, y] = [fromX + (toX - fromX) * start, fromY + (toY - fromY) * start];
  return `<path class="ny-lead" d="M${at(x)} ${at(y)}L${at(toX)} ${at(toY)}"/>`;
}
