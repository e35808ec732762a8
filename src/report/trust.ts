/**
 * "Trust it?": one answer each to what a reader must know before believing a number. Pure. An answer that the ledger
 * cannot give is said to be unknown, never taken for good.
 */
import { noiseOf } from "../evidence.ts";
import { type Experiment, metricsOf } from "../experiment.ts";
import type { Session } from "../ledger/session.ts";
import type { Program } from "../program.ts";
import type { Summary } from "../summary.ts";
import { number, percent, plural } from "../util/format.ts";
import type { Happenings } from "./happenings.ts";
import { words } from "./listed.ts";
import type { Mark, TrustPoint } from "./shape.ts";

export interface TrustInput {
  readonly session: Session;
  readonly summary: Summary;
  readonly experiments: readonly Experiment[];
  readonly happenings: Happenings;
  readonly program: Program | undefined;
}

export function trustOf(input: TrustInput): readonly TrustPoint[] {
  return [
    freshPoint(input),
    noisePoint(input),
    confirmedPoint(input),
    provenancePoint(input),
    sealedTestPoint(),
    integrityPoint(input),
    gatesPoint(input),
    canaryPoint(input),
    sandboxPoint(input),
  ];
}

const point = (name: string, mark: Mark, text: string): TrustPoint => ({ name, mark, text });

function freshPoint({ summary: s }: TrustInput): TrustPoint {
  const name = "Fresh runs";
  if (s.kept === 0) return point(name, "none", "nothing was kept, so there is no gain to prove");
  if (s.fresh === undefined) return point(name, "warn", "not made: the gain seen while choosing flatters");
  const seen = percent(s.baseline, s.best);
  const change = `${percent(s.fresh.baseline, s.fresh.champion)} ± ${s.fresh.percentHalf.toFixed(2)}`;
  const text = `${plural(s.fresh.runsEach, "run")} each of baseline and champion: ${change} (95 %)`;
  const how = s.fresh.proven ? "proven" : "not proven: the interval includes no gain";
  return point(name, s.fresh.proven ? "good" : "bad", `${text}, ${how}; while choosing it looked like ${seen}`);
}

function noisePoint({ session, summary: s }: TrustInput): TrustPoint {
  const name = "Noise";
  if (session.rules.deterministic) return point(name, "good", "none: program.md says that the metric is deterministic");
  if (s.noise === undefined) return point(name, "warn", "unknown: nothing was run twice");
  const { df } = noiseOf(session.evidence, [], session.rules);
  const share = s.best === undefined || s.best === 0 ? "" : `, ${(100 * Math.abs(s.noise / s.best)).toPrecision(2)} %`;
  const sigma = number(Number(s.noise.toPrecision(3)));
  const text = `±${sigma} (one sigma${share}), from ${plural(df, "degree")} of freedom`;
  return point(name, df >= 4 ? "good" : "warn", df >= 4 ? text : `${text}: few repeats, so itself uncertain`);
}

function confirmedPoint({ summary: s }: TrustInput): TrustPoint {
  const name = "Confirmed share";
  if (s.kept === 0) return point(name, "none", "nothing was kept");
  const mark = s.confirmed === s.kept ? "good" : "warn";
  const rest = s.kept - s.confirmed;
  const open = rest === 0 ? "" : `; ${rest} ${rest === 1 ? "is" : "are"} only the better bet`;
  return point(name, mark, `${s.confirmed} of ${s.kept} kept changes are confirmed${open}`);
}

function provenancePoint({ session, experiments, program }: TrustInput): TrustPoint {
  const name = "Metric from";
  const found = new Set(experiments.flatMap((e) => e.runs.flatMap((r) => provenanceOf(r.measurement))));
  if (found.size === 0) return point(name, "none", "nothing was measured");
  if (session.imported !== undefined) return point(name, "warn", "an imported record: nobody measured it here");
  if (found.size > 1) return point(name, "warn", "both evaluated and self-reported: the program changed on the way");
  if (found.has("self-reported")) return point(name, "warn", "self-reported: the run under test prints its own score");
  const by = program?.evaluate === undefined ? "the sealed evaluator" : `"${words(program.evaluate, 80)}"`;
  return point(name, "good", `evaluated by ${by} in its own process, from a sealed copy`);
}

