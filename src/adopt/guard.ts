/**
 * A limit on memory. Its number comes from the person or from what earlier kept experiments used (results.tsv), never
 * from a guess about the machine: another job's memory, or a smaller card, would make a guess wrong.
 */
import { join } from "node:path";
import { startOf } from "../program/classic-facts.ts";
import { parseGuard } from "../program/guard.ts";
import { parseResultsTsv } from "../results-tsv.ts";
import { UserError } from "../util/user-error.ts";
import type { Missing } from "./answers.ts";
import { printedNames } from "./metric.ts";

const MEMORY = "peak_vram_mb";
/** Above the most that was kept: the original's program.md allows memory to grow for a real gain. */
const ROOM = 1.25;

interface Guards {
  readonly guards: readonly string[];
  readonly missing: readonly Missing[];
}

export async function guardOf(labDir: string, train: string, given: readonly string[]): Promise<Guards> {
  for (const guard of given) {
    const parsed = parseGuard(guard);
    if ("wrong" in parsed) throw new UserError(`--guard "${guard}": expected ${parsed.wrong}`);
  }
  if (given.length > 0 || !printedNames(train).includes(MEMORY)) return { guards: given, missing: [] };
  const kept = await mostKept(labDir);
  if (kept !== undefined) return { guards: [`${MEMORY} <= ${Math.ceil(kept * 1024 * ROOM)}`], missing: [] };
  const what = `how much memory a run may take: train.py prints ${MEMORY}, no results.tsv says what is usual`;
  return { guards: [], missing: [{ what, ask: `--guard '${MEMORY} <= <MB>'`, needed: false }] };
}

/** The most memory of a kept experiment, GB; undefined when there is no such number. */
async function mostKept(labDir: string): Promise<number | undefined> {
  const text = await startOf(join(labDir, "results.tsv"));
  const read = text === undefined ? undefined : parseResultsTsv(text);
  if (read === undefined || !read.ok) return undefined;
  const used = read.rows.flatMap((row) => (row.status === "keep" && row.memoryGb !== undefined ? [row.memoryGb] : []));
  return used.length === 0 ? undefined : Math.max(...used);
}
