/**
 * What the ledger says of a session so far, as values: the part of a briefing that an agent that reads is shown.
 *
 * Every text in here that is not the person's came from an agent, a run or a log: it is cleaned and bounded, and it is
 * untrusted; `briefing/text.ts` shows it as quoted data. Types only.
 */
import type { Goal, Provenance, VerdictKind } from "../experiment.ts";

/** One earlier experiment in a list. */
export interface Attempt {
  readonly experiment: number;
  readonly verdict: VerdictKind;
  readonly metric?: number | undefined;
  readonly z?: number | undefined;
  /** One line. */
  readonly hypothesis: string;
  /** One line. */
  readonly reason: string;
  /** The name under which git keeps the change; undefined when there was none. */
  readonly ref?: string | undefined;
}

/** A kept change on the way to the champion. */
export interface Gain extends Attempt {
  /** Metric of the champion that it replaced. */
  readonly from?: number | undefined;
}

/** Lines that unsuccessful experiments changed. */
export interface Tried {
  readonly file: string;
  readonly line: number;
  readonly count: number;
  readonly experiments: readonly number[];
  /** All of them started from the present champion: the numbers are those of its file. */
  readonly exact: boolean;
}

/** What did not work, of one kind. */
export interface FamilyLine {
  readonly name: string;
  readonly kind: "constant" | "word" | "flag" | "file" | "other";
  readonly discarded: number;
  readonly crashed: number;
  /** Kept changes of the same kind. */
  readonly kept: number;
  readonly nearest?: { readonly experiment: number; readonly metric: number } | undefined;
  readonly experiments: readonly number[];
}

/** Numbers beside the metric, of the champion and of the last attempts. */
export interface Cases {
  readonly names: readonly string[];
  readonly rows: readonly { readonly experiment: number; readonly values: readonly (number | undefined)[] }[];
  /** Names that are not shown. */
  readonly left: number;
}

/** What is left; missing means that there is no limit. */
export interface Budget {
  readonly experiments?: number | undefined;
  readonly seconds?: number | undefined;
  readonly tokens?: number | undefined;
  readonly dollars?: number | undefined;
}

/** Set when nothing was kept for long. */
export interface Plateau {
  readonly since: number;
  /** Two near misses that change different places of the champion. */
  readonly pairs: readonly (readonly [Attempt, Attempt])[];
}

/** The change that crashed, on a repair turn. */
export interface Crash {
  readonly hypothesis: string;
  readonly why: string;
  readonly places: readonly string[];
}

/** The agent's last change, which does not fit onto the champion that was kept meanwhile. */
export interface Conflict {
  readonly hypothesis: string;
  readonly files: readonly string[];
  readonly ref: string;
}

export interface Findings {
  readonly goal: Goal;
  readonly provenance?: Provenance | undefined;
  readonly baseline?: number | undefined;
  readonly champion: number;
  readonly championRuns: number;
  readonly counts: { readonly kept: number; readonly discarded: number; readonly crashed: number };
  /** Experiments that are too old to be looked at. */
  readonly forgotten: number;
  readonly recent: readonly Attempt[];
  readonly gains: readonly Gain[];
  readonly nearMisses: readonly Attempt[];
  readonly families: readonly FamilyLine[];
  readonly tried: readonly Tried[];
  /** Experiments that brought back what had been dropped, with the words of the flag. */
  readonly returned: readonly { readonly experiment: number; readonly flag: string }[];
  readonly cases?: Cases | undefined;
  readonly budget: Budget;
  /** The person's words, the oldest first. */
  readonly notes: readonly { readonly at: string; readonly text: string }[];
  readonly plateau?: Plateau | undefined;
  readonly crash?: Crash | undefined;
  readonly conflict?: Conflict | undefined;
}
