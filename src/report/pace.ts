/** How the night went: rates, droughts, gain per hour, and a plain word when it went flat. Pure. */
import { type Experiment, type Goal, meanMetric } from "../experiment.ts";
import type { Summary } from "../summary.ts";
import { experimentName, plural, span } from "../util/format.ts";
import type { Pace } from "./shape.ts";

/** So many experiments without a keep, and a quarter of the session, are flat. */
const FLAT_AT_LEAST = 12;
const FLAT_SHARE = 0.25;
/** Of a shorter session a gain per hour would be a wild guess. */
const SHORT_SECONDS = 600;

export function paceOf(summary: Summary, experiments: readonly Experiment[]): Pace {
  const judged = experiments.filter((e) => e.number > 0 && e.verdict !== undefined);
  const n = judged.length;
  const share = (count: number) => (n === 0 ? undefined : count / n);
  const drought = longestDrought(judged);
  const lastKeep = judged.findLastIndex((e) => e.verdict?.kind === "keep");
  const sinceLastKeep = n - 1 - lastKeep;
  const flat = sinceLastKeep >= Math.max(FLAT_AT_LEAST, FLAT_SHARE * n);
  return {
    judged: n,
    keepRate: share(summary.kept),
    crashRate: share(judged.filter((e) => e.verdict?.kind === "crash").length),
    duplicateRate: share(judged.filter(repeats).length),
    drought,
    sinceLastKeep,
    gainPerHour: gainPerHour(summary),
    verdict: plainWord(summary, judged, { lastKeep, flat }),
    flat,
  };
}

/** The agent proposed what was tried before, whether or not another turn then mended it. */
function repeats(e: Experiment): boolean {
  return e.verdict?.rule === "duplicate" || e.turns.some((t) => t.kind === "duplicate");
}

function longestDrought(judged: readonly Experiment[]): Pace["drought"] {
  let longest = { length: 0, from: 0, to: 0 };
  let begin = 0;
  judged.forEach((e, i) => {
    if (e.verdict?.kind === "keep") begin = i + 1;
    else if (i - begin + 1 > longest.length) {
      longest = { length: i - begin + 1, from: judged[begin]?.number ?? 0, to: e.number };
    }
  });
  return longest;
}

function gainPerHour(s: Summary): Pace["gainPerHour"] {
  const hours = s.seconds / 3600;
  if (s.seconds < SHORT_SECONDS || s.kept === 0) return undefined;
  if (s.fresh !== undefined && s.fresh.baseline !== 0) {
    return { percent: better(s.goal, s.fresh.baseline, s.fresh.champion) / hours, proven: s.fresh.proven };
  }
  if (s.baseline === undefined || s.best === undefined || s.baseline === 0) return undefined;
  return { percent: better(s.goal, s.baseline, s.best) / hours, proven: false };
}

function better(goal: Goal, from: number, to: number): number {
  return ((goal === "minimize" ? from - to : to - from) / Math.abs(from)) * 100;
}

function plainWord(s: Summary, judged: readonly Experiment[], end: { lastKeep: number; flat: boolean }): string {
  if (judged.length === 0) return "Nothing was tried yet.";
  const crashed = judged.filter((e) => e.verdict?.kind === "crash").length;
  if (crashed === judged.length) return "Everything crashed.";
  const last = judged[end.lastKeep];
  if (last === undefined) {
    return end.flat
      ? `Flat from the start: none of ${plural(judged.length, "experiment")} was kept.`
      : "Nothing kept yet.";
  }
  const early = earlyGain(s, judged);
  if (!end.flat) return `The search was still moving at the end.${early}`;
  const since = judged.length - 1 - end.lastKeep;
  const seconds = (Date.parse(judged.at(-1)?.closedAt ?? "") - Date.parse(last.closedAt ?? "")) / 1000;
  const time = seconds > 0 ? ` over ${span(seconds)}` : "";
  const name = experimentName(last.number);
  return `The night went flat after ${name}: ${plural(since, "experiment")}${time} without a keep.${early}`;
}

/** " 80 % of the gain seen came in the first 13 experiments."; "" when that says nothing. */
function earlyGain(s: Summary, judged: readonly Experiment[]): string {
  if (s.baseline === undefined || s.best === undefined || judged.length < 20) return "";
  const total = better(s.goal, s.baseline, s.best);
  if (!(total > 0)) return "";
  for (const [i, e] of judged.entries()) {
    const metric = e.verdict?.kind === "keep" ? meanMetric(e) : undefined;
    if (metric === undefined) continue;
    const part = better(s.goal, s.baseline, metric) / total;
    if (part < 0.8) continue;
    if (i >= judged.length / 2) return "";
    return ` ${Math.min(100, Math.round(100 * part))} % of the gain seen came in the first ${i + 1} experiments.`;
  }
  return "";
}
