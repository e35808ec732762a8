/**
 * Writes what the events lead to into the folded tables: `sessions`, `experiments`, and a short row per run. They hold
 * nothing that cannot be folded again.
 *
 * Beside the whole body stand the few columns that a list is filtered and sorted by and that a summary adds up, so that
 * neither reads a hundred thousand bodies.
 */
import type Database from "libsql";
import { type Experiment, meanMetric, type Run } from "../experiment.ts";
import type { Session } from "./session.ts";

export function storeSession(db: Database.Database, session: Session): void {
  db.prepare("INSERT INTO sessions (tag, body) VALUES (?, ?) ON CONFLICT (tag) DO UPDATE SET body = excluded.body").run(
    session.tag,
    JSON.stringify(session),
  );
}

/** Stores experiments of a session as they are now; with `run`, only that run of theirs is new. */
export function storeExperiments(
  db: Database.Database,
  tag: string,
  experiments: Iterable<Experiment>,
  run?: number,
): void {
  const statement = db.prepare(
    `INSERT INTO experiments (session, number, verdict, tree, label, metric, body) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (session, number) DO UPDATE SET verdict = excluded.verdict, tree = excluded.tree,
       label = excluded.label, metric = excluded.metric, body = excluded.body`,
  );
  const runStatement = db.prepare(
    `INSERT OR REPLACE INTO runs (session, experiment, run, role, outcome, provenance, metric, seconds, behind, spread)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  for (const e of experiments) {
    const { verdict, proposal } = e;
    const columns = [verdict?.kind ?? null, proposal?.tree ?? null, verdict?.label ?? null, meanMetric(e) ?? null];
    statement.run(tag, e.number, ...columns, JSON.stringify(e));
    for (const r of e.runs) if (run === undefined || r.run === run) runStatement.run(tag, e.number, ...runRow(r));
  }
}

function runRow({ run, role, outcome, measurement, resources }: Run): (string | number | null)[] {
  const stop = outcome?.kind === "stoppedEarly" ? [outcome.behind, outcome.spread] : [null, null];
  const metric = measurement?.metric;
  const provenance = metric === undefined ? null : (measurement?.provenance ?? null);
  return [run, role, outcome?.kind ?? null, provenance, metric ?? null, resources?.wallSeconds ?? null, ...stop];
}
