/**
 * Writes the verdict, then lets the branch follow. The ledger says who is champion; the branch is moved after it, so a
 * power cut between the two is mended by the next start.
 */
import { noiseOf } from "../evidence.ts";
import { metricsOf, type Verdict } from "../experiment.ts";
import type { Decision } from "../judge.ts";
import type { Step } from "../plan.ts";
import { removeWorktree, worktreeOf } from "../workspace/checkouts.ts";
import { branchOf, moveBranch } from "../workspace/refs.ts";
import { experimentNow, record, sessionNow, type Yard } from "../yard.ts";

/** The judge has decided: keep or discard, with its numbers. */
export async function applyVerdict(yard: Yard, step: Extract<Step, { do: "decide" }>): Promise<void> {
  const { decision, experiment } = step;
  const { evidence, rules } = sessionNow(yard);
  const { sigma, df } = noiseOf(evidence, [], rules);
  const verdict: Verdict = {
    kind: decision.action === "keep" ? "keep" : "discard",
    rule: "judge",
    reason: decision.reason,
    label: decision.label,
    numbers: numbersOf(decision, sigma, df),
  };
  record(yard, { type: "judged", experiment, verdict });
  await settle(yard, experiment, verdict.kind === "keep");
}

function numbersOf(decision: Decision, sigma: number, df: number): Record<string, number> {
  const { d, se, z, p } = decision;
  const named = { d, se, z, p, sigma, df };
  const known = Object.entries(named).filter(([, x]) => x !== undefined && Number.isFinite(x));
  return Object.fromEntries(known) as Record<string, number>;
}

/** Something else than the judge ends the experiment: a gate, a guard, a crash, no proposal, the baseline's end. */
export async function closeExperiment(yard: Yard, step: Extract<Step, { do: "close" }>): Promise<void> {
  const { experiment, rule, reason } = step;
  const kind = step.crash === true ? "crash" : rule === "baseline" ? "keep" : "discard";
  record(yard, { type: "judged", experiment, verdict: { kind, rule, reason: reason.slice(0, 2000), numbers: {} } });
  if (rule === "baseline") noteEqualRepeats(yard);
  await settle(yard, experiment, kind === "keep");
}

/** Repeats that are equal to the last digit: one run each would do, but only the person can know that. */
function noteEqualRepeats(yard: Yard): void {
  const metrics = metricsOf(experimentNow(yard, 0));
  if (sessionNow(yard).rules.deterministic || metrics.length < 2 || new Set(metrics).size > 1) return;
  const found = `${metrics.length} runs of the baseline gave exactly ${metrics[0]}`;
  const detail = `${found}; if that is always so, say so in program.md: metric: { deterministic: true }`;
  record(yard, { type: "noted", what: "looks deterministic", detail });
}

async function settle(yard: Yard, experiment: number, kept: boolean): Promise<void> {
  await removeWorktree(worktreeOf(yard.ws, `${yard.tag}-e${experiment}`));
  if (kept) await followLedger(yard);
}

/** Moves the branch to the champion, and says so when it could not or when somebody else had moved it. */
export async function followLedger(yard: Yard): Promise<void> {
  const session = sessionNow(yard);
  const { commit } = session.champion;
  const move = await moveBranch(yard.ws, yard.tag, commit, new Set(session.champions));
  const branch = branchOf(yard.tag);
  if (move.kind === "restored") {
    const detail = `${branch} stood on ${move.found}, which no experiment made; it is kept as ${move.savedAs}`;
    record(yard, { type: "integrity", what: "branch moved by somebody else", detail });
  } else if (move.kind === "checkedOut") {
    const detail = `${branch} is checked out in ${move.where}; it will follow when it is not (git switch --detach)`;
    record(yard, { type: "noted", what: "branch left behind", detail });
  }
}
