/**
 * The agent's turn itself: what it is given, the briefing from the ledger, and what it answered. What it changed is not
 * looked at here.
 */
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Answer, knownUsage, type Turn } from "../agent.ts";
import { briefing } from "../briefing.ts";
import { seedOf } from "../environment.ts";
import { readEnd } from "../evaluator.ts";
import { agentFence } from "../fences.ts";
import { experimentsOf } from "../ledger.ts";
import { turnLimits } from "../plan/caps.ts";
import type { Step } from "../plan.ts";
import { untilHandedIn } from "../spool.ts";
import { oneLine, plainText, tail } from "../util/text.ts";
import type { Checkout } from "../workspace/checkouts.ts";
import { readGitSettings, restoreGitSettings } from "../workspace/git-guard.ts";
import { experimentNow, record, sessionNow, type Yard } from "../yard.ts";
import { logFileOf } from "./logs.ts";
import { speaksToAgent } from "./suspicions.ts";

type ProposeStep = Extract<Step, { do: "propose" }>;

/** An answer, with the name of whoever gave it, and the name of the change when a person handed it in. */
export type Given = Answer & { readonly agent: string; readonly submission?: string | undefined };

export async function takeTurn(yard: Yard, step: ProposeStep, checkout: Checkout): Promise<Given> {
  const answer = await answerOf(yard, step, checkout).finally(() => removeTurnTmp(checkout));
  return { ...answer, agent: oneLine(answer.agent ?? yard.agent.name, 200) || "agent" };
}

async function answerOf(yard: Yard, step: ProposeStep, checkout: Checkout): Promise<Answer> {
  const settings = await readGitSettings(yard.ws);
  const started = performance.now();
  const turn = await turnOf(yard, step, checkout);
  await mkdir(dirname(turn.transcriptFile), { recursive: true });
  await removeTurnTmp(checkout);
  await mkdir(turn.tmp, { recursive: true, mode: 0o700 });
  const given = await yard.agent.propose(turn).catch((error: unknown): Answer => {
    yard.signal.throwIfAborted();
    const why = `the agent failed: ${error instanceof Error ? error.message : String(error)}`;
    return { kind: "failed", why, usage: { seconds: (performance.now() - started) / 1000 } };
  });
  const answer = { ...given, usage: knownUsage(yard.agent, given.usage) };
  const touched = await restoreGitSettings(yard.ws, settings);
  if (touched.length > 0) {
    const detail = `the turn changed ${touched.join(", ")} in the repository's git folder; it was put back`;
    record(yard, { type: "integrity", experiment: step.experiment, what: "git settings changed", detail });
    return { kind: "failed", why: detail, usage: answer.usage, agent: answer.agent };
  }
  return answer;
}

/** Beside the worktree: what an agent keeps there is no change of the lab. */
function turnTmp(checkout: Checkout): string {
  return `${checkout.dir}.tmp`;
}

async function removeTurnTmp(checkout: Checkout): Promise<void> {
  await rm(turnTmp(checkout), { recursive: true, force: true });
}

async function turnOf(yard: Yard, step: ProposeStep, checkout: Checkout): Promise<Turn> {
  const session = sessionNow(yard);
  const name = `e${String(step.experiment).padStart(4, "0")}-turn${step.turn}.txt`;
  return {
    dir: checkout.labDir,
    root: checkout.dir,
    tmp: turnTmp(checkout),
    limits: turnLimits(session),
    sandbox: yard.sandbox,
    fence: agentFence(yard.ws, yard.program, { root: checkout.dir, tmp: turnTmp(checkout) }),
    briefing: await briefingOf(yard, step),
    timeoutSeconds: yard.program.agentTimeoutSeconds,
    handedIn: isMakers(yard, step) ? undefined : (signal) => untilHandedIn(yard.ws.stateDir, signal),
    transcriptFile: join(yard.ws.stateDir, "sessions", yard.tag, "transcripts", name),
    signal: yard.signal,
  };
}

/** Whether the turn is on a proposal that is there already, crashed or in conflict: a person's change waits then. */
export function isMakers(yard: Yard, step: ProposeStep): boolean {
  return step.repair || experimentNow(yard, step.experiment).conflict !== undefined;
}

async function briefingOf(yard: Yard, step: ProposeStep): Promise<Turn["briefing"]> {
  const session = sessionNow(yard);
  const earlier = experimentsOf(yard.ledger, yard.tag, Math.max(0, step.experiment - 2000), 2000);
  return briefing({
    session,
    program: yard.program,
    experiment: step.experiment,
    earlier: earlier.filter((e) => e.number < step.experiment),
    baseline: experimentNow(yard, 0),
    champion: experimentNow(yard, session.champion.experiment),
    seed: seedOf(session.seed, "turn", step.experiment, step.turn),
    plateau: yard.plateau,
    crashed: step.repair ? experimentNow(yard, step.experiment) : undefined,
    conflicted: step.repair ? undefined : experimentNow(yard, step.experiment),
    crashLog: step.repair ? await crashLog(yard, step.experiment) : undefined,
  });
}

/** The end of the last run's output, cleaned and bounded: it is untrusted text on its way to an agent. */
async function crashLog(yard: Yard, experiment: number): Promise<string> {
  const run = experimentNow(yard, experiment).runs.at(-1);
  const log = run === undefined ? "" : await readEnd(logFileOf(yard, run.job), 64 * 1024);
  const text = plainText(tail(log, 6000), 6000);
  const order = speaksToAgent(text);
  if (order !== undefined) {
    const detail = `the run's output says "${order}"; the agent gets it as the end of a log, named untrusted`;
    record(yard, { type: "integrity", experiment, what: "the log speaks to the agent", detail });
  }
  return text;
}
