/**
 * What stands above the plot: the title, one line of counts, and the legend of what is there.
 */
import { sizeOf, usableNoise } from "./frame.ts";
import type { PlotInput, Series } from "./input.ts";
import { at, escapeText, shortText, textAt, textWidth } from "./markup.ts";
import { grouped, shortNumber } from "./scale.ts";

/** Title, one line of counts, and the legend of what is there. */
export function drawHead(input: PlotInput, series: Series): string {
  const { width, height } = sizeOf(input);
  if (input.narrow === true) return drawNarrowHead(input, series);
  return [
    textAt(24, 38, "title", shortText(input.title, 84)),
    textAt(24, 63, "sub", summary(input, series)),
    drawLegend(input, series, { left: 24, top: 88, right: Number.POSITIVE_INFINITY }),
    textAt(width - 24, height - 16, "mark", "nightyard", ' text-anchor="end"'),
  ].join("\n");
}

/** The two halves of the line under each other, and the legend in rows. */
function drawNarrowHead(input: PlotInput, series: Series): string {
  const { width } = sizeOf(input);
  const [counts = "", metric = ""] = summary(input, series).split(" · ");
  return [
    textAt(4, 22, "title", shortText(input.title, 30)),
    textAt(4, 44, "narrow", metric),
    textAt(4, 62, "narrow", counts),
    drawLegend(input, series, { left: 4, top: 86, right: width }),
  ].join("\n");
}

/** `125 experiments: 22 kept, 102 discarded, 1 crash · val_bpb 0.9979 → 0.969686 (−2.83 %)`; also the description. */
export function summary(input: PlotInput, series: Series): string {
  // Experiment 0 is the baseline: drawn as a keep, and no progress.
  const tried = input.points.filter((point) => point.experiment > 0);
  const count = (kind: string) => tried.filter((point) => point.kind === kind).length;
  const [keeps, discards, crashes] = [count("keep"), count("discard"), count("crash")];
  const total = tried.length;
  const likely = tried.filter((point) => point.kind === "keep" && point.label === "likely").length;
  const kept = `${grouped(keeps)} kept${likely > 0 ? ` (${grouped(likely)} not confirmed)` : ""}`;
  const experiments = `${grouped(total)} experiment${total === 1 ? "" : "s"}`;
  const counts = `${experiments}: ${kept}, ${grouped(discards)} discarded, ${plural(crashes, "crash")}`;
  const [first, last] = [series.keeps[0]?.y, series.best.at(-1)?.y];
  if (first === undefined || last === undefined) return counts;
  const metric = shortText(input.metric, 40);
  if (first === last) return `${counts} · ${metric} ${shortNumber(first)}`;
  return `${counts} · ${metric} ${shortNumber(first)} → ${shortNumber(last)}${percent(first, last)}`;
}

function plural(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "es"}`;
}

function percent(first: number, last: number): string {
  const share = (100 * (last - first)) / Math.abs(first);
  if (!Number.isFinite(share) || Math.abs(share) >= 1e6) return "";
  const digits = Math.abs(share) < 0.1 ? 3 : Math.abs(share) < 10 ? 2 : 1;
  return ` (${share < 0 ? "−" : "+"}${Math.abs(share).toFixed(digits)} %)`;
}

interface Entry {
  readonly mark: string;
  readonly text: string;
}

function drawLegend(input: PlotInput, series: Series, room: { left: number; top: number; right: number }): string {
  const entries = legendEntries(input, series);
  let [x, y] = [room.left, room.top];
  const parts = entries.map(({ mark, text }) => {
    const needed = 22 + textWidth(text, 12);
    if (x + needed > room.right) [x, y] = [room.left, y + 20];
    const place = `<g transform="translate(${at(x)} ${y})">`;
    x += needed + 20;
    return `${place}${mark}<text x="22" y="4" class="ny-t">${escapeText(text)}</text></g>`;
  });
  return parts.join("\n");
}

function legendEntries(input: PlotInput, series: Series): Entry[] {
  const entries: Entry[] = [];
  const isLikely = series.keeps.map(({ point }) => point.label === "likely");
  const add = (when: boolean, mark: string, text: string) => when && entries.push({ mark, text });
  add(isLikely.includes(false), '<circle class="ny-keep" cx="8" r="5.5"/>', "kept");
  add(isLikely.includes(true), '<circle class="ny-likely" cx="8" r="4.8"/>', "kept, not confirmed");
  add(series.best.length > 0, '<path class="ny-line" d="M0 0h16"/>', "running best");
  const noise = usableNoise(input);
  add(
    noise > 0,
    '<rect class="ny-band" y="-6" width="16" height="12"/>',
    `noise ±${shortNumber(Number(noise.toPrecision(2)))}`,
  );
  add(series.discards.length > 0, '<circle class="ny-discard" cx="8" r="3.2"/>', "discarded");
  add(
    series.lane.some(({ point }) => point.kind === "crash"),
    `<path class="ny-crash" d="M4-4l8 8m0-8l-8 8"/>`,
    "crash",
  );
  add(
    series.lane.some(({ point }) => point.kind !== "crash"),
    `<path class="ny-none" d="M8-4v8"/>`,
    "no number",
  );
  return entries;
}
