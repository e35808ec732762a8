/**
 * The sentence that a person repeats, what one needs to believe it, and the counts: pure, from the summary.
 *
 * A gain that was only seen while choosing is called so on the terminal and is no number at all in the report.
 */
import type { Summary } from "./summary.ts";
import { number, percent, plural, span } from "./util/format.ts";

/** "10 experiments in 12 min: val_bpb 2.41 → 2.33 (−3.32 % ± 0.41), 3 kept, 2 confirmed, $4.80." */
export function headline(s: Summary): string {
  return sentence(s, gainText(s));
}

/** The same for the report, in which only a gain that fresh runs have proven is a number. */
export function reportHeadline(s: Summary): string {
  const gain = s.best === undefined || s.kept === 0 || s.fresh?.proven === true ? gainText(s) : unprovenText(s);
  return sentence(s, gain);
}

function unprovenText(s: Summary): string {
  if (s.fresh === undefined) return `${s.metric} ${number(s.baseline)}, no gain confirmed yet`;
  return `${s.metric} ${number(s.fresh.baseline)}, no gain that fresh runs could prove`;
}

function sentence(s: Summary, gain: string): string {
  const cost = s.dollars === undefined || s.dollars === 0 ? "" : `, $${s.dollars.toFixed(2)}`;
  const kept = `${s.kept} kept, ${s.confirmed} confirmed`;
  // An imported record without times: how long it took is unknown, and not 0 s.
  const long = s.seconds === 0 ? "" : ` in ${span(s.seconds)}`;
  return `${plural(s.experiments, "experiment")}${long}: ${gain}, ${kept}${cost}.`;
}

/** Only what fresh runs have proven is said as a gain. */
function gainText(s: Summary): string {
  if (s.best === undefined) return `${s.metric} was not measured`;
  if (s.kept === 0) return `${s.metric} ${number(s.baseline)}, nothing better was found`;
  const seen = `${number(s.baseline)} → ${number(s.best)}`;
  if (s.fresh === undefined) return `${s.metric} ${seen} as seen while choosing (${percent(s.baseline, s.best)})`;
  const fresh = `${number(s.fresh.baseline)} → ${number(s.fresh.champion)}`;
  const change = `${percent(s.fresh.baseline, s.fresh.champion)} ± ${s.fresh.percentHalf.toFixed(2)}`;
  return s.fresh.proven ? `${s.metric} ${fresh} (${change})` : `no proven gain, ${s.metric} ${fresh} (${change})`;
}

/** What a reader needs to decide whether to believe the headline. */
export function trustLine(s: Summary): string {
  const noise = s.noise === undefined ? "noise unknown" : `noise ±${number(s.noise)} (one sigma)`;
  const parts = [
    noise,
    s.provenance,
    s.sandboxed ? "sandboxed" : "not sandboxed",
    s.integrity === 0 ? "no integrity event" : plural(s.integrity, "integrity event"),
    biasText(s),
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

function biasText(s: Summary): string {
  if (s.kept === 0) return "";
  if (s.fresh === undefined) return "the gain is the one seen while choosing, which flatters: nightyard confirm";
  const seen = percent(s.baseline, s.best);
  return `${plural(s.fresh.runsEach, "fresh run")} of each (while choosing it looked like ${seen})`;
}

/** The count of each way in which an experiment ended, and how busy the machine was. */
export function countsLine(s: Summary): string {
  const parts = [
    `${s.runs} runs`,
    `${s.kept} kept`,
    `${s.discarded} discarded`,
    `${s.crashed} crashed`,
    s.refused > 0 ? `${s.refused} out of scope` : "",
    s.duplicates > 0 ? `${s.duplicates} duplicates` : "",
    s.earlyStop === undefined ? "" : stopText(s.earlyStop),
    s.duty === undefined ? "" : `duty ${Math.round(100 * s.duty)} %`,
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

function stopText(e: NonNullable<Summary["earlyStop"]>): string {
  const lost = `about ${e.expectedLost.toFixed(1)} of them may have been as good as the champion`;
  return `${e.runs} stopped early (${span(e.savedSeconds)} saved; ${lost})`;
}
