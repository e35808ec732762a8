/**
 * Which way is better, where a file does not say so: by the metric's name, checked against what was kept. Pure.
 *
 * Promises: an answer only where name and record agree; else the person is asked, with what the record looks like.
 */
import type { Goal } from "../experiment.ts";

const LOWER = new RegExp(
  "bpb|bpc|loss|ppl|perplexity|error|_err$|wer|cer|rmse|mae|mse|latency|seconds|_ms|_s$|_us|_ns|µs|bytes|size|" +
    "mem|duration|runtime|time|regret|fid|nll|cost",
  "i",
);
const HIGHER = new RegExp(
  "acc|accuracy|f1|auc|score|reward|win|mrr|ndcg|recall|precision|throughput|tok|per_s|r2|bleu|rouge|pass|hits|iou|" +
    "map$|speedup|ops",
  "i",
);

/** Steps from one kept number to the next. */
export interface Trend {
  readonly last?: number | undefined;
  readonly up: number;
  readonly down: number;
}

export const NO_TREND: Trend = { up: 0, down: 0 };

export function withKept(trend: Trend, metric: number | undefined): Trend {
  if (metric === undefined) return trend;
  const { last, up, down } = trend;
  if (last === undefined) return { ...trend, last: metric };
  return { last: metric, up: up + (metric > last ? 1 : 0), down: down + (metric < last ? 1 : 0) };
}

/** The direction, or why it is not clear, in words. */
export function goalOf(metric: string, trend: Trend): Goal | { readonly unclear: string } {
  const [lower, higher] = [LOWER.test(metric), HIGHER.test(metric)];
  const named = lower === higher ? undefined : lower ? "minimize" : "maximize";
  const seen = trend.down > trend.up ? "minimize" : trend.up > trend.down ? "maximize" : undefined;
  const looks = seen === undefined ? "" : `; its kept numbers mostly go ${seen === "minimize" ? "down" : "up"}`;
  if (named === undefined) return { unclear: `whether a lower or a higher ${metric} is better${looks}` };
  const against = named === "minimize" ? trend.up : trend.down;
  const along = named === "minimize" ? trend.down : trend.up;
  if (against > along && against >= 2) {
    return { unclear: `whether a lower or a higher ${metric} is better: the name says ${named}${looks}` };
  }
  return named;
}
