/** Replaces literals in a text and leaves every other character as it is. */
import type { Constant } from "./constant.ts";
import type { Value } from "./domain.ts";
import { writeLiteral } from "./literal.ts";

/** The text with new values for some of its constants; values equal to the old ones are not rewritten. */
export function editText(
  text: string,
  constants: readonly Constant[],
  values: Readonly<Record<string, Value>>,
): string {
  const edits = constants
    .filter((c) => values[c.key] !== undefined && values[c.key] !== c.literal.value)
    .sort((a, b) => a.start - b.start);
  let done = 0;
  let result = "";
  for (const constant of edits) {
    result += text.slice(done, constant.start) + writeLiteral(values[constant.key]!, constant.literal.style);
    done = constant.end;
  }
  return result + text.slice(done);
}
