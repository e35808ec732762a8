/**
 * The seam behind which every agent lives: anything that changes files in a worktree and says why.
 *
 * One turn makes one proposal and ends. What was changed is read from git by the harness, never from the answer.
 */
import type { Findings } from "./agent/findings.ts";
import type { Standing } from "./agent/standing.ts";
import type { Goal, Usage } from "./experiment.ts";
import type { Fence, Sandbox } from "./sandbox.ts";

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

/** A proposal that waits for its run, or is being run. */
export type Pending = Pick<Past, "experiment" | "hypothesis" | "memo">;

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
  /** Proposals that are made and not judged yet, also this agent's own: not to be made again. */
  readonly pending?: readonly Pending[] | undefined;
  /** Set on a repair turn: the end of the crashed run's log. Untrusted text. */
  readonly crashLog?: string | undefined;
  /** Deterministic source of randomness for this turn: derived from session and experiment. */
  readonly seed: number;
  /** What the ledger says of the session, for an agent that reads: see briefing/text.ts. */
  readonly findings?: Findings | undefined;
  /** Who did what so far, for an agent made of several. */
  readonly standing?: Standing | undefined;
}

/** What one turn may spend at most; missing means no limit. Tokens are those read and written, cached ones too. */
export interface TurnLimits {
  readonly dollars?: number | undefined;
  readonly tokens?: number | undefined;
}

export interface Turn {
  /** The lab folder inside a worktree that stands on the champion; the agent edits files there. Absolute. */
  readonly dir: string;
  /** Top of that worktree: the only place an agent that is a program may write, beside `tmp`. Absolute. */
  readonly root: string;
  /** A private folder for temporary files and an empty home; removed after the turn. Absolute. */
  readonly tmp: string;
  readonly briefing: Briefing;
  readonly limits: TurnLimits;
  /** What fences an agent that is a program of its own (see sandbox.ts). */
  readonly sandbox: Sandbox;
  /** The fence for it: writes in `root` and `tmp`, no network. A kind adds what it needs (its endpoint, its login). */
  readonly fence: Fence;
  readonly timeoutSeconds: number;
  /**
   * Resolves when a person has handed in a change (`nightyard propose`), or when the signal is aborted: an agent that
   * only waits gives its turn up for it. Missing where the turn is not theirs to take: a repair, a proposal to be made
   * anew.
   */
  readonly handedIn?: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** Transcript of the turn, for an agent that has one; absolute. */
  readonly transcriptFile: string;
  readonly signal: AbortSignal;
}

/** How a turn ended. Failures are values: an agent never throws for what a model, a network or a program did. */
export type Answer = AnswerKind & {
  /** Who answered, where the agent is made of several; otherwise it is the agent's name. */
  readonly agent?: string | undefined;
  /** No proposal from this one, but another one (of a mix, or the person) can be asked at once. */
  readonly elsewhere?: boolean | undefined;
};

type AnswerKind =
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

/** What a free agent does not report is 0; what another one does not report is unknown. */
export function knownUsage(agent: Pick<Agent, "free">, usage: Usage): Usage {
  if (agent.free !== true) return usage;
  const { inputTokens = 0, outputTokens = 0, dollars = 0 } = usage;
  return { ...usage, inputTokens, outputTokens, dollars };
}

/**
 * Contract, checked for every agent by `test/agents/contract.ts`:
 * - `propose` writes only below `turn.dir`, and never rejects except with the reason of an aborted signal;
 * - after an abort or the timeout no process of the agent is left;
 * - it commits nothing and leaves git alone.
 */
export interface Agent {
  readonly name: string;
  /** A turn costs neither tokens nor dollars: that it reports none means 0, not "unknown". */
  readonly free?: boolean | undefined;
  /** What a person should know before a session begins; one line. */
  readonly note?: string | undefined;
  propose(turn: Turn): Promise<Answer>;
}
