/**
 * Says in one line what a proposal turns and why, from what earlier proposals came to:
 * `LEARNING_RATE 0.003 → 0.006: going up paid twice (e0004, e0007)`.
 */
import { oneLine } from "../../util/text.ts";
import { toUnit, type Value } from "./domain.ts";
import type { Remembered } from "./memory.ts";
import type { Knob } from "./search.ts";

export interface Change {
  readonly knob: Knob;
  /** The name as a person would say it. */
  readonly label: string;
  readonly from: Value;
  readonly to: Value;
  /** As they stand in the file. */
  readonly texts: { readonly from: string; readonly to: string };
}

const LONGEST = 240;

/** One line, the changes separated by semicolons. */
export function hypothesisOf(changes: readonly Change[], past: readonly Remembered[]): string {
  const parts = changes.map((change) => {
    return `${change.label} ${change.texts.from} → ${change.texts.to}: ${reasonOf(change, past)}`;
  });
  return oneLine(parts.join("; "), LONGEST);
}

/** An earlier change of the same constant: which way it went and what it brought. */
interface Step {
  readonly experiment: number;
  readonly side: number;
  readonly to: Value;
  readonly kept: boolean;
}

function reasonOf(change: Change, past: readonly Remembered[]): string {
  const steps = past.flatMap((seen) => stepOf(change.knob, seen));
  if (steps.length === 0) return "not tried yet";
  const { domain } = change.knob;
  if (domain.kind === "choice" && !domain.ordered) return choiceReason(change, steps);
  const side = Math.sign(toUnit(domain, change.to) - toUnit(domain, change.from));
  const same = steps.filter((step) => step.side === side);
  const other = steps.filter((step) => step.side === -side);
  const [here, there] = side > 0 ? ["up", "down"] : ["down", "up"];
  const paid = same.filter((step) => step.kept);
  if (paid.length > 0) return `going ${here} paid ${times(paid)}`;
  const lost = other.filter((step) => !step.kept);
  if (same.length === 0 && lost.length > 0) return `going ${there} did not pay ${listed(lost)}`;
  if (same.length === 0) return `going ${there} paid ${times(other)}, now a look back`;
  return `going ${here} did not pay yet ${listed(same)}, now another step`;
}

function choiceReason(change: Change, steps: readonly Step[]): string {
  const before = steps.filter((step) => step.to === change.to);
  if (before.length === 0) return "this value was not tried yet";
  const kept = before.filter((step) => step.kept);
  if (kept.length > 0) return `it paid ${times(kept)}`;
  return `tried ${listed(before)} beside other values`;
}

function stepOf(knob: Knob, seen: Remembered): readonly Step[] {
  const [from, to] = [seen.was[knob.key], seen.values[knob.key]];
  if (!seen.changed.includes(knob.key) || from === undefined || to === undefined) return [];
  const side = Math.sign(toUnit(knob.domain, to) - toUnit(knob.domain, from));
  return [{ experiment: seen.experiment, side, to, kept: seen.verdict === "keep" }];
}

function times(steps: readonly Step[]): string {
  const word = ["never", "once", "twice"][steps.length] ?? `${steps.length} times`;
  return `${word} ${listed(steps)}`;
}

/** The last three, so that the line stays short. */
function listed(steps: readonly Step[]): string {
  const names = steps.slice(-3).map((step) => `e${String(step.experiment).padStart(4, "0")}`);
  return `(${steps.length > 3 ? "… " : ""}${names.join(", ")})`;
}
