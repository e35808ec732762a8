/**
 * The steps that there are, and what a plan looks at.
 */
import type { Experiment, RunRole } from "../experiment.ts";
import type { Decision } from "../judge.ts";
import type { Session } from "../ledger/session.ts";
import type { Program } from "../program.ts";

export type Step =
  | { readonly do: "open" }
  | { readonly do: "propose"; readonly experiment: number; readonly turn: number; readonly repair: boolean }
  /** `patient`: a change that is handed in meanwhile does not end it, for there is no use for it yet. */
  | { readonly do: "wait"; readonly until: string; readonly patient?: boolean }
  /** The agent failed again and again: leave it alone for so long. */
  | { readonly do: "pause"; readonly seconds: number; readonly detail: string }
  | { readonly do: "gate"; readonly experiment: number }
  /** The champion moved since the proposal was made: bring it onto the present one. */
  | { readonly do: "rebase"; readonly experiment: number }
  | { readonly do: "ask"; readonly experiment: number; readonly role: RunRole; readonly asked?: number | undefined }
  | { readonly do: "run"; readonly experiment: number; readonly run: number }
  | { readonly do: "measure"; readonly experiment: number; readonly run: number }
  | { readonly do: "decide"; readonly experiment: number; readonly decision: Decision }
  | {
      readonly do: "close";
      readonly experiment: number;
      readonly rule: string;
      readonly reason: string;
      readonly crash?: boolean;
    }
  /** Fresh runs of baseline and champion are in: say what they show. */
  | { readonly do: "confirm" }
  | { readonly do: "end"; readonly why: EndReason; readonly detail: string };

export type EndReason = "experiments" | "time" | "exhausted" | "agent" | "baseline" | "cap";

/** What a step needs for itself while it is done; "now" is over before anything else is looked at. */
export type Lane = "agent" | "slot" | "now";

/** Where a step is done. A gate takes a slot: run beside a run it would slow that one's clock. */
export function laneOf(step: Step): Lane {
  switch (step.do) {
    case "propose":
    case "wait":
    case "pause":
      return "agent";
    case "gate":
    case "run":
    case "measure":
      return "slot";
    default:
      return "now";
  }
}

/** Names a step that is being done: never two of a name at once. */
export function keyOf(step: Step): string {
  const lane = laneOf(step);
  if (lane === "agent" || !("experiment" in step)) return lane;
  return "run" in step ? `${step.experiment}/${step.run}` : `${step.experiment}/${step.do}`;
}

export interface View {
  readonly session: Session;
  /** The program in force. */
  readonly program: Program;
  readonly find: (n: number) => Experiment | undefined;
  /** Now, for waiting out a rate limit; ISO. */
  readonly now: string;
  /** Fresh runs each of baseline and champion before the session ends; 0: none. */
  readonly confirmRuns: number;
  /** Runs at once. */
  readonly slots: number;
  /** Proposals made ahead while all slots are taken; 0: none. */
  readonly lookahead: number;
  /** Names of the steps that are being done (see keyOf). */
  readonly doing: ReadonlySet<string>;
  /** A change that a person has handed in waits: it needs no agent. */
  readonly handedIn?: boolean | undefined;
  /** Seconds of each pause of an agent that failed again and again. Default: none. */
  readonly agentPauses?: readonly number[] | undefined;
}
