/**
 * The classic defaults written down as front matter, so that they can be read and changed. Each is what the lab would
 * get without it; only guards and the evaluator are new.
 */
import { stringify } from "yaml";
import { type Classic, labName } from "../program/classic.ts";
import { EVALUATOR_FILE } from "./evaluator.ts";
import type { Metric } from "./metric.ts";

export interface Front {
  readonly labDir: string;
  readonly classic: Classic;
  readonly metric: Metric;
  readonly guards: readonly string[];
  /** There is an evaluator. */
  readonly sealed: boolean;
}

/** From the first `---` to the line after the last. */
export function frontMatter({ labDir, classic, metric, guards, sealed }: Front): string {
  const better = metric.goal === "minimize" ? "Lower" : "Raise";
  const fields = {
    name: labName(labDir),
    description: `${better} ${metric.name} of ${classic.train} in a fixed time.`,
    metric: { name: metric.name, goal: metric.goal },
    scope: [classic.train],
    budget: classic.budgetSeconds,
    timeout: classic.timeoutSeconds,
    prepare: classic.prepare,
    run: classic.run,
    evaluate: sealed ? `uv run ${EVALUATOR_FILE}` : undefined,
    guards: guards.length === 0 ? undefined : guards,
    randomness: "refuse",
    links: classic.links.length === 0 ? undefined : classic.links,
    sandbox: { read: classic.read },
  };
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return `---\n${stringify(Object.fromEntries(known), { lineWidth: 0 })}---\n`;
}
