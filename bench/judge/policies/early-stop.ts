/**
 * Early stopping of hopeless runs, as judge.md states it: at a fraction of the budget the final metric is predicted,
 * and the run is aborted when the prediction is worse than the bar by more than `z` prediction errors.
 *
 * The prediction error follows from the correlation r between partial and final metric over this world's proposals,
 * sd·√(1/r² − 1). A real lab estimates it from its own finished runs; the error of that estimate is not modelled.
 */
import type { Night } from "../night.ts";

export interface EarlyStop {
  /** Share of the budget at which the partial metric is read. */
  readonly fraction: number;
  /** Correlation of partial and final metric, in (0, 1). */
  readonly correlation: number;
  /** Aborted when worse by more than this many prediction errors; judge.md: 1.645. */
  readonly z: number;
  /**
   * Slots before the first abort, in which a lab learns its prediction error; and every nth proposal runs on anyway.
   */
  readonly learnSlots?: number;
  readonly auditEvery?: number;
}

/** The same with what a real lab pays: eight slots of learning and one proposal in ten finished as an audit. */
export function stopAudited(correlation: number, z = 1.645): EarlyStop {
  return { ...stopAtHalf(correlation, z), learnSlots: 11, auditEvery: 10 };
}

/** Half the budget and the rule's own threshold. */
export function stopAtHalf(correlation: number, z = 1.645): EarlyStop {
  return { fraction: 0.5, correlation, z };
}

/** Spread of most effects (clear harms included) that the reference simulation takes for the correlation. */
const EFFECT_SPREAD = 1.2;

/** Standard deviation of predicted minus final metric, 1e-3 bpb. */
export function predictionError(night: Night, correlation: number): number {
  const { sigma, nothing } = night.scenario;
  const spread = nothing ? sigma : Math.sqrt(EFFECT_SPREAD ** 2 + sigma ** 2);
  return spread * Math.sqrt(1 / correlation ** 2 - 1);
}

export interface FirstRun {
  /** The final metric; undefined when the run was aborted. */
  readonly final: number | undefined;
  /** The partial metric and its spread about the final one; undefined without early stopping. */
  readonly partial?: number | undefined;
  readonly error?: number | undefined;
}

/** A proposal's first run, aborted when its partial metric is hopeless against `bar`. */
export function firstRun(night: Night, i: number, bar: number, stop: EarlyStop | undefined): FirstRun {
  if (stop === undefined || isExempt(night, i, stop)) return { final: night.runProposal(i) };
  const error = predictionError(night, stop.correlation);
  const hopeless = (partial: number) => partial - bar > stop.z * error;
  return { ...night.runStoppable(i, { fraction: stop.fraction, error, hopeless }), error };
}

function isExempt(night: Night, i: number, stop: EarlyStop): boolean {
  return night.slot < (stop.learnSlots ?? 0) || (stop.auditEvery !== undefined && i % stop.auditEvery === 0);
}
