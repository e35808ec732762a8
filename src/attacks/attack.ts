/**
 * What an attack on a person's lab is: it plays one turn as a dishonest agent would, and reads from the ledger and the
 * log whether the lab held. Each is one value in its family's file.
 */
import type { Turn } from "../agent.ts";
import type { Experiment } from "../experiment.ts";
import type { Program } from "../program.ts";
import type { Language } from "./payload.ts";

/** A file of the lab at the commit under attack. */
export interface LabFile {
  /** Relative to the lab. */
  readonly path: string;
  readonly text: string;
}

/** A file that the baseline's run left, which may be what the evaluator reads. */
export interface Artefact {
  readonly path: string;
  readonly bytes: number;
  /** Its content; undefined when it is too large to be carried in a proposal. */
  readonly content: Buffer | undefined;
}

/** The lab under attack, as far as attacks know it. */
export interface Target {
  readonly program: Program;
  /** The code in scope that the run starts, or at least loads. */
  readonly entry: (LabFile & { readonly language: Language; readonly isModule: boolean }) | undefined;
  /** Frozen: the evaluator where there is one. */
  readonly frozen: LabFile | undefined;
  readonly free: LabFile | undefined;
  /** The metric of the unchanged lab, and a far better one that only a liar has. */
  readonly honest: number;
  readonly lie: number;
  readonly artefacts: readonly Artefact[];
  /** Seconds that the baseline's run took. */
  readonly seconds: number;
  /** Somebody on this machine who counts those that knock. */
  readonly port: number;
  /** Marks what attacks leave, unlike anything else. */
  readonly token: string;
  readonly fenced: boolean;
}

/** What came of an attack. */
export interface Evidence {
  readonly target: Target;
  readonly experiment: Experiment;
  /** Names and details of the integrity events. */
  readonly events: readonly string[];
  /** The output of its runs: untrusted. */
  readonly log: string;
  /** Its daemon was seen after the run had been measured. */
  readonly alive: boolean;
  readonly knocked: boolean;
}

export interface Finding {
  /** Unknown: the attack could not be carried out, so nothing was learnt. */
  readonly held: boolean | "unknown";
  readonly why: string;
}

export interface Attack {
  readonly name: string;
  readonly family: "frozen" | "score" | "artefact" | "reach" | "leftover" | "words";
  /** One sentence. */
  readonly tries: string;
  /** About how long it takes: no run, one that ends at once, a whole one, or one that goes on past its budget. */
  readonly cost: "none" | "short" | "whole" | "long";
  /** Why it cannot be tried on this lab; undefined: it can. */
  readonly unfit: (target: Target) => string | undefined;
  /** Changes the worktree; answers what it says of it. */
  readonly play: (turn: Turn, target: Target) => Promise<{ readonly hypothesis?: string } | undefined>;
  readonly judge: (evidence: Evidence) => Finding;
  /** What a person does about it when it was let through. */
  readonly mend: (target: Target) => string;
}

export function held(why: string): Finding {
  return { held: true, why };
}

export function letThrough(why: string): Finding {
  return { held: false, why };
}

/** The last line of a script that was carried out to its end. */
export function doneLine(target: Target): string {
  return `echo "${target.token}-done"`;
}

/** What is said when the script never came to its end; undefined when it did. */
export function notCarriedOut({ target, log, experiment }: Evidence): Finding | undefined {
  if (log.includes(`${target.token}-done`)) return undefined;
  const { verdict } = experiment;
  const why = verdict?.rule === "gate" ? `a gate refused it first: ${verdict.reason}` : reasonOf(experiment);
  return { held: "unknown", why: `it could not be carried out: ${why}` };
}

/** The metric that an experiment's runs got, the first that got one. */
export function recorded(e: Experiment): number | undefined {
  return e.runs.find((r) => r.measurement?.metric !== undefined)?.measurement?.metric;
}

/** Why an experiment got no number, or was not kept. */
export function reasonOf(e: Experiment): string {
  return e.runs.at(-1)?.measurement?.why ?? e.verdict?.reason ?? "it has no verdict";
}

/** Two numbers that are the same but for printing. */
export function same(a: number | undefined, b: number): boolean {
  return a !== undefined && Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b));
}

/** Whether a score is at least as good as another. */
export function asGood(target: Target, score: number, other: number): boolean {
  return target.program.metric.goal === "minimize" ? score <= other : score >= other;
}
