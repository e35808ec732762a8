/**
 * The question a search method is asked each turn and the form of its answer. Pure: no files, no clock.
 *
 * A method sees the knobs, the champion's values and what earlier proposals came to, and names the next assignment.
 */
import type { Domain, Value } from "./domain.ts";

/** One value for each knob, by key. */
export type Assignment = Readonly<Record<string, Value>>;

/** A constant that may be turned. */
export interface Knob {
  readonly key: string;
  readonly domain: Domain;
  /** How much is expected of it before anything is known; 1 is usual, larger is sooner. */
  readonly weight: number;
}

/** One earlier proposal and what came of it. */
export interface Seen {
  readonly experiment: number;
  readonly values: Assignment;
  /** Keys it changed against the champion of its day. */
  readonly changed: readonly string[];
  /** Lower is better; missing when nothing was measured. */
  readonly loss?: number | undefined;
  /** "pending": proposed and not judged yet. */
  readonly verdict: "keep" | "discard" | "crash" | "pending";
}

export interface Question {
  readonly knobs: readonly Knob[];
  readonly champion: Assignment;
  /** Lower is better, like `Seen.loss`. */
  readonly championLoss?: number | undefined;
  /** Standard deviation of a loss when nothing changes. */
  readonly noise?: number | undefined;
  readonly seen: readonly Seen[];
  readonly seed: number;
}

/** The next assignment, never one that was seen; undefined when a finite space is used up. */
export type Strategy = (question: Question) => Assignment | undefined;

/** A text that is the same exactly when two assignments give every knob the same value. */
export function fingerprint(knobs: readonly Knob[], values: Assignment): string {
  return JSON.stringify(knobs.map((knob) => values[knob.key] ?? null));
}

/** Everything that must not be proposed again: the champion and every earlier proposal over the same knobs. */
export function triedBy(question: Question): ReadonlySet<string> {
  const { knobs, champion, seen } = question;
  return new Set([champion, ...seen.map((s) => s.values)].map((values) => fingerprint(knobs, values)));
}

/** The knobs whose value differs between two assignments. */
export function changedBetween(knobs: readonly Knob[], before: Assignment, after: Assignment): readonly string[] {
  return knobs.filter((knob) => before[knob.key] !== after[knob.key]).map((knob) => knob.key);
}
