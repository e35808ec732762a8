/**
 * One turn of the agent in a worktree of its own, from which one commit is made, or a reason why not. A change that a
 * person has handed in takes the agent's place, and is treated like any other from there on.
 *
 * The agent's answer is only words: what it changed is read from git, checked against the scope and committed here.
 */
import { bringsBack, RETURN_FLAG } from "../change-facts.ts";
import { type Experiment, PERSON, type Proposal, type TurnRecord } from "../experiment.ts";
import { experimentsOf, experimentWithTree } from "../ledger.ts";
import type { Step } from "../plan.ts";
import { inScope } from "../program.ts";
import { forget } from "../spool.ts";
import { oneLine, plainText } from "../util/text.ts";
import { type Change, readChanges, type Violation } from "../workspace/changes.ts";
import { addWorktree, type Checkout, linkIgnored, worktreeOf } from "../workspace/checkouts.ts";
import { commitChanges, resetIndex, saveIndex } from "../workspace/proposal.ts";
import { keepProposal, proposalRef } from "../workspace/refs.ts";
import { exists } from "../workspace.ts";
import { experimentNow, record, sessionNow, type Yard } from "../yard.ts";
import { handedIn, makeHandedIn } from "./handed-in.ts";
import { suspiciousWords } from "./suspicions.ts";
import { type Given, isMakers, takeTurn } from "./turn.ts";

type ProposeStep = Extract<Step, { do: "propose" }>;
type Unproposed = Exclude<TurnRecord["kind"], "proposed">;

export async function propose(yard: Yard, step: ProposeStep): Promise<void> {
  const e = experimentNow(yard, step.experiment);
  const checkout = worktreeOf(yard.ws, `${yard.tag}-e${e.number}`);
  const index = await makeWorktree(yard, checkout, step.repair ? e : { ...e, proposal: undefined });
  const own = isMakers(yard, step) ? undefined : await handedIn(yard);
  const answer: Given =
    own === undefined
      ? await takeTurn(yard, step, checkout)
      : await makeHandedIn(yard, own, { checkout, index, champion: e.parent });
  await turnInto(yard, step, { e, answer, checkout, index });
  if (own !== undefined) await forget(yard.ws.stateDir, own.id, "change");
}

interface Turned {
  readonly e: Experiment;
  readonly answer: Given;
  readonly checkout: Checkout;
  readonly index: string;
}

/** The proposal that a turn came to, or why there is none: one event. */
async function turnInto(yard: Yard, step: ProposeStep, { e, answer, checkout, index }: Turned): Promise<void> {
  if (answer.kind !== "proposed") return endTurn(yard, step, answer.kind, answer);
  if (!(await exists(index)) || !(await exists(checkout.labDir))) {
    return endTurn(yard, step, "failed", { ...answer, why: "the worktree was removed during the turn" });
  }
  noteWords(yard, step, answer);
  const found = await readChanges(yard.ws, checkout, index, (path) => inScope(yard.program, path));
  const changes = found.changes.filter((c) => !isLink(yard, c));
  const violations = found.violations.filter((v) => !isLink(yard, v));
  if (violations.length > 0) return refuse(yard, step, { answer, violations, changes, checkout, index });
  if (changes.length === 0) {
    const who = answer.agent === PERSON ? "the change is in the champion already" : "the agent said that it was done";
    return endTurn(yard, step, "noChange", { ...answer, why: `${who}, and changed nothing` });
  }
  const proposal = await commit(yard, e, { answer, changes, checkout, index });
  await accept(yard, step, { e, answer, proposal });
}

/** What an agent says is cleaned before any use; that it had to be is worth knowing. */
function noteWords(yard: Yard, step: ProposeStep, answer: Offer["answer"]): void {
  const what = suspiciousWords(`${answer.hypothesis}\n${answer.description}`);
  if (what === undefined) return;
  const detail = `cleaned: ${oneLine(answer.hypothesis, 200)}`;
  record(yard, { type: "integrity", experiment: step.experiment, what, detail });
}

/** A fresh worktree on the champion, or on the crashed proposal; answers the index of the champion's tree. */
async function makeWorktree(yard: Yard, checkout: Checkout, e: Experiment): Promise<string> {
  const { ws, program } = yard;
  await addWorktree(ws, checkout, e.proposal?.commit ?? e.parent);
  const index = await saveIndex(ws, checkout);
  if (e.proposal !== undefined) await resetIndex(ws, checkout, index, e.parent);
  await linkIgnored(ws, checkout, program.links);
  return index;
}

/** Links that the harness itself put into the worktree are no change of the agent's. */
function isLink(yard: Yard, at: { readonly path: string }): boolean {
  return yard.program.links.some((link) => at.path === `${yard.ws.prefix}${link}`);
}

