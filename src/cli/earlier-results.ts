/**
 * What the original loop has left at the lab's top, a results.tsv: said once, before the first session, with the
 * command that takes it into the ledger. The file itself is the person's and is never written.
 */
import { join } from "node:path";
import { exists, type Workspace } from "../workspace.ts";

/** A line for the person, or undefined when there is no such file or the lab has a ledger already. */
export async function offerImport(ws: Workspace): Promise<string | undefined> {
  const there = await exists(join(ws.labDir, "results.tsv"));
  if (!there || (await exists(join(ws.stateDir, "ledger.db")))) return undefined;
  return "results.tsv stays as it is; take it into the ledger with: nightyard import results.tsv";
}
