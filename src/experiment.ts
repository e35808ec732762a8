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

/** Git's own id for "no object": stands where an imported record names no commit that this repository knows. */
export const NO_COMMIT = "0".repeat(40) as Commit;

export type Goal = "minimize" | "maximize";

/** Who proposed what a person handed in with `nightyard propose`. */
export const PERSON = "person";

/** Changed lines of one place, as they are numbered in the parent's file. */
export interface Hunk {
  readonly file: string;
  /** The first changed line; with a count of 0 the line before which something was put in. From 1. */
  readonly line: number;
  readonly count: number;
}

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
  /** Which lines of the parent were changed, at most 50 places; missing in older ledgers. */
  readonly hunks?: readonly Hunk[] | undefined;
  /** Prints of the added lines of code, at most 64: by them lines that come back are known again. */
  readonly prints?: readonly string[] | undefined;
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
  | {
      readonly kind: "crashed";
      readonly exitCode?: number | undefined;
      readonly signal?: string | undefined;
      readonly why?: string | undefined;
    }
  | { readonly kind: "timedOut"; readonly afterSeconds: number }
  | { readonly kind: "outOfMemory"; readonly why: string }
  /** The harness ended it on its way, because it would hardly have been kept. */
  | {
      readonly kind: "stoppedEarly";
      readonly why: string;
      /** How far it was behind the champion at that point, and how good that predicts the end: score units. */
      readonly behind: number;
      readonly spread: number;
    }
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
  /** Of the NVIDIA GPUs the run was shown, each as a whole device; missing where nvidia-smi tells nothing. */
  readonly gpu?: GpuFigures | undefined;
}

