/**
 * `nightyard note "…"`: a word of the person's for the agent, while a session runs. It goes into the spool (spool.ts);
 * the loop takes it at its next step, and a session that starts later takes it then.
 */
import { runningHolder } from "../ledger/lock.ts";
import { handIn, MAX_WAITING, spoolId } from "../spool.ts";
import { plainText } from "../util/text.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import { ensureStateDir, exists, type Workspace } from "../workspace.ts";
import { workspaceForReading } from "./lab.ts";

export interface NoteOptions {
  readonly lab?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

const MAX_NOTE = 1000;

export async function noteCommand(text: string, options: NoteOptions): Promise<number> {
  const clean = plainText(text, MAX_NOTE + 1);
  if (clean === "" || clean.length > MAX_NOTE) {
    const found = clean === "" ? "nothing" : `more than ${MAX_NOTE}`;
    throw new UserError(`note: expected 1 to ${MAX_NOTE} characters, found ${found}`, {
      fix: 'nightyard note "leave the tokenizer alone"   # what is longer belongs into program.md',
    });
  }
  const ws = await workspaceForReading(options.lab);
  if (options.dryRun) {
    process.stdout.write(`would leave a note: ${await whenTaken(ws, options.lab)}\n`);
    return EXIT.ok;
  }
  await ensureStateDir(ws);
  await leave(ws, spoolId(), { kind: "note", text: clean });
  process.stdout.write(`noted; ${await whenTaken(ws, options.lab)}\n`);
  return EXIT.ok;
}

/** Hands a message in; throws UserError when too many wait. */
export async function leave(ws: Workspace, id: string, message: Parameters<typeof handIn>[2]): Promise<void> {
  if ((await handIn(ws.stateDir, id, message)) !== undefined) return;
  throw new UserError(`${ws.stateDir}/inbox: ${MAX_WAITING} messages wait already; a session takes them`, {
    fix: `nightyard run ${ws.labDir}`,
  });
}

/** What will happen to a message, in words. */
export async function whenTaken(ws: Workspace, lab: string | undefined): Promise<string> {
  const holder = (await exists(ws.stateDir)) ? runningHolder(ws.stateDir) : undefined;
  if (holder !== undefined) return `session ${holder.tag} (process ${holder.pid}) takes it at its next step`;
  return `no session runs on this lab; it is taken at the next start: nightyard run ${lab ?? "."}`;
}
