/**
 * Two sessions in one plot: points and running bests of both on one axis. Drawn by the server without a script; the
 * second session is dashed with squares, so the two are told apart without colour. Bounded by what `plotData` gives.
 */

import { pixel, tickLabels, ticks } from "../../plot/scale.ts";
import { words } from "../../report/listed.ts";
import { experimentName, number } from "../../util/format.ts";
import type { Axis, PlotData } from "../plot-data.ts";
import { pathOf } from "./layout.tsx";

export interface OverlaySide {
  readonly tag: string;
  readonly data: PlotData;
}

export const AXES: readonly Axis[] = ["experiment", "time", "cost"];
const UNIT = {
  experiment: "experiment",
  time: "minutes since the start",
  cost: "dollars, as far as reported",
} as const;
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [720, 400, 84, 708, 14, 348];
/** Kept points that are links, so that a keyboard does not go through thousands. */
const MOST_LINKS = 60;

interface Scales {
  readonly x: { readonly from: number; readonly to: number; readonly fromPixel: number; readonly toPixel: number };
  readonly y: { readonly from: number; readonly to: number; readonly fromPixel: number; readonly toPixel: number };
}

export function Overlay({ by, sides }: { readonly by: Axis; readonly sides: readonly OverlaySide[] }) {
  const unknown = by === "cost" ? sides.filter(({ data }) => data.whole[1] === 0) : [];
  const shown = sides.filter((side) => !unknown.includes(side));
  const scales = scalesOf(shown);
  const label = `Running best and points of ${sides.map(({ tag }) => tag).join(" and ")} by ${by}`;
  return (
    <figure class="overlay">
      {shown.length === 0 ? null : (
        // biome-ignore lint/a11y/useSemanticElements: SVG has no fieldset; its links stay reachable in a group
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="group" aria-label={label}>
          <Grid scales={scales} name={UNIT[by]} />
          {shown.map((side) => (
            <Night side={side} second={sides.indexOf(side) === 1} scales={scales} />
          ))}
        </svg>
      )}
      <figcaption>
        {sides.map(({ tag }, i) => (
          <span>
            {i === 0 ? "● and —" : "■ and - -"} {words(tag, 64)}
          </span>
        ))}
        <span>filled: kept; hollow: kept, not confirmed; small and grey: discarded</span>
        {unknown.map(({ tag }) => (
          <span>{words(tag, 64)}: cost unknown, no turn reported a price</span>
        ))}
        <span>{crashWords(shown)}</span>
      </figcaption>
    </figure>
  );
}

function crashWords(sides: readonly OverlaySide[]): string {
  const counts = sides.map(({ tag, data }) => `${words(tag, 64)} ${data.y.filter((y) => y === null).length}`);
  return counts.length === 0 ? "" : `without a number, not drawn: ${counts.join(", ")}`;
}

function scalesOf(sides: readonly OverlaySide[]): Scales {
  const all = sides.map(({ data }) => data);
  const low = Math.min(...all.map((d) => d.range[0]));
  const high = Math.max(...all.map((d) => d.range[1]));
  const [first, last] = [Math.min(0, ...all.map((d) => d.whole[0])), Math.max(0, ...all.map((d) => d.whole[1]))];
  return {
    x: { from: first, to: last > first ? last : first + 1, fromPixel: LEFT + 8, toPixel: RIGHT - 8 },
    y: { from: low, to: high > low ? high : low + 1, fromPixel: BOTTOM, toPixel: TOP },
  };
}

function Grid({ scales: { x, y }, name }: { readonly scales: Scales; readonly name: string }) {
  const [xs, ys] = [ticks(x.from, x.to, 6), ticks(y.from, y.to, 5)];
  const [xLabels, yLabels] = [tickLabels(xs), tickLabels(ys)];
  return (
    <g class="grid">
      {ys.map((value, i) => (
        <>
          <path d={`M${LEFT} ${pixel(y, value).toFixed(1)}H${RIGHT}`} />
          <text x={LEFT - 8} y={pixel(y, value) + 5} text-anchor="end">
            {yLabels[i]}
          </text>
        </>
      ))}
      {xs.map((value, i) => (
        <text x={pixel(x, value)} y={BOTTOM + 20} text-anchor="middle">
          {xLabels[i]}
        </text>
      ))}
      <text x={(LEFT + RIGHT) / 2} y={BOTTOM + 42} text-anchor="middle">
        {name}
      </text>
    </g>
  );
}

interface NightProps {
  readonly side: OverlaySide;
  readonly second: boolean;
  readonly scales: Scales;
}

function Night({ side: { tag, data }, second, scales: { x, y } }: NightProps) {
  const kept = data.mark.flatMap((mark, i) => (mark === 1 || mark === 2 ? [i] : []));
  const linked = new Set(kept.slice(-MOST_LINKS));
  const spots = data.n.map((_, i) => i).filter((i) => data.y[i] !== null && data.mark[i] !== 3);
  spots.sort((a, b) => (data.mark[a] ?? 0) - (data.mark[b] ?? 0) || a - b);
  return (
    <g class={second ? "night second" : "night"}>
      {spots.map((i) => {
        const [mark, metric, n] = [data.mark[i] ?? 0, data.y[i] ?? 0, data.n[i] ?? 0];
        const at = [pixel(x, data.x[i] ?? 0), pixel(y, metric)] as const;
        const spot = <Spot at={at} second={second} kind={mark === 2 ? "keep" : mark === 1 ? "likely" : "discard"} />;
        const text = `${tag} ${experimentName(n)}, ${number(metric)}: ${data.names[i] ?? ""}`;
        if (!linked.has(i)) return spot;
        return (
          <a href={`${pathOf(tag)}/e/${n}`} aria-label={text}>
            <title>{text}</title>
            {spot}
          </a>
        );
      })}
      <path class="best" d={stepsOf(data, { x, y })} />
    </g>
  );
}

interface SpotProps {
  readonly at: readonly [number, number];
  readonly second: boolean;
  readonly kind: string;
}

function Spot({ at: [x, y], second, kind }: SpotProps) {
  const r = kind === "discard" ? 2.4 : 5;
  if (!second) return <circle class={kind} cx={x.toFixed(1)} cy={y.toFixed(1)} r={r} />;
  return <rect class={kind} x={(x - r).toFixed(1)} y={(y - r).toFixed(1)} width={2 * r} height={2 * r} />;
}

function stepsOf(data: PlotData, { x, y }: Scales): string {
  let path = "";
  data.best.forEach((best, i) => {
    if (best === null) return;
    const [px, py] = [pixel(x, data.x[i] ?? 0).toFixed(1), pixel(y, best).toFixed(1)];
    path += path === "" ? `M${px} ${py}` : `H${px}V${py}`;
  });
  return path;
}
