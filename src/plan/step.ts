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
  | { readonly do: "wait"; readonly until: string }
  | { readonly do: "gate"; readonly experiment: number }
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

export type EndReason = "experiments" | "time" | "exhausted" | "agent" | "baseline";

export interface View {
  readonly session: Session;
  /** The program in force. */
  readonly program: Program;
  readonly find: (n: number) => Experiment | undefined;
  /** Now, for waiting out a rate limit; ISO. */
  readonly now: string;
  /** Fresh runs each of baseline and champion before the session ends; 0: none. */
  readonly confirmRuns: number;
}
