/**
 * `nightyard ledger check`: whether the ledger is what was written. `nightyard ledger restore`: makes it anew from its
 * journal, or from what can still be read of it, and keeps what was there.
 */
import { relative } from "node:path";
import { dropLock, takeLock } from "../ledger/lock.ts";
import { bestHistory, type History, type Inspection, inspect, restore } from "../ledger/restore.ts";
import { EXIT } from "../util/user-error.ts";
import { workspaceForReading } from "./lab.ts";

/** Answers 6 when something is wrong. */
export async function ledgerCheckCommand(lab: string | undefined): Promise<number> {
  const { stateDir, labDir } = await workspaceForReading(lab);
  const found = inspect(stateDir);
  process.stdout.write(wordsOn(stateDir, found));
  if (found.faults.length === 0) return EXIT.ok;
  process.stdout.write(`Fix: nightyard ledger restore '${labDir}'   # add --dry-run to see what it would do\n`);
  return EXIT.integrity;
}

export interface RestoreOptions {
  readonly dryRun?: boolean | undefined;
}

/** Does nothing to a ledger that is as it was written. */
export async function ledgerRestoreCommand(lab: string | undefined, options: RestoreOptions): Promise<number> {
  const { stateDir } = await workspaceForReading(lab);
  const lock = takeLock(stateDir, "ledger restore");
  try {
    const found = inspect(stateDir);
    process.stdout.write(wordsOn(stateDir, found));
    if (found.faults.length === 0) return EXIT.ok;
    const best = bestHistory(found);
    const from = `${relative(stateDir, best.file)}: ${describe(best)}`;
    if (options.dryRun === true) {
      process.stdout.write(`would make the ledger anew from ${from}\n`);
      return EXIT.ok;
    }
    const kept = restore(stateDir, best).map((file) => relative(stateDir, file));
    process.stdout.write(`made the ledger anew from ${from}\nkept in ${stateDir}: ${kept.join(", ")}\n`);
    return EXIT.ok;
  } finally {
    dropLock(lock);
  }
}

function wordsOn(stateDir: string, found: Inspection): string {
  const lines = [found.ledger, found.journal].map((h) => `${relative(stateDir, h.file)}: ${describe(h)}`);
  const faults = found.faults.map((fault) => `! ${fault}`);
  return `${[...lines, ...(faults.length === 0 ? ["the ledger is as it was written"] : faults)].join("\n")}\n`;
}

function describe({ rows }: History): string {
  const last = rows.at(-1);
  if (last === undefined) return "no event that can be trusted";
  const tags = [...new Set(rows.map((row) => row.session))];
  const shown = tags.length > 5 ? `${tags.slice(-5).join(", ")} and ${tags.length - 5} more` : tags.join(", ");
  return `${rows.length} events, unbroken, until ${last.at}; sessions: ${shown}`;
}
