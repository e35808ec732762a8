/**
 * Which column of a results.tsv is which, and which word of a status means what, over the headers seen in the wild.
 *
 * A name that is not known is not dropped silently: the first unknown column before the status is the metric, the
 * others are named in `ignored`.
 */

/** The word for an experiment's end in the classic file. */
export type Status = "keep" | "discard" | "crash";

/** Positions of the columns that are read; memory and description may be missing. */
export interface Layout {
  readonly metricName: string;
  readonly commit: number;
  readonly metric: number;
  readonly status: number;
  readonly memory: number | undefined;
  /** What one unit of the memory column is in GB. */
  readonly memoryUnit: number;
  readonly description: number | undefined;
  readonly width: number;
  readonly ignored: readonly string[];
}

export const COMMIT = /^(commit|commit[ _]?(hash|sha|id)|hash|sha|git[ _]?(hash|sha|commit)|rev|revision)$/;
export const STATUS = /^(status|verdict|decision|outcome|result|kept|keep\/discard|action)$/;
export const MEMORY = /^(peak[ _])?(memory|mem|vram|gpu[ _]mem(ory)?)([ _]?\(?(gb|gib|mb|mib)\)?)?$/;
export const DESCRIPTION =
  /^(description|desc|notes?|comments?|change|changes|summary|hypothesis|idea|what|message|experiment[ _]description)$/;
/** Columns that are never the metric: counters, times, names, and what the training reports beside it. */
export const NO_METRIC = [
  /^(|n|no|nr|id|exp|experiment|run|iter|iteration|step|trial|index|tag|branch|agent|author)$/,
  /^(date|time|timestamp|datetime|started|when|seconds|duration|minutes|.*_(s|secs?|seconds|min|minutes|at|time))$/,
  /^(delta|diff|change[ _]%|improvement|params.*|num_.*|tokens.*|mfu.*|.*tok.*)$/,
];
export const LIKELY_METRIC = /(bpb|loss|ppl|perplexity|acc|accuracy|score|metric|f1|auc|error|reward|latency|size)/;

/** The classic header for a metric's name. */
export function header(metric: string): readonly string[] {
  return ["commit", metric, "memory_gb", "status", "description"];
}

/** The layout a header describes, or why it describes none. */
export function layoutOf(names: readonly string[]): Layout | { readonly wrong: string } {
  const plain = names.map((name) =>
    name
      .slice(0, 100)
      .trim()
      .toLowerCase()
      .replace(/^[#*_`"'\s]+|[*_`"']+$/g, ""),
  );
  const find = (pattern: RegExp) => {
    const index = plain.findIndex((name) => pattern.test(name));
    return index < 0 ? undefined : index;
  };
  const [commit, status, memory, description] = [find(COMMIT), find(STATUS), find(MEMORY), find(DESCRIPTION)];
  if (commit === undefined) return { wrong: "a column commit" };
  if (status === undefined) return { wrong: "a column status" };
  const taken = [commit, status, memory, description];
  const free = plain.map((_, index) => index).filter((index) => !taken.includes(index));
  const numbers = free.filter((index) => !NO_METRIC.some((pattern) => pattern.test(plain[index]!)));
  const metric = numbers.find((index) => LIKELY_METRIC.test(plain[index]!)) ?? numbers[0];
  if (metric === undefined) return { wrong: "a column with the metric, such as val_bpb" };
  const memoryUnit = memory !== undefined && /mi?b\)?$/.test(plain[memory]!) ? 1 / 1024 : 1;
  const ignored = free.filter((index) => index !== metric).map((index) => names[index]!.trim());
  const metricName = names[metric]!.trim();
  return { metricName, commit, metric, status, memory, memoryUnit, description, width: names.length, ignored };
}

const WORDS: readonly (readonly [RegExp, Status])[] = [
  [/^(keep|kept|keeper|improved|improvement|accept|accepted|baseline|best|win|success)\b/, "keep"],
  [/^(discard|discarded|drop|dropped|revert|reverted|reject|rejected|worse|neutral|tie|no improvement)\b/, "discard"],
  [/^(crash|crashed|fail|failed|failure|error|oom|out of memory|timeout|timed out|nan)\b/, "crash"],
];

/** The status a cell means; undefined when it is not known. Case, marks and remarks do not count. */
export function statusOf(cell: string): Status | undefined {
  const word = cell
    .trim()
    .toLowerCase()
    .replace(/_/g, " ")
    .replace(/^[^a-z]+/, "");
  return WORDS.find(([pattern]) => pattern.test(word))?.[1];
}
