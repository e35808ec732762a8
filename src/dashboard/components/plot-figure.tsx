/**
 * The progress plot by experiment, time and cost; which of them is shown is chosen without a script. The SVG comes from
 * `plot.ts`, which escapes what it draws.
 */
import { raw } from "hono/html";

/** SVG texts of `progressPlot`: for a wide window, and for one as narrow as a phone. */
export interface Drawings {
  readonly wide: string;
  readonly narrow: string;
}

export interface Plots {
  readonly byExperiment: Drawings;
  readonly byTime?: Drawings | undefined;
  /** Missing where no turn reported a price: then the figure says so. */
  readonly byCost?: Drawings | undefined;
}

export function PlotFigure({ byExperiment, byTime, byCost, alt }: Plots & { readonly alt: string }) {
  return (
    <figure class="plot">
      <Choice time={byTime !== undefined} cost={byCost !== undefined} />
      <Drawing drawings={byExperiment} kind="by-experiment" />
      {byTime === undefined ? null : <Drawing drawings={byTime} kind="by-time" />}
      {byCost === undefined ? null : <Drawing drawings={byCost} kind="by-cost" />}
      <figcaption>{alt}</figcaption>
    </figure>
  );
}

function Choice({ time, cost }: { readonly time: boolean; readonly cost: boolean }) {
  return (
    <fieldset class="choice">
      <legend class="hidden">Draw the plot</legend>
      <input type="radio" name="plot" id="plot-experiment" checked />
      <label for="plot-experiment">by experiment</label>
      {time ? (
        <>
          <input type="radio" name="plot" id="plot-time" />
          <label for="plot-time">by time</label>
        </>
      ) : null}
      {cost ? (
        <>
          <input type="radio" name="plot" id="plot-cost" />
          <label for="plot-cost">by cost</label>
        </>
      ) : (
        <span class="small">by cost: unknown, no turn reported a price</span>
      )}
    </fieldset>
  );
}

/** The styles show one of the two, by the width of the window. */
function Drawing({ drawings, kind }: { readonly drawings: Drawings; readonly kind: string }) {
  return (
    <div class={`drawing ${kind}`}>
      <div class="wide">{raw(drawings.wide)}</div>
      <div class="narrow">{raw(drawings.narrow)}</div>
    </div>
  );
}