/** Sampled once a second; a figure that the driver does not tell is missing. */
export interface GpuFigures {
  /** Percent of the time in which a kernel ran, the mean over devices. */
  readonly use?: number | undefined;
  /** The largest of any one device. */
  readonly peakMemoryMib?: number | undefined;
  /** Of all its devices together. */
  readonly meanWatts?: number | undefined;
  readonly maxWatts?: number | undefined;
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
  /**
   * The metric of `early-stop` at its fraction of the budget, as the run said it on its way; missing when it did not.
   */
  readonly partial?: number | undefined;
  /** What is sealed was changed while the run was on: the run is void, whatever it printed. */
  readonly breach?: boolean | undefined;
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

/**
 * Why a run takes place: for the baseline, for a proposal, as a reference in a contest, to see whether the machine
 * drifted, or afresh at the end, to confirm what was gained.
 */
export type RunRole = "baseline" | "challenger" | "reference" | "canary" | "confirm";

/** One execution of the lab's command. It belongs to the experiment whose commit it runs. */
export interface Run {
  /** 1, 2, … within its experiment. */
  readonly run: number;
  readonly role: RunRole;
  readonly commit: Commit;
  /** The job's name at the runner. */
  readonly job: string;
  /** Given to the run as NIGHTYARD_SEED. */
  readonly seed: number;
  /** The open experiment that asked for a reference run; undefined for the other roles. */
  readonly asked?: ExperimentNumber | undefined;
  /** Where it takes place; missing where there is only one slot. */
  readonly slot?: number | undefined;
  readonly outcome?: Outcome | undefined;
  readonly resources?: Resources | undefined;
  readonly measurement?: Measurement | undefined;
}

/** How one turn of the agent ended; the change itself, if any, is in the experiment's proposal. */
export interface TurnRecord {
  readonly turn: number;
  readonly kind:
    | "proposed"
    | "noChange"
    | "refused"
    | "failed"
    | "exhausted"
    | "rateLimited"
    | "outOfScope"
    | "duplicate";
  readonly why?: string | undefined;
  /** Only when rate-limited: ISO time before which the agent is not asked again. */
  readonly until?: string | undefined;
  readonly usage: Usage;
  /** Who had the turn: the one agent of a mix, "person" for a change that was handed in. Missing in older ledgers. */
  readonly agent?: string | undefined;
  /** Another agent of a mix can be asked at once. */
  readonly elsewhere?: boolean | undefined;
}

/** Where an experiment of an imported session comes from: somebody's file, as it was found. All text is untrusted. */
export interface Origin {
  /** Its line in the file, from 1. */
  readonly line: number;
  /** What the file calls the commit; "" when it calls it nothing. */
  readonly commit: string;
  /** What the file says of its end, in its own words. */
  readonly status: string;
  /** What was odd about the row, and what was done about it. */
  readonly remarks: readonly string[];
}

/** A proposal that could not be merged onto the champion. */
export interface Conflict {
  readonly proposal: Proposal;
  readonly files: readonly string[];
  /** So many turns had been taken: those from here on make the change again. */
  readonly turns: number;
}

/** Everything the ledger knows of one experiment. */
export interface Experiment {
  readonly number: ExperimentNumber;
  /** The champion it started from, or was brought onto since. */
  readonly parent: Commit;
  /** The experiment which that champion is; missing in older ledgers. */
  readonly from?: ExperimentNumber | undefined;
  readonly openedAt: string;
  readonly closedAt?: string | undefined;
  /** Hash of the program that was in force. */
  readonly program: string;
  readonly turns: readonly TurnRecord[];
  /** The last proposal; a repair replaces the first one (both stay reachable). */
  readonly proposal?: Proposal | undefined;
  /** A proposal of it that could not be merged onto a later champion: the agent makes it again. */
  readonly conflict?: Conflict | undefined;
  /** JSON that the agent wants to find again. */
  readonly memo?: unknown;
  /** Receipts of the gates of the current proposal; undefined: they did not run. */
  readonly receipts?: readonly Receipt[] | undefined;
  readonly runs: readonly Run[];
  readonly verdict?: Verdict | undefined;
  /** The person's own words to find it again by; missing: none were ever given. See tags.ts. */
  readonly tags?: readonly string[] | undefined;
  /** Only in an imported session: none of it took place here. */
  readonly imported?: Origin | undefined;
}

/** Who made the proposal, or had the last turn; undefined in older ledgers and for the baseline. */
export function agentOf(e: Experiment): string | undefined {
  return e.turns.findLast((t) => t.kind === "proposed")?.agent ?? e.turns.at(-1)?.agent;
}

/** A short name of the commit that was proposed: as an imported file writes it, else seven digits; undefined: none. */
export function shortCommit(e: Experiment): string | undefined {
  const commit = e.proposal?.commit;
  if (commit !== undefined && commit !== NO_COMMIT) return commit.slice(0, 7);
  const claimed = e.imported?.commit ?? "";
  return claimed === "" ? undefined : /^[0-9a-f]{7,64}$/i.test(claimed) ? claimed.slice(0, 7) : claimed;
}

/** What an experiment needs next. */
export type Stage = "propose" | "gate" | "run" | "measure" | "judge" | "done";

/** The whole life of an experiment is this function of what the ledger knows of it. */
export function stageOf(e: Experiment): Stage {
  if (e.verdict !== undefined) return "done";
  if (e.proposal === undefined && e.number > 0) return "propose";
  if (e.receipts === undefined) return "gate";
  const open = openRun(e);
  if (open !== undefined) return open.outcome === undefined ? "run" : "measure";
  return "judge";
}

/** The run that was asked for and is not yet measured; undefined when there is none. */
export function openRun(e: Experiment): Run | undefined {
  return e.runs.find((r) => r.outcome === undefined || (r.measurement === undefined && !wasLost(r)));
}

/** A run that says nothing about the proposal: it was cancelled, or the machine lost it. It is asked for again. */
export function wasLost(run: Pick<Run, "outcome">): boolean {
  return run.outcome?.kind === "cancelled" || run.outcome?.kind === "lost";
}

/** Metrics of the runs that the judge saw, in order; fresh runs at the end of a session are kept apart. */
export function metricsOf(e: Experiment): readonly number[] {
  return e.runs
    .filter((r) => r.role !== "confirm")
    .map((r) => r.measurement?.metric)
    .filter((m): m is number => m !== undefined);
}

/** Mean of an experiment's runs; undefined when none gave a number. */
export function meanMetric(e: Experiment): number | undefined {
  const metrics = metricsOf(e);
  return metrics.length === 0 ? undefined : metrics.reduce((sum, m) => sum + m, 0) / metrics.length;
}

/** A run's end in words. */
export function describeOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case "finished":
      return "finished";
    case "crashed":
      return (
        outcome.why ?? (outcome.signal === undefined ? `exit code ${outcome.exitCode}` : `signal ${outcome.signal}`)
      );
    case "timedOut":
      return `timed out after ${Math.round(outcome.afterSeconds)} s`;
    case "outOfMemory":
      return `out of memory: ${outcome.why}`;
    case "stoppedEarly":
      return `stopped early: ${outcome.why}`;
    case "cancelled":
      return "cancelled";
    case "lost":
      return `lost: ${outcome.why}`;
    default:
      return outcome satisfies never;
  }
}
