/**
 * What the pages load: styles and scripts, all given by this server. No bundle and no other address: uPlot as its
 * package ships it, our own styles and script as they stand in the sources.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { LIVE_SCRIPT } from "./browser/live.ts";
import { PLOT_SCRIPT } from "./browser/plot.ts";
import { TABLE_SCRIPT } from "./browser/table.ts";
import { PAGE_STYLE } from "./page/style.ts";

export interface StaticFile {
  readonly type: string;
  readonly text: string;
}

const JAVASCRIPT = "text/javascript; charset=utf-8";
const CSS = "text/css; charset=utf-8";

/**
 * The token stands behind the "#" of the address, which browsers never send: it comes here by the script. By `fetch`,
 * because a form of a page without a referrer does not say its origin.
 */
const LOGIN_SCRIPT = `
"use strict";
const form = document.getElementById("login");
const given = new URLSearchParams(location.hash.slice(1)).get("token");

async function enter(token) {
  const answer = await fetch("/login", { method: "POST", body: new URLSearchParams({ token }) });
  if (answer.ok) location.replace("/");
  else document.getElementById("said").textContent = "That is not the token of this page.";
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  enter(form.elements.token.value);
});
if (given !== null) {
  history.replaceState(null, "", location.pathname);
  enter(given);
}
`;

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20"><path fill="#2da44e"
d="M12.6 2.2a8 8 0 1 0 5.2 11.2A7 7 0 0 1 12.6 2.2z"/></svg>`;

/** By the last part of their path. */
export function staticFiles(): ReadonlyMap<string, StaticFile> {
  const dist = dirname(createRequire(import.meta.url).resolve("uplot"));
  const uplot = (name: string) => readFileSync(join(dist, name), "utf8");
  return new Map<string, StaticFile>([
    ["style.css", { type: CSS, text: PAGE_STYLE }],
    ["uplot.css", { type: CSS, text: uplot("uPlot.min.css") }],
    ["uplot.js", { type: JAVASCRIPT, text: uplot("uPlot.iife.min.js") }],
    ["page.js", { type: JAVASCRIPT, text: `${LIVE_SCRIPT}${TABLE_SCRIPT}${PLOT_SCRIPT}` }],
    ["login.js", { type: JAVASCRIPT, text: LOGIN_SCRIPT }],
    ["icon.svg", { type: "image/svg+xml", text: ICON }],
  ]);
}
