/**
 * What a run says on its way: lines `PROGRESS <fraction of the budget> <name>=<number> …`. Only for labs that declare
 * `early-stop`. Untrusted text: bounded, and a number that is none is left out.
 */
import { parseNumber } from "./metric-lines.ts";

/**
 * The value of `name` at the first line whose fraction is at least `at` and less than `at` + 0.1; undefined without
 * one.
 */
export function progressValue(log: string, name: string, at: number): number | undefined {
  for (const line of log.split("\n")) {
    const match = /^PROGRESS (\d(?:\.\d{1,6})?) (.{1,500})$/.exec(line.trimEnd());
    const fraction = Number(match?.[1]);
    if (match === null || fraction < at || fraction >= at + 0.1) continue;
    const word = match[2]?.split(/\s+/).find((part) => part.startsWith(`${name}=`));
    return word === undefined ? undefined : parseNumber(word.slice(name.length + 1));
  }
  return undefined;
}
