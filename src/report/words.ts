/** The report's figures as both renderers write them. Pure but for the time zone, which is the reader's. */
import type { GpuFigures } from "../experiment.ts";
import { gpuWords, number, span } from "../util/format.ts";
import type { Hit, Machine, Pace } from "./shape.ts";

/** "−0.0123 (−1.2 %)"; "–" when it is not known. */
export function deltaWords(hit: Hit): string {
  if (hit.delta === undefined) return "–";
  const percent = hit.percent === undefined ? "" : ` (${signed(hit.percent, 2)} %)`;
  return `${signedNumber(hit.delta)}${percent}`;
}

/** "−0.0140 … −0.0106"; "" when it is not known or there is none. */
export function intervalWords(hit: Hit): string {
  if (hit.interval === undefined || hit.interval[0] === hit.interval[1]) return "";
  return `${signedNumber(hit.interval[0])} … ${signedNumber(hit.interval[1])}`;
}

function signedNumber(x: number): string {
  const text = number(Number(Math.abs(x).toPrecision(3)));
  return x < 0 ? `−${text}` : x > 0 ? `+${text}` : text;
}

function signed(x: number, digits: number): string {
  return `${x > 0 ? "+" : x < 0 ? "−" : "±"}${Math.abs(x).toFixed(digits)}`;
}

/** "+3 −1". */
export function linesWords(hit: Hit): string {
  return hit.linesAdded === undefined ? "–" : `+${hit.linesAdded} −${hit.linesRemoved ?? 0}`;
}

export function labelWords(label: Hit["label"]): string {
  return label === "confirmed" ? "confirmed" : label === "likely" ? "not confirmed" : "kept";
}

/** Keeps together what belongs together: "−5.45 % ± 0.14", "1.04 → 0.98". */
export function unbroken(text: string): string {
  return text
    .replace(/ ?([%±→]) ?/g, (found) => found.replaceAll(" ", "\u00a0"))
    .replace(/(\d) (h|m|min|s)\b/g, "$1\u00a0$2");
}

/** "23 %"; "–" when there is nothing to take a share of. */
export function shareWords(share: number | undefined): string {
  return share === undefined ? "–" : `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}

export function droughtWords({ drought }: Pace): string {
  if (drought.length === 0) return "none";
  const where = drought.from === drought.to ? `at ${drought.from}` : `from ${drought.from} to ${drought.to}`;
  return `${drought.length} in a row, ${where}`;
}

export function gainPerHourWords({ gainPerHour: gain }: Pace): string {
  if (gain === undefined) return "–";
  const text = `${signed(gain.percent, Math.abs(gain.percent) < 1 ? 3 : 2)} % per hour`;
  return gain.proven ? `${text}, by fresh runs` : `${text}, not confirmed`;
}

/** "$4.80", "at least $4.80 (3 of 40 turns have no price)", "unknown". */
export function dollarsWords(m: Machine): string {
  if (m.dollars === undefined) return m.turns === 0 ? "unknown" : "unknown: no turn reported a price";
  const sum = `$${m.dollars.toFixed(2)}`;
  return m.unpriced === 0 ? sum : `at least ${sum} (${m.unpriced} of ${m.turns} turns without a price)`;
}

export function tokensWords(m: Machine): string {
  if (m.inputTokens === undefined && m.outputTokens === undefined) {
    return m.turns === 0 ? "unknown" : "unknown: no turn reported them";
  }
  const cached = m.cachedTokens === undefined ? "" : ` (${grouped(m.cachedTokens)} cached)`;
  const sum = `${grouped(m.inputTokens)} read${cached}, ${grouped(m.outputTokens)} written`;
  return m.uncounted === 0 ? sum : `at least ${sum} (${m.uncounted} of ${m.turns} turns not counted)`;
}

function grouped(x: number | undefined): string {
  return x === undefined ? "unknown" : x.toLocaleString("en-US");
}

export function memoryWords(m: Machine): string {
  if (m.peakMemory === undefined) return "unknown";
  const { mb, experiment } = m.peakMemory;
  const size = mb >= 1024 ? `${(mb / 1024).toFixed(1)} GiB` : `${Math.round(mb)} MiB`;
  return `${size}, in experiment ${experiment}`;
}

/** "97 %, 23.1 GiB, 412 W (max 448 W)". */
export function gpuFact(gpu: GpuFigures): string {
  return gpuWords(gpu)?.replace(/^GPU /, "") ?? "unknown";
}

export function dutyWords(m: Machine): string {
  if (m.duty === undefined || m.workSeconds === 0) return "unknown: the record has no times";
  return `${(100 * m.duty).toFixed(1)} %: a run was on for ${span(m.runSeconds)} of ${span(m.workSeconds)}`;
}

/** "3.4 min", "12 s". */
export function minutesWords(seconds: number): string {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${(seconds / 60).toFixed(1)} min`;
}

/** "23:41", with the day when it is not the day of `since`; "–" for what is no time. */
export function timeWords(at: string, since: string): string {
  const [time, start] = [new Date(at), new Date(since)];
  if (Number.isNaN(time.getTime())) return "–";
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}`;
  return time.toDateString() === start.toDateString() ? clock : `${dayWords(at)} ${clock}`;
}

/** "2026-11-24". */
export function dayWords(at: string): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return "–";
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

function two(x: number): string {
  return String(x).padStart(2, "0");
}

const STATES: Readonly<Record<string, string>> = {
  running: "still running",
  stopped: "stopped",
  experiments: "ended: all experiments made",
  time: "ended: time used up",
  exhausted: "ended: the agent had nothing left to try",
  agent: "ended: the agent failed again and again",
  baseline: "ended: the baseline could not be measured",
  cap: "ended: a cap was reached",
};

export function stateWords(state: string): string {
  return STATES[state] ?? state;
}

/** "and 12 more"; "" when nothing was left out. */
export function moreWords(leftOut: number): string {
  return leftOut === 0 ? "" : `… and ${leftOut.toLocaleString("en-US")} more`;
}

/** Names of the parts, in their order: the same in every format. */
export const PARTS = {
  trust: "Trust it?",
  plot: "Progress",
  hits: "What was gained",
  look: "Look at these first",
  failed: "What did not work",
  pace: "Pace",
  machine: "Cost and machine",
  timeline: "The night",
  next: "Next",
  reproduce: "Reproduce it",
  commands: "Commands",
} as const;
