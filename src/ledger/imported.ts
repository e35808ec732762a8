/**
 * An experiment of an imported file as an experiment like any other: its runs, its verdict, and where it comes from.
 * Pure.
 *
 * Every number is somebody's word, so its provenance is "self-reported". Not known, and not made up: seeds and jobs (0
 * and ""), the files that were changed (none are named), and the commit where this repository has none of that name.
 */
import { type Commit, type Experiment, NO_COMMIT, type Proposal, type Run } from "../experiment.ts";
import type { Entry, ImportedRun, SessionEvent } from "./events.ts";
import type { Session } from "./session.ts";

type Imported = Extract<SessionEvent, { type: "imported" }>;

/** The experiment of an `imported` event; experiment 0 is the baseline and has no proposal. */
export function importedExperiment(session: Session, entry: Entry, event: Imported): Experiment {
  const commit = event.commit ?? NO_COMMIT;
  const closedAt = event.closedAt ?? entry.at;
  return {
    number: event.experiment,
    parent: session.champion.commit,
    program: session.program.hash,
    openedAt: event.openedAt ?? closedAt,
    closedAt,
    turns: [],
    proposal: event.experiment === 0 ? undefined : proposalOf(session, event, commit),
    receipts: [],
    runs: event.runs.map((run, index) => runOf(run, index + 1, event.experiment === 0 ? session.base : commit)),
    verdict: event.verdict,
    ...(event.tags === undefined || event.tags.length === 0 ? {} : { tags: event.tags }),
    imported: { line: event.line, commit: event.claimed, status: event.status, remarks: event.remarks },
  };
}

function proposalOf(session: Session, event: Imported, commit: Commit): Proposal {
  return {
    commit,
    parent: session.champion.commit,
    tree: "",
    hypothesis: event.hypothesis,
    description: event.description,
    files: [],
    linesAdded: event.linesAdded ?? 0,
    linesRemoved: event.linesRemoved ?? 0,
    intent: "improve",
    flags: [],
  };
}

function runOf(run: ImportedRun, number: number, commit: Commit): Run {
  const { role, outcome, metric, extra, seconds } = run;
  const measurement = { metric, provenance: "self-reported" as const, extra };
  const resources = seconds === undefined ? undefined : { wallSeconds: seconds };
  return { run: number, role, commit, job: "", seed: 0, outcome, resources, measurement };
}
