/**
 * A person may edit program.md while a session runs. The next experiment uses the new text and the ledger keeps it with
 * its hash; a text with a mistake, or one that changes what is measured, is refused and the old one stays in force.
 */
import { formatProblem, loadProgram, type Program } from "../program.ts";
import { record, sessionNow, type Yard } from "../yard.ts";

/** The yard with the program as it stands on disk now; the same yard when nothing changed. */
export async function followProgram(yard: Yard): Promise<Yard> {
  const session = sessionNow(yard);
  const loaded = await loadProgram(yard.ws.labDir);
  if (!loaded.ok) return refuse(yard, loaded.problems.map(formatProblem));
  const { program } = loaded;
  if (program.hash === session.program.hash) return yard.program === program ? yard : { ...yard, program };
  const changed = changedMeasure(yard.program, program);
  if (changed !== undefined) return refuse(yard, [changed]);
  record(yard, { type: "program-changed", hash: program.hash, text: program.text });
  return { ...yard, program };
}

function refuse(yard: Yard, problems: readonly string[]): Yard {
  record(yard, { type: "program-refused", problems: problems.map((p) => p.slice(0, 2000)) });
  return yard;
}

/** Numbers before and after such an edit would not be comparable; a new session is. */
function changedMeasure(before: Program, after: Program): string | undefined {
  for (const field of ["metric", "run", "evaluate", "prepare", "budgetSeconds"] as const) {
    if (JSON.stringify(before[field]) !== JSON.stringify(after[field])) {
      const why = `program.md: "${field}" was changed, and results before and after could not be compared.`;
      return `${why} Begin a new session: nightyard run --tag <new>`;
    }
  }
  return undefined;
}
