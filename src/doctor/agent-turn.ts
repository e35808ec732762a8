/**
 * One turn of an agent that is a program, in a worktree of the copy, fenced and without network, ended after some
 * seconds: an agent that waits for a person shows by the question with which its output ends.
 *
 * Not covered: a question that only comes after a model has answered, and one drawn on a terminal: there is none here,
 * as there is none at night.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Agent, Answer, Turn } from "../agent.ts";
import { readEnd } from "../evaluator.ts";
import { agentFence } from "../fences.ts";
import { addWorktree, type Checkout, linkIgnored, removeWorktree, worktreeOf } from "../workspace/checkouts.ts";
import { type Finding, fault, ok, warning } from "./finding.ts";
import { questionIn } from "./prompts.ts";
import { leftSeconds, type Trial } from "./trial.ts";

const TRY_SECONDS = 10;

export async function triedTurn(check: string, agent: Agent, trial: Trial): Promise<Finding> {
  const { ws, program } = trial;
  const checkout = worktreeOf(ws, "doctor-agent");
  await addWorktree(ws, checkout, trial.commit);
  await linkIgnored(ws, checkout, program.links);
  try {
    const turn = await turnOf(trial, checkout);
    const answer = await agent.propose(turn);
    return judged(check, answer, await readEnd(turn.transcriptFile, 64 * 1024));
  } finally {
    await removeWorktree(checkout);
  }
}

async function turnOf(trial: Trial, checkout: Checkout): Promise<Turn> {
  const { ws, program, sandbox, signal } = trial;
  const { name: metric, goal } = program.metric;
  const tmp = join(ws.stateDir, "doctor-turn");
  await mkdir(tmp, { recursive: true });
  const fence = agentFence(ws, program, { root: checkout.dir, tmp });
  return {
    ...{ dir: checkout.labDir, root: checkout.dir, tmp, limits: {}, sandbox, signal },
    briefing: { experiment: 1, program: program.body, metric, goal, scope: program.scope, past: [], seed: 1 },
    fence: { ...fence, hidden: [...fence.hidden, trial.real.root, trial.real.gitDir] },
    timeoutSeconds: Math.min(TRY_SECONDS, leftSeconds(trial), program.agentTimeoutSeconds),
    transcriptFile: join(tmp, "transcript.log"),
  };
}

function judged(check: string, answer: Answer, output: string): Finding {
  const question = questionIn(output);
  if (question !== undefined) {
    const fix = "give it the option by which it asks nothing";
    return fault(check, `would prompt: tried without a person, its output ends with "${question}"`, fix);
  }
  if (answer.kind === "proposed") return ok(check, "took a turn by itself, fenced and without network, and ended");
  const { why } = answer;
  if (/timed out/.test(why)) {
    const text = `did not end within ${TRY_SECONDS} s without network, and asked nothing: it works, or it waits`;
    return warning(check, text, "try it by hand with its input closed: … < /dev/null");
  }
  return warning(check, `its turn without network ended badly: ${why}`, "try it by hand; see docs/agents.md");
}
