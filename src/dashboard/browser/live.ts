/**
 * The page's own script, first part: what changes is asked for again when the server says so, and put in place without
 * losing the scroll position, the focus, what is unfolded or the filter. Plain JavaScript as text: it runs in the
 * browser as it is. Words from outside come as markup that the server has escaped: nothing of them is ever
 * run.
 */
export const LIVE_SCRIPT = `
"use strict";
const base = document.body.dataset.base;
const pill = document.getElementById("live");

async function part(url) {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (answer.status === 401) location.reload();
  if (!answer.ok) throw new Error(url + ": " + answer.status);
  return answer.text();
}

function put(region, html) {
  if (region.dataset.was === html || region.innerHTML === html) return;
  const first = region.dataset.was === undefined;
  region.dataset.was = html;
  const key = region.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const unfolded = [...region.querySelectorAll("details[open][data-key]")].map((d) => d.dataset.key);
  const log = region.querySelector("pre[data-key]");
  const atEnd = log === null || log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
  const top = log === null ? 0 : log.scrollTop;
  region.innerHTML = html;
  for (const d of region.querySelectorAll("details[data-key]")) {
    if (!first || unfolded.length > 0) d.open = unfolded.includes(d.dataset.key) || (first && d.open);
  }
  const now = region.querySelector("pre[data-key]");
  if (now !== null) now.scrollTop = atEnd ? now.scrollHeight : top;
  if (key === undefined) return;
  const again = [...region.querySelectorAll("[data-key]")].find((e) => e.dataset.key === key);
  if (again !== undefined) again.focus({ preventScroll: true });
}

async function renew(region) {
  const url = region.dataset.live;
  try {
    const html = await part(url);
    // The filter may have changed while the answer was on its way.
    if (region.dataset.live === url) put(region, html);
  } catch {
    // The server is gone or busy: the pill says so, and the next event asks again.
  }
}

function renewAll() {
  for (const region of document.querySelectorAll("[data-live]")) renew(region);
  document.dispatchEvent(new Event("ny-changed"));
}

let due;
function soon() {
  due ??= setTimeout(() => {
    due = undefined;
    renewAll();
  }, 200);
}

function say(state, words) {
  if (pill === null) return;
  pill.className = "live " + state;
  pill.textContent = words;
}

if (base !== "") {
  const events = new EventSource(base + "/events?v=" + document.body.dataset.version);
  let lost = false;
  events.addEventListener("state", (event) => {
    const running = event.data === "running";
    say(running ? "on" : "", running ? "running" : "at rest");
    if (lost) soon();
    lost = false;
  });
  events.addEventListener("changed", soon);
  events.addEventListener("error", () => {
    lost = true;
    say("lost", "not connected");
  });
}

for (const region of document.querySelectorAll("[data-live][data-every]")) {
  setInterval(() => {
    if (!document.hidden) renew(region);
  }, Number(region.dataset.every));
}
for (const log of document.querySelectorAll("pre[data-key=log]")) log.scrollTop = log.scrollHeight;

setInterval(() => {
  for (const e of document.querySelectorAll("[data-since]")) {
    const s = Number(e.dataset.since) + 1;
    e.dataset.since = String(s);
    const two = (x) => String(x).padStart(2, "0");
    const hours = Math.floor(s / 3600);
    const minutes = Math.floor((s % 3600) / 60);
    e.textContent = (hours > 0 ? hours + ":" + two(minutes) : String(minutes)) + ":" + two(s % 60);
  }
}, 1000);

const note = document.getElementById("note");
note?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = document.getElementById("note-said");
  const answer = await fetch(note.action, { method: "POST", body: new URLSearchParams(new FormData(note)) });
  said.textContent = answer.ok ? "It waits for the session's next step." : await answer.text();
  if (!answer.ok) return;
  note.elements.text.value = "";
  renewAll();
});
`;
