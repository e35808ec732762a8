/**
 * The kept changes of a session in the order in which the champion took them, each with the trees before and after it.
 */
import { agentOf, type Experiment } from "../experiment.ts";
import type { Session } from "../ledger/session.ts";

export interface Kept {
  readonly experiment: number;
  readonly commit: string;
  /** Trees: the change is what lies between them. */
  readonly before: string;
  readonly after: string;
  /** The agent's words: untrusted. */
  readonly hypothesis: string;
  readonly description: string;
  readonly agent: string;
  readonly files: readonly string[];
  /** It was kept for being simpler. */
  readonly simpler: boolean;
  /** What it was kept for, in score units; missing where no judge compared. */
  readonly claim?: number | undefined;
  /** ISO time of its verdict, or of its beginning in a ledger without one. */
  readonly at: string;
}

/** From the first keep to the champion; empty when nothing was kept. */
export function keptChanges(session: Session, experiments: readonly Experiment[]): readonly Kept[] {
  const byCommit = new Map(
    experiments
      .filter((e) => e.number > 0 && e.verdict?.kind === "keep")
      .flatMap((e) => (e.proposal === undefined ? [] : [[e.proposal.commit as string, e] as const])),
  );
  let before = session.baseTree;
  const kept: Kept[] = [];
  for (const commit of session.champions.slice(1)) {
    const e = byCommit.get(commit);
    if (e?.proposal === undefined) throw new Error(`the champion ${commit} is no experiment of ${session.tag}`);
    kept.push(keptOf(e, e.proposal, before));
    before = e.proposal.tree;
  }
  return kept;
}

function keptOf(e: Experiment, p: NonNullable<Experiment["proposal"]>, before: string): Kept {
  return {
    experiment: e.number,
    commit: p.commit,
    before,
    after: p.tree,
    hypothesis: p.hypothesis,
    description: p.description,
    agent: agentOf(e) ?? "agent",
    files: p.files,
    simpler: p.intent === "simplify",
    claim: e.verdict?.numbers.d,
    at: e.closedAt ?? e.openedAt,
  };
}
