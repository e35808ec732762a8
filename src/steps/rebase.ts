/**
 * Brings a proposal that was made on an earlier champion onto the present one. Merged cleanly it is another commit,
 * which goes through gates and runs like any other; what cannot be merged goes back to the agent.
 */
import { agentOf, type Experiment, type Proposal } from "../experiment.ts";
import { experimentWithTree } from "../ledger.ts";
import { rebase } from "../workspace/rebase.ts";
import { keepProposal, proposalRef } from "../workspace/refs.ts";
import { experimentNow, record, sessionNow, type Yard } from "../yard.ts";
import { closeExperiment } from "./conclude.ts";

export async function rebaseProposal(yard: Yard, number: number): Promise<void> {
  const e = experimentNow(yard, number);
  if (e.proposal === undefined) throw new Error(`experiment ${number} has no proposal to bring anywhere`);
  const { champion } = sessionNow(yard);
  const by = { experiment: `${yard.tag}/${number}`, agent: agentOf(e) ?? yard.agent.name };
  const merged = await rebase(yard.ws, e.proposal, champion.commit, by);
  const from = champion.experiment;
  if (merged.kind === "clean") return accept(yard, e, merged.proposal);
  if (merged.kind === "empty") return close(yard, number, `experiment ${from}, the champion, has all of it already`);
  const files = merged.files.slice(0, 50).map((file) => file.slice(0, 1000));
  record(yard, { type: "conflicted", experiment: number, from, parent: champion.commit, files });
}

async function accept(yard: Yard, e: Experiment, proposal: Proposal): Promise<void> {
  const twin = experimentWithTree(yard.ledger, yard.tag, proposal.tree, e.number);
  if (twin !== undefined)
    return close(yard, e.number, `merged onto the champion: the same files as experiment ${twin}`);
  const ref = `${proposalRef(yard.tag, e.number, 0)}-on-${sessionNow(yard).champion.experiment}`;
  await keepProposal(yard.ws, ref, proposal.commit);
  // What was noticed about the change itself holds for the merged one too.
  const flags = [...new Set([...(e.proposal?.flags ?? []), ...proposal.flags])];
  const from = sessionNow(yard).champion.experiment;
  record(yard, { type: "rebased", experiment: e.number, from, proposal: { ...proposal, flags }, ref });
}

function close(yard: Yard, experiment: number, reason: string): Promise<void> {
  return closeExperiment(yard, { do: "close", experiment, rule: "duplicate", reason });
}
