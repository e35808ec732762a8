/**
 * A verdict as a sentence: the rule, the numbers it was taken on, and what its label means. Pure.
 */
import type { Experiment, Verdict } from "./experiment.ts";
import type { Session } from "./ledger/session.ts";
import { number, plural } from "./util/format.ts";

const REASONS: Readonly<Record<string, string>> = {
  screen: "one run, and it did not look better",
  "sure on one run": "better by so much that one run is enough",
  "confirmed by re-run": "it held up when it was run again",
  "balance of evidence": "more likely better than not, after being run again",
  "did not hold up": "it did not hold up when it was run again",
  "undecided at maxRuns": "still undecided after as many runs as one proposal gets",
  "tie, simpler": "exactly as good, and simpler",
  crash: "a run gave no number",
};

/**
 * "keep (likely) by the judge: more likely better than not …: +0.0021 ± 0.0009 over 2 runs, z 1.07, P(better) 86 %."
 */
export function verdictInWords(e: Experiment, session: Session): string {
  const v = e.verdict;
  if (v === undefined) return "none yet";
  const label = v.label === undefined ? "" : ` (${v.label})`;
  const reason = reasonInWords(v);
  const { d, se, z, p } = v.numbers;
  if (d === undefined || z === undefined) return `${v.kind}${label}, rule "${v.rule}": ${reason}`;
  const own = e.runs.filter((r) => r.role === "challenger" && r.measurement?.metric !== undefined);
  const runs = plural(own.length, "run");
  const unit = session.rules.scale === "log" ? "ln " : "";
  const chance = p === undefined ? "" : `, P(better) ${(100 * p).toFixed(p > 0.99 || p < 0.01 ? 2 : 0)} %`;
  const gain = `${d >= 0 ? "better" : "worse"} by ${unit}${number(Math.abs(d))} ± ${number(se)} over ${runs}`;
  return `${v.kind}${label}, rule "${v.rule}": ${reason}: ${gain}, z ${z.toFixed(2)}${chance}`;
}

/** Why, without the numbers. */
export function reasonInWords(v: Verdict): string {
  return v.rule === "judge" ? (REASONS[v.reason] ?? v.reason) : v.reason;
}
