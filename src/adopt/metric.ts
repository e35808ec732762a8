/**
 * Which number decides, as far as train.py's text says it: the names that it prints as `name: value`. Only the
 * original's own metric has a known direction; any other is asked for.
 */

import type { Goal } from "../experiment.ts";
import { CLASSIC_METRIC } from "../program/classic.ts";
import type { AdoptAnswers, Missing } from "./answers.ts";

export interface Metric {
  readonly name: string;
  readonly goal: Goal;
}

/** `print(f"val_bpb:   {val_bpb:.6f}")`, with whatever stands around it. */
const PRINTED = /\bprint\(\s*[rRfFbB]{0,2}["']{1,3}([A-Za-z_][\w./-]{0,63})\s*:\s*[{%"']/g;

/** Names that the text prints with a value, in their order, each once, at most 40. */
export function printedNames(train: string): readonly string[] {
  return [...new Set([...train.matchAll(PRINTED)].map((match) => match[1]!))].slice(0, 40);
}

export interface FoundMetric {
  readonly metric: Metric | undefined;
  readonly missing: readonly Missing[];
}

export function metricOf(train: string, { metric, goal }: AdoptAnswers): FoundMetric {
  const names = printedNames(train);
  const name = metric ?? (names.includes(CLASSIC_METRIC) ? CLASSIC_METRIC : undefined);
  if (name === undefined) {
    const seen = names.length === 0 ? "no line `name: value`" : `${names.join(", ")}, and no ${CLASSIC_METRIC}`;
    const what = `which number decides: train.py prints ${seen}`;
    return { metric: undefined, missing: [{ what, ask: "--metric <name> --goal <goal>", needed: true }] };
  }
  const way = goal ?? (name === CLASSIC_METRIC ? "minimize" : undefined);
  if (way === undefined) {
    const what = `which way ${name} is better`;
    return { metric: undefined, missing: [{ what, ask: "--goal minimize or --goal maximize", needed: true }] };
  }
  const what = `where train.py prints ${name}`;
  const ask = `a run without a line \`${name}: <number>\` counts as crashed`;
  const missing = names.includes(name) ? [] : [{ what, ask, needed: false }];
  return { metric: { name, goal: way }, missing };
}
