/**
 * The morning report as a value: what both renderers draw and `report.json` holds. Bounded whatever the size of the
 * session; each list says how many of its kind it leaves out. All texts are plain, on one line, without control
 * characters; escaping for markup is the renderers' concern.
 */
import type { Goal, GpuFigures, VerdictKind } from "../experiment.ts";
import type { Summary } from "../summary.ts";

/** The first of a list, and how many more there were. */
export interface Listed<T> {
  readonly rows: readonly T[];
  readonly leftOut: number;
}

export interface Report {
  readonly version: 1;
  readonly tag: string;
  readonly lab: string;
  readonly metric: { readonly name: string; readonly goal: Goal };
  /** ISO. */
  readonly startedAt: string;
  readonly madeAt: string;
  /** "running", "stopped", or why the session ended. */
  readonly state: string;
  /** The file that the session was imported from. */
  readonly imported?: string | undefined;
  readonly headline: string;
  readonly summary: Summary;
  readonly trust: readonly TrustPoint[];
  readonly plot: PlotFacts;
  readonly hits: Listed<Hit>;
  readonly simplifications: Listed<Hit>;
  readonly look: Listed<LookFirst>;
  readonly failed: Failed;
  readonly pace: Pace;
  readonly machine: Machine;
  readonly timeline: Timeline;
  readonly next: Next;
  readonly reproduce: Reproduce;
  readonly commands: readonly Pasted[];
}

/** `none`: nothing to judge, neither good nor bad. */
export type Mark = "good" | "warn" | "bad" | "none";

/** One answer to "trust it?". */
export interface TrustPoint {
  readonly name: string;
  readonly mark: Mark;
  readonly text: string;
}

export interface PlotFacts {
  /** What the plot shows, for those who do not see it. */
  readonly alt: string;
  readonly points: number;
  readonly noise?: number | undefined;
}

/** A kept experiment. */
export interface Hit {
  readonly experiment: number;
  readonly hypothesis: string;
  readonly agent?: string | undefined;
  readonly label?: "confirmed" | "likely" | undefined;
  readonly metric?: number | undefined;
  /** Change of the metric against what it was compared with, and its 95 % interval; missing when not known. */
  readonly delta?: number | undefined;
  readonly interval?: readonly [number, number] | undefined;
  /** `delta` in percent of that. */
  readonly percent?: number | undefined;
  /** Runs of the proposal that gave a number. */
  readonly runs: number;
  readonly retest: string;
  /** Missing where an imported record does not say. */
  readonly linesAdded?: number | undefined;
  readonly linesRemoved?: number | undefined;
  readonly reason: string;
  /** The person's; missing when it has none. */
  readonly tags?: readonly string[] | undefined;
  readonly diff: string;
}

/** An experiment that a person should see with their own eyes. */
export interface LookFirst {
  readonly experiment: number;
  readonly verdict?: VerdictKind | undefined;
  readonly hypothesis: string;
  readonly why: readonly string[];
  readonly diff: string;
}

export interface Failed {
  readonly families: Listed<FailedFamily>;
  /** Experiments that were not kept, by the rule that decided, the most frequent first. */
  readonly rules: readonly { readonly rule: string; readonly count: number }[];
  /** Older experiments that were too many to be put into families. */
  readonly notGrouped: number;
}

export interface FailedFamily {
  readonly name: string;
  readonly kind: string;
  readonly tries: number;
  readonly crashed: number;
  readonly kept: number;
  readonly nearest?: NearMiss | undefined;
}

export interface NearMiss {
  readonly experiment: number;
  readonly metric: number;
  readonly hypothesis: string;
}

export interface Pace {
  readonly judged: number;
  /** Shares of the judged experiments, 0 to 1; missing when there are none. */
  readonly keepRate?: number | undefined;
  readonly crashRate?: number | undefined;
  readonly duplicateRate?: number | undefined;
  /** Experiments in a row without a keep, the longest time. */
  readonly drought: { readonly length: number; readonly from: number; readonly to: number };
  readonly sinceLastKeep: number;
  /** Percent of the baseline per hour of work; `proven`: by fresh runs. */
  readonly gainPerHour?: { readonly percent: number; readonly proven: boolean } | undefined;
  /** The plain word on how the night went. */
  readonly verdict: string;
  readonly flat: boolean;
}

export interface Machine {
  /** Missing when nobody reported them; never 0 for that reason. */
  readonly inputTokens?: number | undefined;
  readonly cachedTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly dollars?: number | undefined;
  readonly turns: number;
  readonly unpriced: number;
  readonly uncounted: number;
  readonly duty?: number | undefined;
  /** Seconds in which no run was on, by what was waited for, the longest first; empty when the record has no times. */
  readonly idle: readonly { readonly cause: IdleCause; readonly seconds: number }[];
  readonly runSeconds: number;
  readonly workSeconds: number;
  readonly peakMemory?: { readonly mb: number; readonly experiment: number } | undefined;
  /** Mean over the runs by their time, the largest memory and power; missing where no run had a GPU. */
  readonly gpu?: GpuFigures | undefined;
  readonly agents: Listed<AgentYield>;
  readonly hardware: readonly { readonly name: string; readonly value: string }[];
}

export type IdleCause =
  | "agent thinking"
  | "evaluation"
  | "gates"
  | "queue and start"
  | "rate limit"
  | "pause after failures"
  | "harness"
  | "not running (stopped or crashed)";

export interface AgentYield {
  readonly name: string;
  readonly experiments: number;
  readonly kept: number;
  readonly crashed: number;
  readonly seconds: number;
  readonly dollars?: number | undefined;
}

export interface Timeline {
  readonly moments: Listed<Moment>;
  /** Equal stretches of the night, from its start. */
  readonly stretches: readonly Stretch[];
  readonly stretchMinutes: number;
}

export interface Moment {
  /** ISO. */
  readonly at: string;
  readonly what: "start" | "keep" | "wait" | "note" | "program" | "integrity" | "word" | "end";
  readonly text: string;
}

export interface Stretch {
  readonly kept: number;
  readonly discarded: number;
  readonly crashed: number;
}

export interface Next {
  readonly ideas: readonly { readonly text: string; readonly why: string }[];
  /** A unified diff of program.md that was not applied; missing when the ledger gives no reason for one. */
  readonly programDiff?: string | undefined;
}

export interface Reproduce {
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly commands: readonly Pasted[];
}

/** A command line ready to paste, and what it is for. */
export interface Pasted {
  readonly command: string;
  readonly why: string;
}
