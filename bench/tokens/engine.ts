/**
 * The seam between the benchmark and the engines it compares: both train the same model from the same values on the same
 * batches, and are told how many steps to do next.
 */

/** What some steps took and what the loss was before each. */
export interface Steps {
  readonly seconds: number;
  readonly losses: readonly number[];
}

/** One engine, ready to train. */
export interface Engine {
  readonly name: string;
  /** Does the next `count` steps; the batches go round. */
  steps(count: number): Promise<Steps>;
  close(): Promise<void>;
}

/** What both engines start from. */
export interface Beginning {
  /** Initial values of all parameters, one after another in the order of `parameterShapes`. */
  readonly weights: Float32Array;
  /** Batches of `rows · (length + 1)` tokens: inputs are all but the last of a row, targets all but the first. */
  readonly batches: Int32Array;
}
