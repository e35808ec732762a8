/**
 * The change and the output of an experiment, read when its page is asked for. Bounded and cleaned: both are words of
 * an agent or of the program under study.
 */
import { readEnd } from "../evaluator.ts";
import { type Commit, type Experiment, NO_COMMIT } from "../experiment.ts";
import { logFileOf } from "../steps/logs.ts";
import { tryGit } from "../util/git.ts";
import { plainText, tail } from "../util/text.ts";
import type { Workspace } from "../workspace.ts";

export const MOST_DIFF = 120_000;
const MOST_LOG = 16_000;

export interface DiffText {
  readonly text: string;
  /** What is missing of it, in words; undefined when nothing is. */
  readonly missing?: string | undefined;
}

/** What git says between two commits; never by a program that the repository names. */
export async function diffBetween(ws: Workspace, from: Commit, to: Commit): Promise<DiffText> {
  if (from === NO_COMMIT || to === NO_COMMIT)
    return { text: "", missing: "this repository does not have both commits" };
  const args = ["diff", "--no-ext-diff", "--no-textconv", "--no-color", "--end-of-options", from, to];
  const found = await tryGit(args, { cwd: ws.root }).catch(() => undefined);
  if (found === undefined || found.code !== 0)
    return { text: "", missing: "this repository does not have both commits" };
  const cut = found.stdout.length > MOST_DIFF;
  const missing = cut ? `the diff has ${found.stdout.length} characters; the rest is left out` : undefined;
  return { text: plainText(found.stdout, MOST_DIFF), missing };
}

export async function diffOf(ws: Workspace, e: Experiment): Promise<DiffText> {
  return e.proposal === undefined ? { text: "" } : diffBetween(ws, e.proposal.parent, e.proposal.commit);
}

export interface LogTail {
  readonly run: number;
  readonly text: string;
}

/** The end of what its last run printed; undefined when it had none, or none here. */
export async function logOf(ws: Workspace, tag: string, e: Experiment): Promise<LogTail | undefined> {
  const last = e.runs.findLast((run) => run.role !== "confirm") ?? e.runs.at(-1);
  if (last === undefined || e.imported !== undefined) return undefined;
  const log = await readEnd(logFileOf({ ws, tag }, last.job), 64 * 1024).catch(() => "");
  return { run: last.run, text: plainText(tail(log, MOST_LOG), MOST_LOG) };
}
