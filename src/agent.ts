/**
 * The seam behind which every agent lives: anything that changes files in a worktree and says why.
 *
 * One turn makes one proposal and ends. What was changed is read from git by the harness, never from the answer.
 */
import type { Goal, Usage } from "./experiment.ts";

/** One earlier experiment, as an agent may know it: no held-out number is in here. */
export interface Past {
  readonly experiment: number;
  readonly verdict: "keep" | "discard" | "crash";
  /** Mean over the experiment's runs; missing when nothing could be measured. */
  readonly metric?: number | undefined;
  readonly reason: string;
  readonly hypothesis: string;
  /** What the same agent left as its memory of that proposal (see Answer.memo); undefined for other agents' work. */
  readonly memo?: unknown;
}

/** What an agent is told: generated from the ledger, bounded, the same for the same ledger. */
export interface Briefing {
  readonly experiment: number;
  /** The body of program.md. */
  readonly program: string;
  readonly metric: string;
  readonly goal: Goal;
  /** Globs of the files that may change, relative to the lab folder. */
  readonly scope: readonly string[];
  /** The champion's metric: mean of its runs. */
  readonly championMetric?: number | undefined;
  /** Measured noise, in units of the metric; missing when not known yet. */
  readonly noise?: number | undefined;
  readonly past: readonly Past[];
  /** Set on a repair turn: the end of the crashed run's log. Untrusted text. */
  readonly crashLog?: string | undefined;
  /** Deterministic source of randomness for this turn: derived from session and experiment. */
  readonly seed: number;
}

export interface Turn {
  /** The lab folder inside a worktree that stands on the champion; the agent edits files there. Absolute. */
  readonly dir: string;
  readonly briefing: Briefing;
  readonly timeoutSeconds: number;
  /** Transcript of the turn, for an agent that has one; absolute. */
  readonly transcriptFile: string;
  readonly signal: AbortSignal;
}

/** How a turn ended. Failures are values: an agent never throws for what a model, a network or a program did. */
export type Answer =
  | {
      readonly kind: "proposed";
      readonly hypothesis: string;
      readonly description: string;
      /** Only a word: what removes code is judged as a simplification, whatever it is called. */
      readonly intent?: "improve" | "simplify" | undefined;
      /** JSON the agent wants to find again in `Past.memo`; at most 64 KiB. */
      readonly memo?: unknown;
      readonly usage: Usage;
    }
  | { readonly kind: "noChange"; readonly why: string; readonly usage: Usage }
  | { readonly kind: "refused"; readonly why: string; readonly usage: Usage }
  | { readonly kind: "failed"; readonly why: string; readonly usage: Usage }
  /** The agent has nothing left to try (a finite search space is used up). */
  | { readonly kind: "exhausted"; readonly why: string; readonly usage: Usage }
  | { readonly kind: "rateLimited"; readonly until?: string | undefined; readonly why: string; readonly usage: Usage };

/**
 * Contract, checked for every agent by `test/agents/contract.ts`:
 * - `propose` writes only below `turn.dir`, and never rejects except with the reason of an aborted signal;
 * - after an abort or the timeout no process of the agent is left;
 * - it commits nothing and leaves git alone.
 */
export interface Agent {
  readonly name: string;
  propose(turn: Turn): Promise<Answer>;
}