interface Offer {
  readonly answer: Extract<Given, { kind: "proposed" }>;
  readonly changes: readonly Change[];
  readonly checkout: Checkout;
  readonly index: string;
}

async function commit(yard: Yard, e: Experiment, offer: Offer): Promise<Proposal> {
  const { answer, changes, checkout, index } = offer;
  const proposal = await commitChanges(yard.ws, checkout, index, {
    parent: e.parent,
    changes,
    hypothesis: answer.hypothesis,
    description: answer.description,
    experiment: `${yard.tag}/${e.number}`,
    agent: answer.agent,
  });
  const back = returned(yard, e, proposal);
  return back === undefined ? proposal : { ...proposal, flags: [...proposal.flags, back] };
}

/** A warning when all that an earlier, dropped change added is in this one too; what was kept since is no return. */
function returned(yard: Yard, e: Experiment, proposal: Proposal): string | undefined {
  const now = new Set(proposal.prints);
  if (now.size === 0) return undefined;
  const dropped = experimentsOf(yard.ledger, yard.tag, Math.max(1, e.number - 2000), 2000).filter(
    (old) => old.number < e.number && old.verdict?.kind !== "keep" && bringsBack(old.proposal?.prints, now),
  );
  const names = dropped.slice(-5).map((old) => `e${old.number}`);
  return names.length === 0 ? undefined : `${RETURN_FLAG}: ${names.join(", ")}`;
}

/** Keeps the commit for good, then writes it into the ledger, unless the same tree was tried before. */
async function accept(
  yard: Yard,
  step: ProposeStep,
  { e, answer, proposal }: { e: Experiment; answer: Offer["answer"]; proposal: Proposal },
): Promise<void> {
  const session = sessionNow(yard);
  const twin =
    proposal.tree === session.baseTree ? 0 : experimentWithTree(yard.ledger, yard.tag, proposal.tree, e.number);
  const same = twin ?? (e.proposal?.tree === proposal.tree ? e.number : undefined);
  if (same !== undefined) {
    return endTurn(yard, step, "duplicate", {
      ...answer,
      why: `the same files as experiment ${same}: ${answer.hypothesis}`,
    });
  }
  const ref = proposalRef(yard.tag, e.number, e.turns.filter((t) => t.kind === "proposed").length);
  await keepProposal(yard.ws, ref, proposal.commit);
  const memo = boundedMemo(answer.memo);
  const { experiment, turn } = step;
  const { usage, agent, submission } = answer;
  record(yard, { type: "proposed", experiment, turn, proposal, usage, memo, ref, agent, submission });
}

/** At most 64 KiB of JSON; more is forgotten. */
function boundedMemo(memo: unknown): unknown {
  const text = memo === undefined ? undefined : JSON.stringify(memo);
  return text === undefined || text.length > 64 * 1024 ? undefined : memo;
}

/** What may not be is refused and written down, with what can be kept of it as evidence under a ref of its own. */
async function refuse(
  yard: Yard,
  step: ProposeStep,
  offer: Offer & { readonly violations: readonly Violation[] },
): Promise<void> {
  const { violations, changes, answer } = offer;
  const detail = violations
    .slice(0, 20)
    .map((v) => `${v.what}: ${v.path}`)
    .join("; ");
  const what = `refused: ${violations[0]?.what}`;
  record(yard, { type: "integrity", experiment: step.experiment, what, detail: detail.slice(0, 4000) });
  const e = experimentNow(yard, step.experiment);
  const bad = new Set(violations.map((v) => v.path));
  const safe = changes.filter((c) => !bad.has(c.path));
  // What is refused for its size is not stored for its size either: each file costs a call of git.
  if (safe.length > 0 && violations.every((v) => v.what !== "size")) {
    const evidence = await commit(yard, e, { ...offer, changes: safe });
    await keepProposal(yard.ws, `${proposalRef(yard.tag, e.number, 0)}-refused-${step.turn}`, evidence.commit);
  }
  return endTurn(yard, step, "outOfScope", { ...answer, why: detail });
}

function endTurn(
  yard: Yard,
  step: ProposeStep,
  kind: Unproposed,
  answer: Pick<Given, "usage" | "agent" | "submission" | "elsewhere"> & {
    readonly why: string;
    readonly until?: string | undefined;
  },
): void {
  const { experiment, turn } = step;
  const until = kind === "rateLimited" ? (answer.until ?? backOff(turn)) : undefined;
  const why = plainText(answer.why, 4000);
  const { usage, agent, submission } = answer;
  const elsewhere = answer.elsewhere === true && step.repair === false ? true : undefined;
  record(yard, { type: "turn-ended", experiment, turn, kind, why, until, elsewhere, usage, agent, submission });
}

/** When a rate limit names no time: a minute, doubled each time, a quarter of an hour at most. */
function backOff(turn: number): string {
  return new Date(Date.now() + Math.min(15, 2 ** turn) * 60_000).toISOString();
}