function provenanceOf(m: Experiment["runs"][number]["measurement"]): readonly string[] {
  return m?.metric === undefined ? [] : [m.provenance];
}

/** No lab can declare a sealed test yet, so the ledger has no score of one. */
function sealedTestPoint(): TrustPoint {
  return point("Sealed test", "none", "none: this session scored no sealed test split");
}

function integrityPoint({ session, happenings }: TrustInput): TrustPoint {
  const name = "Integrity";
  if (session.imported !== undefined) return point(name, "none", "unknown: nothing was guarded here");
  if (session.integrity === 0) return point(name, "good", "no integrity event");
  const kinds = [...happenings.integrity].sort((a, b) => b[1] - a[1]);
  const named = kinds.slice(0, 5).map(([what, n]) => (n > 1 ? `${what} (${n})` : what));
  const more = kinds.length > 5 ? `, and ${kinds.length - 5} other kinds` : "";
  return point(name, "bad", `${plural(session.integrity, "event")}: ${named.join(", ")}${more}`);
}

function gatesPoint(input: TrustInput): TrustPoint {
  const { experiments, program } = input;
  const name = "Gates";
  const seen = new Map<string, { passed: number; failed: number }>();
  for (const receipt of experiments.flatMap((e) => e.receipts ?? [])) {
    const tally = seen.get(receipt.command) ?? { passed: 0, failed: 0 };
    tally[receipt.passed ? "passed" : "failed"] += 1;
    if (seen.size < 100) seen.set(receipt.command, tally);
  }
  const missing = (program?.gates ?? []).filter((gate) => !seen.has(gate));
  if (input.session.imported !== undefined) return point(name, "none", "unknown: the record has no receipts");
  if (seen.size === 0 && missing.length === 0) return point(name, "none", "program.md names none");
  const ran = [...seen].slice(0, 4).map(([gate, n]) => `"${words(gate, 60)}" ${n.passed} passed, ${n.failed} failed`);
  const more = seen.size > 4 ? [`${seen.size - 4} others`] : [];
  const not = missing.slice(0, 4).map((gate) => `"${words(gate, 60)}" DID NOT RUN`);
  return point(name, missing.length > 0 ? "bad" : "good", [...ran, ...more, ...not].join("; "));
}

/** Runs of the champion that only ask whether the machine is still the same, against its other runs. */
function canaryPoint({ session, experiments, summary }: TrustInput): TrustPoint {
  const name = "Canary";
  const shifts = experiments.flatMap((e) => canaryShifts(e, summary.noise));
  if (shifts.length === 0) return point(name, "none", "no canary run was due");
  const farthest = shifts.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
  const drift = Math.abs(farthest) >= session.rules.zDrift;
  const text = `${plural(shifts.length, "canary run")}, the farthest ${Math.abs(farthest).toFixed(1)} sigma off`;
  return point(name, drift ? "warn" : "good", drift ? `${text}: the machine may have drifted` : `${text}: no drift`);
}

function canaryShifts(e: Experiment, noise: number | undefined): readonly number[] {
  const canaries = e.runs.filter((r) => r.role === "canary" && r.measurement?.metric !== undefined);
  if (canaries.length === 0 || noise === undefined || noise === 0) return [];
  const others = metricsOf({ ...e, runs: e.runs.filter((r) => r.role !== "canary") });
  if (others.length === 0) return [];
  const level = others.reduce((sum, m) => sum + m, 0) / others.length;
  const scale = noise * Math.sqrt(1 + 1 / others.length);
  return canaries.map((r) => ((r.measurement?.metric ?? level) - level) / scale);
}

function sandboxPoint({ session, happenings }: TrustInput): TrustPoint {
  const name = "Sandbox";
  const sittings = Math.max(happenings.sittings, session.unfenced);
  if (sittings === 0) return point(name, "none", "unknown: nothing was run by this program");
  if (session.unfenced === 0) {
    return point(name, "good", `${session.sandbox?.kind ?? "yes"}: no network, only its own folder writable`);
  }
  const some = session.unfenced < sittings ? `in ${session.unfenced} of ${sittings} sittings` : "";
  const why = session.sandbox?.why === undefined ? "" : ` (${words(session.sandbox.why, 120)})`;
  return point(name, "warn", `not sandboxed${some === "" ? "" : ` ${some}`}${why}`);
}
