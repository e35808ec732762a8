/**
 * What is asked and answered when a repository is adopted.
 */

/** What the person says, where the folder does not. */
export interface AdoptAnswers {
  readonly metric?: string | undefined;
  readonly goal?: "minimize" | "maximize" | undefined;
  readonly guards: readonly string[];
  /** Propose no evaluator; the metric stays self-reported. */
  readonly noEvaluator?: boolean | undefined;
}

/** One thing that could not be found, and what answers it. */
export interface Missing {
  readonly what: string;
  readonly ask: string;
  /** Without it nothing can be proposed. */
  readonly needed: boolean;
}
