/**
 * `llm`: a small agent of our own that works with any model endpoint, by tools that stay in scope (docs/llm.md).
 *
 * Promises: it writes only files in scope below the lab folder, starts no process, and is bounded in everything it asks
 * for. The key is read from the environment or a file and written nowhere. Whatever a server does is a value; only the
 * turn's own signal is thrown. Not covered: images, tools of the vendor's own (web search), models without tools.
 */
import type { Agent, Answer, Turn } from "../agent.ts";
import { loadPrices } from "../prices.ts";
import { UserError } from "../util/user-error.ts";
import { openDeadline } from "./llm/deadline.ts";
import { changedFiles, openDesk } from "./llm/desk.ts";
import { answerOf, type Ending } from "./llm/ending.ts";
import { type Endpoint, parseEndpoint } from "./llm/endpoint.ts";
import { findKey } from "./llm/key.ts";
import { makeModel } from "./llm/model.ts";
import { memoOf, openingText } from "./llm/prompt.ts";
import { DENSITY, NOTHING, usageOf } from "./llm/spending.ts";
import { type Settings, type Talk, talkToEnd, userSays } from "./llm/talk.ts";
import { openTranscript, write } from "./llm/transcript.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface LlmOptions {
  /** For tests; the process's own otherwise. */
  readonly env?: Environment | undefined;
  readonly settings?: Partial<Settings> | undefined;
}

/** Defaults: a conversation that models of today take, a reply that holds a file of 500 lines. */
const SETTINGS: Settings = { steps: 40, contextTokens: 60_000, outputTokens: 8192, retryMs: 1000 };

/** Throws UserError when the argument means nothing, or (exit 4) when a key is needed and not there. */
export function llm(argument: string, options: LlmOptions = {}): Agent {
  const env = options.env ?? process.env;
  const endpoint = parseEndpoint(argument);
  const key = findKey(endpoint, env);
  const settings = { ...SETTINGS, ...settingsFrom(env), ...options.settings };
  const prices = loadPrices(env.NIGHTYARD_PRICES);
  const propose = (turn: Turn) => takeTurn({ endpoint, key, settings, prices }, turn);
  return { name: `llm:${argument}`, propose };
}

/** Why `llm:ARGUMENT` cannot work here, or undefined. Does not ask the server. */
export function llmProblem(argument: string, env: Environment = process.env): string | undefined {
  try {
    findKey(parseEndpoint(argument), env);
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

function settingsFrom(env: Environment): Partial<Settings> {
  const contextTokens = tokensFrom(env, "NIGHTYARD_LLM_CONTEXT", 2000);
  const outputTokens = tokensFrom(env, "NIGHTYARD_LLM_OUTPUT", 256);
  return { ...(contextTokens !== undefined && { contextTokens }), ...(outputTokens !== undefined && { outputTokens }) };
}

function tokensFrom(env: Environment, name: string, least: number): number | undefined {
  const text = env[name];
  if (text === undefined || text === "") return undefined;
  const value = /^\d{1,8}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least) return value;
  throw new UserError(`${name}: expected a number of tokens, at least ${least}, found "${text.slice(0, 40)}"`, {
    fix: `export ${name}=${least * 4}`,
  });
}

interface Brain {
  readonly endpoint: Endpoint;
  readonly key: string | undefined;
  readonly settings: Settings;
  readonly prices: Talk["prices"];
}

async function takeTurn(brain: Brain, turn: Turn): Promise<Answer> {
  turn.signal.throwIfAborted();
  const started = performance.now();
  const deadline = openDeadline(turn.signal, turn.timeoutSeconds);
  try {
    const talk = await openTalk(brain, turn, deadline.signal);
    const ending = await talkToEnd(talk).catch((error: unknown): Ending => {
      turn.signal.throwIfAborted();
      if (!deadline.passed()) throw error;
      const why = `no end within the turn's timeout of ${turn.timeoutSeconds} s`;
      return { kind: "fault", fault: { kind: "lasting", why } };
    });
    return await conclude(talk, ending, started);
  } finally {
    deadline.clear();
  }
}

async function openTalk(brain: Brain, turn: Turn, signal: AbortSignal): Promise<Talk> {
  const { contextTokens, outputTokens } = brain.settings;
  const opening = openingText(turn.briefing);
  const transcript = openTranscript(turn.transcriptFile, brain.key);
  await write(transcript, "Briefing", opening);
  return {
    ...brain,
    model: await makeModel(brain.endpoint, brain.key),
    turn,
    desk: openDesk(turn.dir, turn.briefing.scope),
    transcript,
    signal,
    messages: [userSays(opening)],
    spent: NOTHING,
    contextTokens,
    outputTokens,
    density: DENSITY,
    idle: 0,
    waits: 0,
    cuts: 0,
  };
}

async function conclude(talk: Talk, ending: Ending, started: number): Promise<Answer> {
  const { desk, turn, transcript } = talk;
  const usage = usageOf(talk.spent, (performance.now() - started) / 1000);
  const memo = memoOf(turn.briefing.past, desk.notes);
  const answer = answerOf({ ending, desk, changed: await changedFiles(desk), memo, usage });
  const words = answer.kind === "proposed" ? answer.hypothesis : answer.why;
  await write(transcript, `End: ${answer.kind}`, words);
  return answer;
}
