/**
 * From the constants of all files to what may be turned: knobs and constants side by side, with the champion's values.
 *
 * At most 200 knobs, those with a stated range first: more could not be learnt in a night, and the memo is bounded.
 */
import type { Constant } from "./constant.ts";
import { levels, type Value } from "./domain.ts";
import { expectedWeight } from "./names.ts";
import type { Assignment, Knob } from "./search.ts";
import { placeConstant } from "./space.ts";

const MOST_KNOBS = 200;

export interface Space {
  readonly knobs: readonly Knob[];
  /** In the order of the knobs. */
  readonly constants: readonly Constant[];
  /** The champion's, as read from its files. */
  readonly values: Assignment;
  /** Comments that look like ranges and are none: file, line and what is wrong. */
  readonly faults: readonly string[];
  /** How many could be turned and are left alone because there are too many. */
  readonly leftOut: number;
}

/** The space over all constants; `first` has the earliest value known of each. */
export function readSpace(constants: readonly Constant[], first: ReadonlyMap<string, Value>): Space {
  const faults: string[] = [];
  const rows: { readonly knob: Knob; readonly constant: Constant; readonly stated: boolean }[] = [];
  for (const constant of constants) {
    const { domain, fault, stated } = placeConstant(constant, first.get(constant.key));
    if (fault !== undefined) faults.push(`${constant.file}:${constant.line} ${constant.name}: ${fault}`);
    if (domain === undefined || (levels(domain)?.length ?? 2) < 2) continue;
    rows.push({ knob: { key: constant.key, domain, weight: expectedWeight(constant.name) }, constant, stated });
  }
  const chosen = [...rows.filter((row) => row.stated), ...rows.filter((row) => !row.stated)].slice(0, MOST_KNOBS);
  return {
    knobs: chosen.map((row) => row.knob),
    constants: chosen.map((row) => row.constant),
    values: Object.fromEntries(chosen.map(({ knob, constant }) => [knob.key, constant.literal.value])),
    faults,
    leftOut: rows.length - chosen.length,
  };
}
