/**
 * A guard: a limit on another metric that every keep must respect, written `peak_memory_mb <= 4096`.
 *
 * Numbers are plain, in the unit of the metric; `4GB` is refused rather than guessed.
 */

/** A limit on another metric. `text` is the guard as written. */
export interface Guard {
  readonly metric: string;
  readonly op: "<=" | ">=" | "<" | ">";
  readonly limit: number;
  readonly text: string;
}

/** What the name of a metric may look like: also the grammar of metric lines. */
export const METRIC_NAME = /^[A-Za-z_][\w./-]{0,63}$/;

const GUARD =
  /^([A-Za-z_][\w./-]{0,63})\s*(<=|>=|<|>)\s*([+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,3})?)$/;

/** The guard, or what is wrong with it in a few words. */
export function parseGuard(text: string): Guard | { readonly wrong: string } {
  const trimmed = text.trim();
  const match = GUARD.exec(trimmed);
  if (match === null) return { wrong: whatIsWrong(trimmed) };
  const limit = Number(match[3]);
  if (!Number.isFinite(limit)) return { wrong: "a finite limit" };
  return { metric: match[1]!, op: match[2] as Guard["op"], limit, text: trimmed };
}

function whatIsWrong(text: string): string {
  if (/^\S+\s*[<>]=?\s*[\d.]+\s*[A-Za-z%]+$/.test(text)) {
    return "a limit without a unit, in the unit of the metric: peak_memory_mb <= 4096";
  }
  if (/==|!=|=<|=>|[≤≥]/.test(text)) return "one of <=, >=, < and >, as in peak_memory_mb <= 4096";
  return "a metric, one of <=, >=, < and >, and a number, as in peak_memory_mb <= 4096";
}
