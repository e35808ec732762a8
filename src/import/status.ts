/**
 * What a file's word for an experiment's end means here. A word that is not known is never a keep. Pure.
 */
import type { VerdictKind } from "../experiment.ts";
import { statusOf } from "../results-tsv/columns.ts";

/** Not yet at its end: no experiment of the record. */
const OPEN = /^(running|pending|in[ _-]?progress|todo|planned|queued|wip|started|next|tbd|not run|skip(ped)?)\b/;
const GATE = /^(checks?[ _-]?failed|gate|tests?[ _-]?failed|lint[ _-]?failed|invalid|refused|blocked)\b/;
const MORE_CRASHES = /^(diverged|exploded|killed|hang|hung|aborted|segfault|exception|broken|cuda)\b/;
const MORE_KEEPS = /^(new best|sota|merged|adopted|✓|✅)/;

/** The kind, and for a gate the rule; undefined when the word says nothing; "open" when it did not end. */
export function kindOf(cell: string): VerdictKind | "open" | "gate" | undefined {
  const word = cell
    .slice(0, 100)
    .trim()
    .toLowerCase()
    .replace(/^[*_`"'([\s]+/, "");
  if (OPEN.test(word)) return "open";
  if (GATE.test(word)) return "gate";
  if (MORE_CRASHES.test(word)) return "crash";
  if (MORE_KEEPS.test(word)) return "keep";
  return statusOf(word);
}

/** A column `kept` may hold yes and no. */
export function isYesOrNo(name: string, cell: string): boolean {
  return /^(kept|keep)/.test(name) && /^(yes|no|true|false|0|1|y|n)$/i.test(cell.trim());
}

export function yesOrNo(cell: string): VerdictKind {
  return /^(yes|true|1|y)$/i.test(cell.trim()) ? "keep" : "discard";
}
