/**
 * A scale: another way to run the same lab (a longer budget, a larger model, more seeds) at which `nightyard promote`
 * asks whether the night's gain is there too. What measures stays the same: metric, evaluate, prepare, frozen files.
 */
import { parseDuration } from "./duration.ts";
import type { ScaleFields } from "./schema.ts";

/** What is undefined is as in the program. */
export interface Scale {
  readonly name: string;
  readonly budgetSeconds?: number | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly run?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Fresh runs each of baseline and champion. */
  readonly seeds: number;
}

const SEEDS = 3;

export function scaleOf(fields: ScaleFields): Scale {
  const seconds = (text: string | number | undefined) => (text === undefined ? undefined : parseDuration(text));
  const budgetSeconds = seconds(fields.budget);
  return {
    name: fields.name,
    budgetSeconds,
    timeoutSeconds: seconds(fields.timeout) ?? (budgetSeconds === undefined ? undefined : 2 * budgetSeconds + 60),
    run: fields.run?.trim(),
    env: Object.fromEntries(Object.entries(fields.env ?? {}).map(([name, value]) => [name, String(value)])),
    seeds: fields.seeds ?? SEEDS,
  };
}

/** What of a program a scale changes. */
interface Scaled {
  readonly budgetSeconds: number;
  readonly timeoutSeconds: number;
  readonly run: string;
  readonly fixedEnv?: Readonly<Record<string, string>> | undefined;
}

/** The program as it runs at a scale. */
export function programAt<P extends Scaled>(program: P, scale: Scale): P {
  return {
    ...program,
    budgetSeconds: scale.budgetSeconds ?? program.budgetSeconds,
    timeoutSeconds: scale.timeoutSeconds ?? program.timeoutSeconds,
    run: scale.run ?? program.run,
    fixedEnv: scale.env,
  };
}
