/**
 * What every form of an export is made from: the experiments of a session, a page at a time.
 *
 * Promises: a hundred thousand experiments are never held at once. Each form is a file of `export/`; none of them
 * changes the ledger. Not covered: logs, diffs and transcripts, which are files and commits already.
 */
import type { Experiment } from "./experiment.ts";
import type { Session } from "./ledger/session.ts";
import { experimentsOf, type Ledger } from "./ledger.ts";

export interface Exported {
  readonly ledger: Ledger;
  readonly session: Session;
}

export const PAGE = 1000;

/** All experiments in order, from number `from` on. */
export function* experimentsInPages({ ledger, session }: Exported, from = 0): Generator<Experiment> {
  for (let next = from; ; ) {
    const page = experimentsOf(ledger, session.tag, next, PAGE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    next = last.number + 1;
  }
}
