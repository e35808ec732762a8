/**
 * From the `[lab]` argument of a command to its workspace, its ledger and a session.
 */
import { readdir, realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import { closeLedger, isOlder, type Ledger, openForReading, sessionOf, sessionsOf } from "../ledger/read.ts";
import type { Session } from "../ledger/session.ts";
import { tryGit } from "../util/git.ts";
import { UserError } from "../util/user-error.ts";
import { copyOf, copyShipped, shippedName } from "../workspace/shipped.ts";
import { exists, openWorkspace, type Workspace } from "../workspace.ts";

/** The workspace of a lab that is going to be worked on; a shipped lab is copied first. */
export async function workspaceForRun(lab: string): Promise<Workspace> {
  const name = await shippedName(lab, process.cwd());
  return openWorkspace(name === undefined ? lab : await copyShipped(name, process.cwd()));
}

/** The workspace of a lab that is only looked at; nothing is made. */
export async function workspaceForReading(lab: string | undefined): Promise<Workspace> {
  const name = lab === undefined ? undefined : await shippedName(lab, process.cwd());
  if (name !== undefined) return openWorkspace(copyOf(name, process.cwd()));
  const folder = lab ?? (await onlyCopy()) ?? ".";
  return (await exists(join(folder, ".nightyard", "ledger.db"))) ? folderOrLab(folder) : openWorkspace(folder);
}

/** A lab, or a folder that is no repository: it can hold imported sessions, and nothing can be run in it. */
export async function folderOrLab(folder: string): Promise<Workspace> {
  const labDir = await realpath(resolve(folder)).catch(() => {
    throw new UserError(`${folder}: there is no such folder`, { fix: `mkdir -p '${folder}'` });
  });
  const found = await tryGit(["rev-parse", "--show-toplevel"], { cwd: labDir }).catch(() => undefined);
  const isPlain = found === undefined || /not a git repository/i.test(found.stderr);
  if (!isPlain) return openWorkspace(folder);
  return { root: labDir, labDir, prefix: "", gitDir: join(labDir, ".git"), stateDir: join(labDir, ".nightyard") };
}

/** The one copy of a shipped lab here, when this folder is no lab itself. */
async function onlyCopy(): Promise<string | undefined> {
  if (await exists(join(".nightyard", "ledger.db"))) return undefined;
  const names = await readdir(join(".nightyard", "labs")).catch(() => []);
  return names.length === 1 ? join(".nightyard", "labs", names[0] ?? "") : undefined;
}

export interface Opened {
  readonly ws: Workspace;
  readonly ledger: Ledger;
  readonly session: Session;
}

/** Opens a lab's ledger on one session (the newest unless a tag is given), and closes it after `use`. */
export async function withSession<T>(
  lab: string | undefined,
  tag: string | undefined,
  use: (opened: Opened) => T | Promise<T>,
): Promise<T> {
  const ws = await workspaceForReading(lab);
  const { stateDir } = ws;
  // Only what an older version wrote needs the writing part of the ledger, which takes longer to load than to read.
  const older = isOlder(stateDir);
  const ledger = older ? (await import("../ledger.ts")).readLedger(stateDir) : openForReading(stateDir);
  if (ledger === undefined) {
    throw new UserError(`${ws.labDir}: no session was run here yet`, { fix: `nightyard run ${lab ?? "."}` });
  }
  try {
    return await use({ ws, ledger, session: chooseSession(ledger, tag) });
  } finally {
    closeLedger(ledger);
  }
}

function chooseSession(ledger: Ledger, tag: string | undefined): Session {
  const session = tag === undefined ? sessionsOf(ledger).at(-1) : sessionOf(ledger, tag);
  if (session !== undefined) return session;
  const known = sessionsOf(ledger).map((s) => s.tag);
  const found = tag === undefined ? "a ledger without a session" : `no session "${tag}"`;
  throw new UserError(`${ledger.file}: found ${found}; it has: ${known.join(", ") || "none"}`, {
    fix: "nightyard run",
  });
}

/** An experiment's number from "12" or "e0012"; throws UserError for anything else. */
export function experimentNumber(text: string): number {
  const match = /^e?(\d{1,9})$/i.exec(text);
  if (match?.[1] === undefined) {
    throw new UserError(`expected the number of an experiment such as 12 or e0012, found "${text}"`, {
      fix: "nightyard log",
    });
  }
  return Number(match[1]);
}
