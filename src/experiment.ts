/**
 * The words of the system, as types. Every other file imports from here; this file imports nothing.
 *
 * - lab          a git folder under study: what may change, what is frozen, how it is measured
 * - program      the human's instructions and constraints, `program.md`, versioned by its hash
 * - session      one sitting of the loop: a tag, the branch `autoresearch/<tag>`, an agent, limits, one lab
 * - experiment   one trip round the loop, from proposal to verdict; experiment 0 is the baseline
 * - proposal     the change an agent made: a commit, a hypothesis, a description
 * - run          one execution of the lab's command by a runner; an experiment may need several
 * - outcome      how a run ended
 * - measurement  the numbers a finished run is worth, read by code the agent cannot touch, or nothing
 * - verdict      keep, discard or crash, with the rule and the numbers that decided it
 * - champion     the best commit so far; proposals start from it
 * - ledger       the append-only record of all of the above, and the only memory
 * - gate         a command that must succeed before a keep; it leaves a receipt
 * - guard        a limit on another metric
 * - noise        the spread of the metric when nothing changes, measured, not assumed
 */

/** 0 is the baseline; the others count up without a gap within a session. */
export type ExperimentNumber = number;

/** A full commit id in hexadecimal, never a branch name. Branded where git's answer is parsed. */
export type Commit = string & { readonly __brand: "Commit" };

export type Goal = "minimize" | "maximize";

/** What an agent changed, as git tells it; never as the agent tells it. */
export interface Proposal {
  readonly commit: Commit;
  readonly parent: Commit;
  /** The tree of the commit: two proposals with the same tree are the same code. */
  readonly tree: string;
  /** One line, the agent's words: untrusted. */
  readonly hypothesis: string;
  /** A few lines at most, the agent's words: untrusted. */
  readonly description: string;
  readonly files: readonly string[];
  readonly linesAdded: number;
  readonly linesRemoved: number;
  /** "simplify" asks for "equal but simpler"; the judge then compares with the anchor. */
  readonly intent: "improve" | "simplify";
  /** What the harness noticed about the change ("only a seed changed"), in the order noticed. */
  readonly flags: readonly string[];
}

/** What a turn of the agent cost. A number nobody reported is missing, never 0. */
export interface Usage {
  readonly seconds: number;
  readonly inputTokens?: number | undefined;
  readonly cachedTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly dollars?: number | undefined;
}

/** How a run ended. Only `finished` has something to measure; the rest are results too, not errors. */
export type Outcome =
  | { readonly kind: "finished" }
  | { readonly kind: "crashed"; readonly exitCode?: number; readonly signal?: string; readonly why?: string }
  | { readonly kind: "timedOut"; readonly afterSeconds: number }
  | { readonly kind: "outOfMemory"; readonly why: string }
  | { readonly kind: "cancelled" }
  | { readonly kind: "lost"; readonly why: string };

/** What a run took, of the whole process tree. Missing where the system does not tell. */
export interface Resources {
  readonly wallSeconds: number;
  readonly cpuSeconds?: number | undefined;
  readonly peakMemoryMb?: number | undefined;
  /** Bytes the run printed in all, also those the cap did not store. */
  readonly outputBytes?: number | undefined;
  /** Processes that had left the run's group and were ended by the sweep. */
  readonly escaped?: number | undefined;
}

/**
 * Where a metric comes from: `evaluated` by the sealed evaluator in its own process, or `self-reported` by the run.
 */
export type Provenance = "evaluated" | "self-reported";

/** The metric is missing exactly when the run gave nothing to measure, and then `why` says so. Never 0, never NaN. */
export interface Measurement {
  readonly metric?: number | undefined;
  readonly provenance: Provenance;
  /** Every other finite number the run or the evaluator named. */
  readonly extra: Readonly<Record<string, number>>;
  readonly why?: string | undefined;
}

/** The proof that a gate was executed. A gate without a receipt did not run, which is not the same as failed. */
export interface Receipt {
  readonly command: string;
  readonly exitCode?: number | undefined;
  readonly seconds: number;
  readonly passed: boolean;
  /** sha256 of what the gate looked at: the tree of the commit. */
  readonly inputs: string;
  /** The end of what it printed: untrusted, bounded. */
  readonly tail: string;
}

export type VerdictKind = "keep" | "discard" | "crash";

/** The decision with the rule that took it and the numbers it was taken on. */
export interface Verdict {
  readonly kind: VerdictKind;
  /** Which rule: "baseline", "judge", "gate", "guard", "scope", "duplicate", "no change", "crash", "seed" … */
  readonly rule: string;
  readonly reason: string;
  /** Only on a keep by the judge: is the gain proven, or only the better bet? */
  readonly label?: "confirmed" | "likely" | undefined;
  readonly numbers: Readonly<Record<string, number>>;
}
