/**
 * What the view reads: the ledger of another process, git's diff, the end of a log. It only reads, and each read is
 * bounded: a session of 100,000 experiments is shown like one of ten.
 */
import { readEnd } from "../../evaluator.ts";
import { type Experiment, NO_COMMIT, shortCommit } from "../../experiment.ts";
import { runSecondsOf } from "../../ledger/figures.ts";
import { runningHolder } from "../../ledger/lock.ts";
import { experimentOf, type Ledger, sessionOf } from "../../ledger/read.ts";
import { inFront, type Session } from "../../ledger/session.ts";
import { logFileOf } from "../../steps/logs.ts";
import { tryGit } from "../../util/git.ts";
import type { Workspace } from "../../workspace.ts";
import { lineOf } from "../status.ts";
import { diffLines, type Line, textLines } from "./lines.ts";

export interface Source {
  readonly ws: Workspace;
  readonly ledger: Ledger;
  readonly tag: string;
  readonly budgetSeconds: number;
}

/** The session as it is now. */
export interface Standing {
  /** Counts up with every commit of the writer: nothing has changed while it stands still. */
  readonly version: number;
  readonly session: Session;
  readonly runSeconds: number;
  readonly running: boolean;
}

/** The writer's commits, as SQLite counts them: cheap to ask for twice a second. */
export function versionOf({ ledger }: Source): number {
  return (ledger.db.prepare("PRAGMA data_version").get() as { data_version: number }).data_version;
}

export function readStanding(source: Source, running: boolean): Standing {
  const session = sessionOf(source.ledger, source.tag);
  if (session === undefined) throw new Error(`session ${source.tag} is gone from the ledger`);
  return { version: versionOf(source), session, runSeconds: runSecondsOf(session.figures), running };
}

/** Whether a process works on this session right now. Asking takes the lab's lock for a moment: not often. */
export function isRunning({ ws, tag }: Source): boolean {
  return runningHolder(ws.stateDir)?.tag === tag;
}

/** The progress line while it runs, else how it stands. */
export function standingLine(
  { ws, ledger, budgetSeconds }: Source,
  { session, running, runSeconds }: Standing,
): string {
  const front = inFront(session);
  const open = front === undefined ? undefined : experimentOf(ledger, session.tag, front);
  if (running) return lineOf({ ws, ledger, session }, open, { budgetSeconds, runSeconds });
  if (session.ended === undefined) return `■ stopped · ${session.counts.runs} runs · nightyard run goes on with it`;
  return `■ ended: ${session.ended.why}: ${session.ended.detail}`;
}

const MAX_DIFF = 400_000;

/** The change of an experiment, as git tells it. */
export async function readDiff({ ws }: Source, e: Experiment): Promise<readonly Line[]> {
  const p = e.proposal;
  if (p === undefined) return [{ text: e.number === 0 ? "the baseline changes nothing" : "no proposal", tone: "dim" }];
  if (p.commit === NO_COMMIT || p.parent === NO_COMMIT) {
    return [{ text: `imported as ${shortCommit(e) ?? "unknown"}: the change is not in this repository`, tone: "dim" }];
  }
  // No external diff program and no textconv: the repository under study could name one.
  const args = ["diff", "--no-ext-diff", "--no-textconv", "--no-color", p.parent, p.commit];
  const found = await tryGit(args, { cwd: ws.root });
  if (found.code !== 0) return [{ text: `git has no such change: ${found.stderr.slice(0, 200)}`, tone: "bad" }];
  return diffLines(found.stdout.slice(0, MAX_DIFF));
}

const LOG_BYTES = 64 * 1024;

/** The end of the log of an experiment's last run. */
export async function readLog({ ws, tag }: Source, e: Experiment): Promise<readonly Line[]> {
  const job = e.runs.at(-1)?.job;
  const text = job === undefined || job === "" ? "" : await readEnd(logFileOf({ ws, tag }, job), LOG_BYTES);
  return text === "" ? [{ text: "no log yet", tone: "dim" }] : textLines(text, LOG_BYTES);
}
