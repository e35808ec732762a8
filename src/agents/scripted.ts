/**
 * An agent that does what a list of steps says: for tests, also through the real command line (`scripted:FILE.json`).
 *
 * Step n is for experiment n, whatever this process did before, so a restarted session goes on in the right place. A
 * step that is a list has one entry per turn of its experiment, the last one again and again. After the last step it
 * answers `exhausted`. It does what it is told, also what an agent must not do (a path outside the lab, a symbolic
 * link, an exception): that is its use. Commands run with the environment of this process and end with the turn.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Agent, Answer, Turn } from "../agent.ts";
import { execute } from "../execute.ts";
import { UserError } from "../util/user-error.ts";
import { applyEdit, Edit } from "./scripted/edit.ts";

const Said = z.strictObject({
  /** Done first, in order. */
  edits: z.array(Edit).optional(),
  /** A shell command line in the lab folder, after the edits; a failure answers `failed`. */
  command: z.string().optional(),
  /** Waits before it answers; the turn's timeout ends it. */
  sleepSeconds: z.number().min(0).max(1e6).optional(),
  answer: z
    .enum(["proposed", "noChange", "refused", "failed", "exhausted", "rateLimited", "throws"])
    .default("proposed"),
  why: z.string().default("the script says so"),
  /** ISO time, with `rateLimited`. */
  until: z.string().optional(),
  hypothesis: z.string().default("a scripted change"),
  description: z.string().default(""),
  intent: z.enum(["improve", "simplify"]).optional(),
  memo: z.json().optional(),
  usage: z
    .strictObject({
      inputTokens: z.number().optional(),
      cachedTokens: z.number().optional(),
      outputTokens: z.number().optional(),
      dollars: z.number().optional(),
    })
    .optional(),
});

const Step = z.union([Said, z.array(Said).min(1)]);
const Script = z.array(Step);

/** One turn as a script file can say it. */
export type ScriptedTurn = z.input<typeof Said>;

/** A turn as data, a function that does the turn itself, or a list with one of them per turn of the experiment. */
export type ScriptedStep = ScriptedTurn | ScriptedFunction | readonly (ScriptedTurn | ScriptedFunction)[];

/** Does one turn; without an answer it counts as a proposal. */
export type ScriptedFunction = (turn: Turn) => Promise<Answer | undefined> | Answer | undefined;

/** The scripted agent; throws UserError when the file cannot be read or says something else than steps. */
export function scripted(script: readonly ScriptedStep[] | string): Agent {
  const steps = typeof script === "string" ? readScript(script) : script.map(checked);
  const turns = new Map<number, number>();
  const propose = (turn: Turn): Promise<Answer> => {
    const { experiment } = turn.briefing;
    const nth = turns.get(experiment) ?? 0;
    turns.set(experiment, nth + 1);
    const step = steps[experiment - 1];
    const list = Array.isArray(step) ? step : [step];
    return takeTurn(turn, list[Math.min(nth, list.length - 1)]);
  };
  return { name: typeof script === "string" ? `scripted:${script}` : "scripted", free: true, propose };
}

type Ready = z.output<typeof Said> | ScriptedFunction;

function readScript(file: string): readonly (Ready | readonly Ready[])[] {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${file}: expected a JSON list of steps for the scripted agent: ${why}`, { cause });
  }
  const parsed = Script.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UserError(`${file}: step ${issue?.path.join(".") || "list"}: ${issue?.message}`, { cause: parsed.error });
}

function checked(step: ScriptedStep): Ready | readonly Ready[] {
  const one = (turn: ScriptedTurn | ScriptedFunction) => (typeof turn === "function" ? turn : Said.parse(turn));
  return Array.isArray(step) ? step.map(one) : one(step as ScriptedTurn | ScriptedFunction);
}

async function takeTurn(turn: Turn, step: Ready | undefined): Promise<Answer> {
  turn.signal.throwIfAborted();
  const started = performance.now();
  const usage = () => ({ seconds: (performance.now() - started) / 1000 });
  if (step === undefined) return { kind: "exhausted", why: "the script has no more steps", usage: usage() };
  if (typeof step === "function") {
    const answer = await step(turn);
    return answer ?? { kind: "proposed", hypothesis: "a scripted change", description: "", usage: usage() };
  }
  for (const edit of step.edits ?? []) await applyEdit(turn.dir, edit);
  const problem = (await runCommand(turn, step.command)) ?? (await wait(turn, step.sleepSeconds ?? 0));
  turn.signal.throwIfAborted();
  if (problem !== undefined) return { kind: "failed", why: problem, usage: usage() };
  return answerOf(step, { ...step.usage, ...usage() });
}

function answerOf(step: z.output<typeof Said>, usage: Answer["usage"]): Answer {
  const { why, until, hypothesis, description, intent, memo } = step;
  if (step.answer === "throws") throw new Error(why);
  if (step.answer === "rateLimited") return { kind: "rateLimited", why, until, usage };
  if (step.answer !== "proposed") return { kind: step.answer, why, usage };
  return { kind: "proposed", hypothesis, description, intent, memo, usage };
}

/** Why the command failed, or undefined. */
async function runCommand(turn: Turn, command: string | undefined): Promise<string | undefined> {
  if (command === undefined) return undefined;
  const env = Object.fromEntries(Object.entries(process.env).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])));
  const { dir, timeoutSeconds, signal, transcriptFile: logFile } = turn;
  const done = await execute({ command, dir, env, timeoutSeconds, signal, logFile, outputLimitBytes: 1 << 20 });
  turn.signal.throwIfAborted();
  const { kind } = done.outcome;
  return kind === "finished" ? undefined : `the scripted command ended as ${kind}: ${done.stderr.slice(-500)}`;
}

/** Why the wait did not end well, or undefined. */
async function wait(turn: Turn, seconds: number): Promise<string | undefined> {
  const isTooLong = seconds > turn.timeoutSeconds;
  // A timer holds 2^31 - 1 ms; a longer one would end at once.
  const milliseconds = Math.min(seconds * 1000, turn.timeoutSeconds * 1000, 2 ** 31 - 1);
  try {
    await sleep(milliseconds, undefined, { signal: turn.signal });
  } catch (error) {
    // The timer's own error hides the reason that the contract asks for.
    turn.signal.throwIfAborted();
    throw error;
  }
  return isTooLong ? `the turn's timeout of ${turn.timeoutSeconds} s was over` : undefined;
}
