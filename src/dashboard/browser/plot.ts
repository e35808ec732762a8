/**
 * The page's own script, third part: the plot. uPlot draws; what is drawn comes from the server in windows, so a
 * zoom asks for the points inside it. By mouse, by touch and by keyboard.
 */
export const PLOT_SCRIPT = `
const host = document.getElementById("uplot");
const view = { by: "experiment", from: undefined, to: undefined, data: undefined, plot: undefined, at: -1, asked: 0 };
const MARKS = ["discarded", "kept, not confirmed", "kept", "crashed", "discarded, not measured"];

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

async function load() {
  const query = new URLSearchParams({ by: view.by });
  if (view.from !== undefined) query.set("from", String(view.from));
  if (view.to !== undefined) query.set("to", String(view.to));
  const asked = ++view.asked;
  try {
    const data = JSON.parse(await part(base + "/plot.json?" + query));
    if (asked === view.asked) show(data);
  } catch {
    // The next change asks again.
  }
}

function show(data) {
  const number = view.at < 0 ? undefined : view.data.n[view.at];
  view.data = data;
  view.at = number === undefined ? -1 : data.n.indexOf(number);
  if (view.plot === undefined) view.plot = new uPlot(options(), columns(data), host);
  else view.plot.setData(columns(data));
  document.getElementById("zoom-out").hidden = view.from === undefined;
  document.getElementById("plot-note").textContent = noteOf(data);
  host.dataset.points = String(data.shown);
  host.dataset.total = String(data.points);
  ring();
}

function noteOf(d) {
  const notes = [];
  if (d.points === 0) notes.push("nothing is judged yet");
  if (d.shown < d.points)
    notes.push(d.shown.toLocaleString() + " of " + d.points.toLocaleString() + " drawn: zoom in for all");
  if (d.offScale > 0) notes.push(d.offScale.toLocaleString() + " off the scale, drawn on the edge");
  if (d.by === "cost" && d.whole[1] === 0) notes.push("no turn has reported a price");
  return notes.join(" · ");
}

function held(y) {
  if (y === null) return null;
  return Math.min(view.data.range[1], Math.max(view.data.range[0], y));
}

function columns(d) {
  view.data = d;
  const of = (mark) => d.x.map((_, i) => (d.mark[i] === mark ? held(d.y[i]) : null));
  const shifted = (by) => d.best.map((b) => (b === null || d.noise === undefined ? null : b + by));
  return [d.x, shifted(d.noise ?? 0), shifted(-(d.noise ?? 0)), d.best, of(0), of(1), of(2)];
}

function pad([low, high], share) {
  const room = high === low ? 1 : (high - low) * share;
  return [low - room, high + room];
}

function options() {
  const soft = () => colour("--soft");
  const line = () => colour("--line");
  const step = uPlot.paths.stepped({ align: 1 });
  const dots = (size, fill, stroke, width) => ({
    paths: () => null,
    points: { show: true, size, width, fill: () => colour(fill), stroke: () => colour(stroke) },
  });
  const axis = { stroke: soft, font: "12px system-ui, sans-serif", ticks: { stroke: line, width: 1, size: 5 } };
  return {
    width: host.clientWidth,
    height: host.clientHeight,
    legend: { show: false },
    padding: [10, 6, 0, 0],
    scales: {
      x: { time: false, range: () => pad(view.data.window, 0.02) },
      y: { range: () => view.data.range },
    },
    axes: [
      { ...axis, grid: { show: false }, values: (_, ticks) => ticks.map(tick), space: 70 },
      { ...axis, grid: { stroke: line, width: 1 }, size: 62, ticks: { show: false } },
    ],
    series: [
      {},
      { paths: step, width: 0, points: { show: false } },
      { paths: step, width: 0, points: { show: false } },
      { paths: step, width: 2, stroke: () => colour("--accent-fill"), points: { show: false } },
      dots(6, "--grey-fill", "--grey-fill", 0),
      dots(10, "--ground", "--accent-fill", 2),
      dots(10, "--accent-fill", "--ground", 1.5),
    ],
    bands: [{ series: [1, 2], fill: () => colour("--band") }],
    cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false }, y: false },
    hooks: { draw: [crosses], setCursor: [hover], setSelect: [zoom] },
  };
}

function tick(x) {
  if (view.by === "cost") return "$" + Number(x.toPrecision(6));
  if (view.by === "experiment") return Number.isInteger(x) ? x.toLocaleString("en-US") : "";
  const span = view.data.window[1] - view.data.window[0];
  if (span < 5) return Math.round(x * 60) + " s";
  if (span < 150) return Number(x.toFixed(1)) + " min";
  return Number((x / 60).toFixed(2)) + " h";
}

/** A cross on the lower edge for what has no number: crashes, and what never came to a run. */
function crosses(u) {
  lane(u, 4, "--grey-fill");
  lane(u, 3, "--bad");
}

function lane(u, wanted, name) {
  const { x, mark } = view.data;
  const r = 3.2 * devicePixelRatio;
  const y = u.bbox.top + u.bbox.height - 2.4 * r;
  u.ctx.save();
  u.ctx.strokeStyle = colour(name);
  u.ctx.lineWidth = 1.6 * devicePixelRatio;
  u.ctx.beginPath();
  for (let i = 0; i < x.length; i++) {
    if (mark[i] !== wanted) continue;
    const at = u.valToPos(x[i], "x", true);
    u.ctx.moveTo(at - r, y - r);
    u.ctx.lineTo(at + r, y + r);
    u.ctx.moveTo(at - r, y + r);
    u.ctx.lineTo(at + r, y - r);
  }
  u.ctx.stroke();
  u.ctx.restore();
}

/** Where a point is, in pixels of the drawing. */
function place(i) {
  const { plot, data } = view;
  const low = plot.over.clientHeight - 8;
  const y = data.mark[i] >= 3 ? low : plot.valToPos(held(data.y[i]), "y");
  return [plot.valToPos(data.x[i], "x"), y];
}

function nearest(left, top, reach) {
  let found = -1;
  let best = reach * reach;
  for (let i = 0; i < view.data.x.length; i++) {
    const [x, y] = place(i);
    const away = (x - left) ** 2 + (y - top) ** 2;
    // What is kept lies above the others and is meant more often.
    const weighed = view.data.mark[i] === 1 || view.data.mark[i] === 2 ? away * 0.6 : away;
    if (weighed < best) [found, best] = [i, weighed];
  }
  return found;
}

const tip = document.createElement("div");
const circle = document.createElement("div");

function hover(u) {
  const { left, top } = u.cursor;
  const i = left === undefined || left < 0 ? -1 : nearest(left, top, 26);
  u.over.style.cursor = i < 0 ? "crosshair" : "pointer";
  if (i === view.at && !tip.hidden) return;
  if (i >= 0) view.at = i;
  if (i < 0 && document.activeElement !== host) view.at = -1;
  ring();
}

function saidOf(i) {
  const d = view.data;
  const value = d.y[i] === null ? "" : ", " + d.metric + " " + Number(d.y[i].toPrecision(6));
  return { head: "e" + String(d.n[i]).padStart(4, "0") + " " + MARKS[d.mark[i]] + value, text: d.names[i] };
}

/** The ring around the point that is meant, and its words. */
function ring() {
  const i = view.at;
  const isThere = i >= 0 && view.plot !== undefined && i < view.data.n.length;
  tip.hidden = circle.hidden = !isThere;
  if (!isThere) return;
  const { over } = view.plot;
  if (tip.parentNode !== over) over.append(circle, tip);
  const [x, y] = place(i);
  const { head, text } = saidOf(i);
  const b = document.createElement("b");
  b.textContent = head;
  tip.replaceChildren(b, text);
  circle.style.left = x + "px";
  circle.style.top = y + "px";
  const width = Math.min(270, over.clientWidth);
  tip.style.left = Math.max(0, Math.min(x - width / 2, over.clientWidth - width)) + "px";
  const below = y < over.clientHeight / 2;
  tip.style.top = below ? y + 16 + "px" : "auto";
  tip.style.bottom = below ? "auto" : over.clientHeight - y + 16 + "px";
}

function window_(from, to) {
  [view.from, view.to] = [from, to];
  view.at = -1;
  load();
}

function zoom(u) {
  const { left, width } = u.select;
  if (width < 8) return;
  const [from, to] = [u.posToVal(left, "x"), u.posToVal(left + width, "x")];
  u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  window_(from, to);
}

function zoomBy(factor) {
  const [low, high] = view.data.window;
  const [least, most] = view.data.whole;
  const middle = view.at < 0 ? (low + high) / 2 : view.data.x[view.at];
  const from = Math.max(least, middle - (middle - low) * factor);
  const to = Math.min(most, middle + (high - middle) * factor);
  if (from <= least && to >= most) window_(undefined, undefined);
  else window_(from, to);
}

function open_(i) {
  if (i >= 0) location.href = base + "/e/" + view.data.n[i];
}

function walk(step, onlyKept) {
  const { n, mark } = view.data;
  let i = view.at < 0 ? (step > 0 ? -1 : n.length) : view.at;
  do i += step;
  while (onlyKept && i >= 0 && i < n.length && mark[i] !== 1 && mark[i] !== 2);
  if (i < 0 || i >= n.length) return;
  view.at = i;
  ring();
  const { head, text } = saidOf(i);
  document.getElementById("plot-said").textContent = head + ": " + text;
}

const KEYS = {
  ArrowRight: () => walk(1, false),
  ArrowLeft: () => walk(-1, false),
  ArrowUp: () => walk(1, true),
  ArrowDown: () => walk(-1, true),
  Enter: () => open_(view.at),
  "+": () => zoomBy(0.5),
  "-": () => zoomBy(2),
  Escape: () => window_(undefined, undefined),
};

if (host !== null && typeof uPlot === "function") {
  tip.className = "tip";
  circle.className = "ring";
  host.addEventListener("keydown", (event) => {
    const act = view.data === undefined ? undefined : KEYS[event.key];
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  });
  let down;
  host.addEventListener("pointerdown", (event) => {
    down = [event.clientX, event.clientY];
  });
  host.addEventListener("click", (event) => {
    if (down === undefined || Math.hypot(event.clientX - down[0], event.clientY - down[1]) > 5) return;
    const box = view.plot.over.getBoundingClientRect();
    open_(nearest(event.clientX - box.left, event.clientY - box.top, 26));
  });
  host.addEventListener("dblclick", () => window_(undefined, undefined));
  host.addEventListener("mouseleave", () => {
    if (document.activeElement === host) return;
    view.at = -1;
    ring();
  });
  document.getElementById("zoom-out").addEventListener("click", () => window_(undefined, undefined));
  document.getElementById("plot-by").addEventListener("change", (event) => {
    view.by = event.target.value;
    window_(undefined, undefined);
  });
  document.addEventListener("ny-changed", load);
  new ResizeObserver(() => {
    view.plot?.setSize({ width: host.clientWidth, height: host.clientHeight });
    ring();
  }).observe(host);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => view.plot?.redraw());
  load();
}
`;
