/**
 * One turn of the agent in a worktree of its own, from which one commit is made, or a reason why not.
 *
 * The agent's answer is only words: what it changed is read from git, checked against the scope and committed here.
 */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Answer, Turn } from "../agent.ts";
import { briefing } from "../briefing.ts";
import { seedOf } from "../environment.ts";
import { readEnd } from "../evaluator.ts";
import { type Experiment, meanMetric, type Proposal, type TurnRecord } from "../experiment.ts";
import { experimentsOf, experimentWithTree } from "../ledger.ts";
import type { Step } from "../plan.ts";
import { inScope } from "../program.ts";
import { plainText, tail } from "../util/text.ts";
import { type Change, readChanges, type Violation } from "../workspace/changes.ts";
import { addWorktree, type Checkout, linkIgnored, worktreeOf } from "../workspace/checkouts.ts";
import { readGitSettings, restoreGitSettings } from "../workspace/git-guard.ts";
import { commitChanges, resetIndex, saveIndex } from "../workspace/proposal.ts";
import { keepProposal, proposalRef } from "../workspace/refs.ts";
import { experimentNow, record, sessionNow, type Yard } from "../yard.ts";
import { logFileOf } from "./logs.ts";

type ProposeStep = Extract<Step, { do: "propose" }>;
type Unproposed = Exclude<TurnRecord["kind"], "proposed">;

export async function propose(yard: Yard, step: ProposeStep): Promise<void> {
  const e = experimentNow(yard, step.experiment);
  const checkout = worktreeOf(yard.ws, `${yard.tag}-e${e.number}`);
  const index = await makeWorktree(yard, checkout, step.repair ? e : { ...e, proposal: undefined });
  const answer = await takeTurn(yard, step, checkout);
  if (answer.kind !== "proposed") return endTurn(yard, step, answer.kind, answer);
  const found = await readChanges(yard.ws, checkout, index, (path) => inScope(yard.program, path));
  const changes = found.changes.filter((c) => !isLink(yard, c));
  const violations = found.violations.filter((v) => !isLink(yard, v));
  if (violations.length > 0) return refuse(yard, step, { answer, violations, changes, checkout, index });
  if (changes.length === 0) {
    return endTurn(yard, step, "noChange", { ...answer, why: "the agent said that it was done, and changed nothing" });
  }
  const proposal = await commit(yard, e, { answer, changes, checkout, index });
  await accept(yard, step, { e, answer, proposal });
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

async function takeTurn(yard: Yard, step: ProposeStep, checkout: Checkout): Promise<Answer> {
  const settings = await readGitSettings(yard.ws);
  const started = performance.now();
  const turn = await turnOf(yard, step, checkout);
  await mkdir(dirname(turn.transcriptFile), { recursive: true });
  const answer = await yard.agent.propose(turn).catch((error: unknown): Answer => {
    yard.signal.throwIfAborted();
    const why = `the agent failed: ${error instanceof Error ? error.message : String(error)}`;
    return { kind: "failed", why, usage: { seconds: (performance.now() - started) / 1000 } };
  });
  const touched = await restoreGitSettings(yard.ws, settings);
  if (touched.length > 0) {
    const detail = `the turn changed ${touched.join(", ")} in the repository's git folder; it was put back`;
    record(yard, { type: "integrity", experiment: step.experiment, what: "git settings changed", detail });
    return { kind: "failed", why: detail, usage: answer.usage };
  }
  return answer;
}

async function turnOf(yard: Yard, step: ProposeStep, checkout: Checkout): Promise<Turn> {
  const session = sessionNow(yard);
  const earlier = experimentsOf(yard.ledger, yard.tag, Math.max(0, step.experiment - 2000), 2000).filter(
    (e) => e.number < step.experiment,
  );
  const name = `e${String(step.experiment).padStart(4, "0")}-turn${step.turn}.txt`;
  return {
    dir: checkout.labDir,
    briefing: briefing({
      session,
      program: yard.program,
      experiment: step.experiment,
      earlier,
      championMetric: meanMetric(experimentNow(yard, session.champion.experiment)),
      seed: seedOf(session.seed, "turn", step.experiment, step.turn),
      crashLog: step.repair ? await crashLog(yard, step.experiment) : undefined,
    }),
    timeoutSeconds: yard.program.agentTimeoutSeconds,
    transcriptFile: join(yard.ws.stateDir, "sessions", yard.tag, "transcripts", name),
    signal: yard.signal,
  };
}

/** The end of the last run's output, cleaned and bounded: it is untrusted text on its way to an agent. */
async function crashLog(yard: Yard, experiment: number): Promise<string> {
  const run = experimentNow(yard, experiment).runs.at(-1);
  const log = run === undefined ? "" : await readEnd(logFileOf(yard, run.job), 64 * 1024);
  return plainText(tail(log, 6000), 6000);
}

interface Offer {
  readonly answer: Extract<Answer, { kind: "proposed" }>;
  readonly changes: readonly Change[];
  readonly checkout: Checkout;
  readonly index: string;
}

function commit(yard: Yard, e: Experiment, offer: Offer): Promise<Proposal> {
  const { answer, changes, checkout, index } = offer;
  return commitChanges(yard.ws, checkout, index, {
    parent: e.parent,
    changes,
    hypothesis: answer.hypothesis,
    description: answer.description,
    experiment: `${yard.tag}/${e.number}`,
    agent: yard.agent.name,
  });
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
  record(yard, { type: "proposed", experiment, turn, proposal, usage: answer.usage, memo, ref });
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
  if (safe.length > 0) {
    const evidence = await commit(yard, e, { ...offer, changes: safe });
    await keepProposal(yard.ws, `${proposalRef(yard.tag, e.number, 0)}-refused-${step.turn}`, evidence.commit);
  }
  return endTurn(yard, step, "outOfScope", { ...answer, why: detail });
}

function endTurn(
  yard: Yard,
  step: ProposeStep,
  kind: Unproposed,
  answer: { readonly why: string; readonly usage: TurnRecord["usage"]; readonly until?: string | undefined },
): void {
  const { experiment, turn } = step;
  const until = kind === "rateLimited" ? (answer.until ?? backOff(turn)) : undefined;
  const why = plainText(answer.why, 4000);
  record(yard, { type: "turn-ended", experiment, turn, kind, why, until, usage: answer.usage });
}

/** When a rate limit names no time: a minute, doubled each time, a quarter of an hour at most. */
function backOff(turn: number): string {
  return new Date(Date.now() + Math.min(15, 2 ** turn) * 60_000).toISOString();
}
