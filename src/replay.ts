/**
 * Judges a recorded session again under other rules. Pure.
 *
 * The record decides what can be said: where the other rules would have run something once more and the record has no
 * such run, the answer is "again", not a guess. The proposals stay those that were made on the recorded champions, so
 * this says what other rules would have kept of the same night, not what another night would have found.
 */
import {
  due,
  type Evidence,
  NO_EVIDENCE,
  noiseOf,
  referenceScores,
  withBaseline,
  withChallenger,
  withDrop,
  withKeep,
} from "./evidence.ts";
import { type Decision, decide, mean, orient, type Rules } from "./judge.ts";

/** One experiment of the record: its runs in order, undefined where a run gave no number. Number 0 is the baseline. */
export interface RecordedExperiment {
  readonly number: number;
  readonly metrics: readonly (number | undefined)[];
  readonly intent: "improve" | "simplify";
  readonly recorded: "keep" | "discard" | "crash";
  readonly description: string;
}

export interface Replayed {
  readonly number: number;
  /** "again": the rules ask for a run that the record does not have. */
  readonly verdict: "keep" | "discard" | "crash" | "again";
  readonly reason: string;
  readonly z?: number | undefined;
  readonly label?: "confirmed" | "likely" | undefined;
  readonly recorded: RecordedExperiment["recorded"];
  readonly description: string;
}

/** Judges every experiment of a record by the rules; the baseline's runs come first and are taken as they are. */
export function replay(record: readonly RecordedExperiment[], rules: Rules): readonly Replayed[] {
  let evidence = baselineOf(record, rules);
  const out: Replayed[] = [];
  for (const e of record) {
    if (e.number === 0) continue;
    const [row, next] = judgeOne(e, evidence, rules);
    out.push(row);
    evidence = next;
  }
  return out;
}

function baselineOf(record: readonly RecordedExperiment[], rules: Rules): Evidence {
  const metrics = record.find((e) => e.number === 0)?.metrics ?? [];
  return metrics.reduce<Evidence>((evidence, m) => withBaseline(evidence, orient(m, rules)), NO_EVIDENCE);
}

/** Feeds the recorded runs one by one until the rules decide or the record is used up. */
function judgeOne(e: RecordedExperiment, before: Evidence, rules: Rules): readonly [Replayed, Evidence] {
  const base = { number: e.number, recorded: e.recorded, description: e.description };
  let evidence = before;
  let last: Decision | undefined;
  for (let runs = 1; runs <= e.metrics.length; runs++) {
    evidence = withChallenger(evidence);
    const scores = e.metrics.slice(0, runs).map((m) => orient(m, rules));
    const numbers = scores.filter((s): s is number => s !== undefined);
    const noise = noiseOf(evidence, [numbers], rules);
    const reference = referenceScores(evidence, e.intent);
    last = decide({ challenger: scores, reference, noise, intent: e.intent }, rules);
    const group = { experiment: e.number, scores: numbers };
    if (last.action === "keep") {
      const row = { ...base, verdict: "keep" as const, reason: last.reason, z: last.z, label: last.label };
      return [row, withKeep(evidence, group, e.intent)];
    }
    if (last.action === "discard") {
      const verdict = last.reason === "crash" ? ("crash" as const) : ("discard" as const);
      return [{ ...base, verdict, reason: last.reason, z: last.z }, withDrop(evidence, group)];
    }
  }
  if (last === undefined)
    return [{ ...base, verdict: e.recorded === "crash" ? "crash" : "discard", reason: "no run" }, before];
  return [{ ...base, verdict: "again", reason: last.reason, z: last.z }, evidence];
}

/** What "keep any improvement" makes of the same record: one run each, better than the best so far is kept. */
export function replayKeepAny(record: readonly RecordedExperiment[], rules: Rules): readonly Replayed[] {
  let best = orient(record.find((e) => e.number === 0)?.metrics[0], rules);
  const out: Replayed[] = [];
  for (const e of record) {
    if (e.number === 0) continue;
    const score = orient(e.metrics[0], rules);
    const base = { number: e.number, recorded: e.recorded, description: e.description };
    const better = score !== undefined && (best === undefined || score > best);
    if (better) best = score;
    const verdict = better ? "keep" : score === undefined ? "crash" : "discard";
    out.push({ ...base, verdict, reason: better ? "better than the best so far" : "not better" });
  }
  return out;
}

/**
 * Mean of the runs of the last kept experiment against the baseline's, in metric units; undefined when none was kept.
 */
export function claimedGain(record: readonly RecordedExperiment[], replayed: readonly Replayed[]): number | undefined {
  const kept = replayed.filter((r) => r.verdict === "keep").at(-1);
  const metricsOf = (n: number) =>
    (record.find((e) => e.number === n)?.metrics ?? []).filter((m): m is number => m !== undefined);
  const before = metricsOf(0);
  const after = kept === undefined ? [] : metricsOf(kept.number);
  return before.length === 0 || after.length === 0 ? undefined : mean(after) - mean(before);
}

/** Whether the record's baseline has as many runs as the rules want before the first proposal. */
export function baselineIsShort(record: readonly RecordedExperiment[], rules: Rules): boolean {
  return due(baselineOf(record, rules), rules) === "baseline";
}
