/**
 * The progress plot everyone knows: grey what was discarded, green what was kept, a step line of the running best.
 *
 * Pure: the same input gives the same SVG. One self-contained text, no external address, no script; light and dark by
 * the viewer's preference, the PNG always light. Handles any number of points and any finite numbers. Not covered:
 * scripts that DejaVu has no letters for are boxes in the PNG.
 */
import { createRequire } from "node:module";
import { drawAxes } from "./plot/axes.ts";
import { frameOf, sizeOf, WIDTH } from "./plot/frame.ts";
import { drawHead, summary } from "./plot/head.ts";
import { type PlotInput, seriesOf } from "./plot/input.ts";
import { drawMarks } from "./plot/marks.ts";
import { escapeText, STYLE, shortText } from "./plot/markup.ts";

export type { PlotAxis, PlotInput, PlotPoint } from "./plot/input.ts";

/** The plot as the text of an SVG file. */
export function progressPlot(input: PlotInput): string {
  const series = seriesOf(input);
  const frame = frameOf(input, series);
  const { width, height } = sizeOf(input);
  const size = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" ${size}>`,
    `<title>${escapeText(shortText(input.title, 200))}</title>`,
    `<desc>${escapeText(summary(input, series))}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="ny-bg" width="${width}" height="${height}"/>`,
    drawAxes(input, frame, series),
    drawMarks(input, series, frame),
    drawHead(input, series),
    "</svg>\n",
  ].join("\n");
}

/** Twice the drawing's size: sharp on a phone and in a chat. */
const PNG_WIDTH = 2 * WIDTH;

/** Renders an SVG of `progressPlot` as a PNG, with the DejaVu fonts and none of the system's: alike everywhere. */
export function plotPng(svg: string): Uint8Array {
  const require = createRequire(import.meta.url);
  // Loaded on first use: the native renderer costs some 40 ms that no other command should pay.
  const { Resvg } = require("@resvg/resvg-js") as typeof import("@resvg/resvg-js");
  const font = (name: string) => require.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`);
  const renderer = new Resvg(svg, {
    fitTo: { mode: "width", value: PNG_WIDTH },
    background: "#ffffff",
    font: {
      loadSystemFonts: false,
      fontFiles: [font("DejaVuSans"), font("DejaVuSans-Bold")],
      defaultFontFamily: "DejaVu Sans",
      sansSerifFamily: "DejaVu Sans",
    },
  });
  return renderer.render().asPng();
}
