/**
 * Writes what the events lead to into the folded tables: `sessions` with `sessions_seldom`, and `experiments`; and puts
 * a session together again. They hold nothing that cannot be folded again.
 *
 * Beside the whole body of an experiment stand the few columns that a list is filtered and sorted by, so that it does
 * not read a hundred thousand bodies. What of a session is long and changes with a keep or an edit of program.md only
 * (1,000 champions are 43 KB) stands apart, so that an event writes the rest alone.
 */
import type Database from "libsql";
import { type Experiment, meanMetric } from "../experiment.ts";
import type { Session } from "./session.ts";

/** A session as it is stored; `seldom` is missing only where somebody has removed it. */
export interface StoredSession {
  readonly tag: string;
  readonly body: string;
  readonly seldom: string | null;
}

export const STORED_SESSIONS =
  "SELECT s.tag, s.body, t.body AS seldom FROM sessions s LEFT JOIN sessions_seldom t ON t.tag = s.tag";

/** Throws a SyntaxError when one of its two parts is spoiled. */
export function storedSession({ body, seldom }: StoredSession): Session {
  return { ...JSON.parse(body), ...JSON.parse(seldom ?? "{}") } as Session;
}

/** Stores a session as it is now. `before`, as it is stored, spares what has not changed since: by identity. */
export function storeSession(db: Database.Database, session: Session, before?: Session): void {
  const { champions, program, environment, ...often } = session;
  const put = (table: string, body: unknown) =>
    db
      .prepare(`INSERT INTO ${table} (tag, body) VALUES (?, ?) ON CONFLICT (tag) DO UPDATE SET body = excluded.body`)
      .run(session.tag, JSON.stringify(body));
  put("sessions", often);
  const isSame = before?.champions === champions && before.program === program && before.environment === environment;
  if (!isSame) put("sessions_seldom", { champions, program, environment });
}

export function storeExperiments(db: Database.Database, tag: string, experiments: Iterable<Experiment>): void {
  const statement = db.prepare(
    `INSERT INTO experiments (session, number, verdict, tree, label, metric, body) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (session, number) DO UPDATE SET verdict = excluded.verdict, tree = excluded.tree,
       label = excluded.label, metric = excluded.metric, body = excluded.body`,
  );
  for (const e of experiments) {
    const { verdict, proposal } = e;
    const columns = [verdict?.kind ?? null, proposal?.tree ?? null, verdict?.label ?? null, meanMetric(e) ?? null];
    statement.run(tag, e.number, ...columns, JSON.stringify(e));
  }
}
