/**
 * Who did what in a session so far, as the ledger knows it: what an agent made of several agents decides by.
 *
 * Numbers fade: every verdict multiplies them by `FADE`, so that what an agent yields now counts more than what it
 * yielded when gains were easy. Types only, and the one constant.
 */

/** Half of a number is gone after 34 verdicts. */
export const FADE = 0.98;

/** One agent's share of a session; all sums fade. */
export interface Tally {
  /** Experiments with a verdict. */
  readonly experiments: number;
  /** Kept ones. */
  readonly kept: number;
  /** What the kept ones gained, in score units. */
  readonly gain: number;
  /** Its turns and the runs of its proposals. */
  readonly seconds: number;
  readonly dollars: number;
  /** Turns whose price is known. */
  readonly priced: number;
  /** Experiments in a row, up to now, without a usable proposal; this does not fade. */
  readonly failures: number;
  /** ISO time before which it is not asked again: it is rate-limited. */
  readonly restsUntil?: string | undefined;
  /** It has nothing left to try in this sitting. */
  readonly exhausted?: boolean | undefined;
}

export const NO_TALLY: Tally = { experiments: 0, kept: 0, gain: 0, seconds: 0, dollars: 0, priced: 0, failures: 0 };

/** What a mix is told. */
export interface Standing {
  readonly tallies: Readonly<Record<string, Tally>>;
  /** Who made the proposal that crashed, or that does not fit any more, when the turn is to mend it. */
  readonly proposedBy?: string | undefined;
  /** Who made the champion; undefined while it is the baseline. */
  readonly championBy?: string | undefined;
  /** Experiments since the last keep. */
  readonly sinceKeep: number;
  /** So many experiments without a keep are a plateau; 0: never. */
  readonly plateau: number;
}
