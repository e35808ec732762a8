/**
 * What the name of a constant gives away: what must not be turned, what is a share or a decay, and what usually
 * matters.
 *
 * Names are split into words at dots, underscores, dashes and capitals: `peakLearningRate` is peak, learning, rate.
 */

/** The words of a name in lower case. */
export function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}

const NEVER = new Set(["seed", "seeds", "version", "port", "budget", "timeout", "deadline"]);
const NEVER_PAIRS = ["random state", "time limit", "max time", "max seconds", "wall clock", "vocab size"];
const OFTEN = new Set(["every", "interval", "freq", "frequency", "period"]);
const OFTEN_WHAT = new Set(["log", "print", "report", "save", "checkpoint", "debug", "sample", "plot"]);

/**
 * Why a constant is left alone, whatever its comment says; undefined when it is not. Turning a seed is gaming the
 * metric, turning a budget is buying it, and how often something is printed is no hypothesis.
 */
export function untouchable(name: string): string | undefined {
  const words = wordsOf(name);
  const text = words.join(" ");
  const word = words.find((w) => NEVER.has(w)) ?? NEVER_PAIRS.find((pair) => ` ${text} `.includes(` ${pair} `));
  if (word !== undefined) return word;
  const isOften = words.some((w) => OFTEN.has(w)) && words.some((w) => OFTEN_WHAT.has(w));
  return isOften ? "how often something is printed" : undefined;
}

/** What kind of number a name promises. */
export type NumberKind = "share" | "decay" | "flag" | "any";

const DECAYS = new Set(["beta", "betas", "beta1", "beta2", "momentum", "ema", "gamma", "decay"]);
const SHARES = new Set(["dropout", "drop", "ratio", "frac", "fraction", "prob", "probability", "share", "portion"]);
const FLAGS = new Set(["use", "enable", "enabled", "is", "has", "with"]);

/** A decay is close under 1 and turned by its distance from it; a share lies in 0 to 1. */
export function numberKind(name: string, value: number): NumberKind {
  const words = wordsOf(name);
  if (words.some((w) => DECAYS.has(w)) && value >= 0.5 && value < 1) return "decay";
  if (words.some((w) => SHARES.has(w)) && value >= 0 && value <= 1) return "share";
  return FLAGS.has(words[0] ?? "") && (value === 0 || value === 1) ? "flag" : "any";
}

const WEIGHTS: readonly (readonly [RegExp, number])[] = [
  [/\b(?:lr|learning rate|step size)\b/, 3],
  [/\b(?:batch|depth|layers?|width|dim|hidden|heads?|embd|model)\b/, 2],
  [/\b(?:weight decay|warm ?up|warm ?down|cool ?down|schedule|momentum|beta\d?|optimi[sz]er)\b/, 1.5],
  [/\b(?:eps|epsilon|clip)\b/, 0.5],
];

/** How much is expected of a constant before anything is known; 1 is usual. */
export function expectedWeight(name: string): number {
  const text = wordsOf(name).join(" ");
  return WEIGHTS.find(([pattern]) => pattern.test(text))?.[1] ?? 1;
}
