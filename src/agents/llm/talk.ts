/**
 * The talk of one turn: ask the model, do what it calls, until it is finished or a bound is reached.
 *
 * Bounds: steps, tokens and dollars of the turn (looked at before each request), the length of the conversation, the
 * length of a reply, the time. The loop is ours and not the library's, so that each of them is looked at at each step.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { LanguageModel, ModelMessage, ToolContent } from "ai";
import type { Turn } from "../../agent.ts";
import type { Prices } from "../../prices.ts";
import { shortened, sizeOf } from "./context.ts";
import { changedFiles, type Desk } from "./desk.ts";
import type { Ending } from "./ending.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Fault } from "./fault.ts";
import { CACHE_MARK } from "./model.ts";
import { SYSTEM } from "./prompt.ts";
import { type Replied, request } from "./request.ts";
import { add, densityOf, roomFor, type Spent, tokensOf } from "./spending.ts";
import { runTool, TOOL_SET, TOOLS_SIZE } from "./tools.ts";
import { type Transcript, write } from "./transcript.ts";

/** What may be set for all turns. */
export interface Settings {
  readonly steps: number;
  /** Tokens of the conversation, estimated by its length. */
  readonly contextTokens: number;
  /** Tokens of one reply. */
  readonly outputTokens: number;
  readonly retryMs: number;
}

/** Everything of a talk; what changes is replaced or appended by the loop below, and only there. */
export interface Talk {
  readonly endpoint: Endpoint;
  readonly key: string | undefined;
  readonly prices: Prices;
  readonly settings: Settings;
  readonly model: LanguageModel;
  readonly turn: Turn;
  readonly desk: Desk;
  readonly transcript: Transcript;
  readonly signal: AbortSignal;
  messages: readonly ModelMessage[];
  spent: Spent;
  contextTokens: number;
  outputTokens: number;
  /** Tokens per character. */
  density: number;
  /** Times that the model did nothing, or that we waited or shortened for it: each has an end. */
  idle: number;
  waits: number;
  cuts: number;
}

/** Characters that go with each request. */
const FIXED_SIZE = SYSTEM.length + TOOLS_SIZE;

const MAX_IDLE = 2;
const MAX_WAITS = 3;
const MAX_CUTS = 3;
/** A rate limit that ends so soon is waited out within the turn, when there is a conversation to lose. */
const SHORT_WAIT_MS = 15_000;

const GO_ON = "Go on: call a tool. When the change is made, call finish. If there is nothing worth trying, say why.";
const LAST_STEP = "This is the last step: call finish now.";

export async function talkToEnd(talk: Talk): Promise<Ending> {
  for (let step = 1; step <= talk.settings.steps; step++) {
    if (step === talk.settings.steps && step > 1) talk.messages = [...talk.messages, userSays(LAST_STEP)];
    const asked = await ask(talk, step);
    const ending = "ending" in asked ? asked.ending : await follow(talk, asked.reply);
    if (ending !== undefined) return ending;
  }
  return { kind: "limit", why: `the model did not finish within ${talk.settings.steps} steps` };
}

export function userSays(text: string): ModelMessage {
  return { role: "user", content: text };
}

type Asked = { readonly reply: Replied } | { readonly ending: Ending };

/** One reply of the model; faults that have a remedy are met here. */
async function ask(talk: Talk, step: number): Promise<Asked> {
  for (;;) {
    talk.signal.throwIfAborted();
    talk.messages = shortened(talk.messages, talk.contextTokens / talk.density - FIXED_SIZE);
    const sent = sizeOf(talk.messages) + FIXED_SIZE;
    const room = roomFor(
      talk.spent,
      talk.turn.limits,
      { inputTokens: tokensOf(sent, talk.density), outputTokens: talk.outputTokens },
      { prices: talk.prices, model: talk.endpoint.model },
    );
    if (room === undefined) return { ending: { kind: "limit", why: limitWords(talk) } };
    const result = await send(talk, room, sent);
    if (result.ok) {
      await count(talk, result.reply, sent);
      return { reply: result.reply };
    }
    await write(talk.transcript, "Fault", result.fault.why);
    if (!(await remedied(talk, result.fault, step))) return { ending: { kind: "fault", fault: result.fault } };
  }
}

function limitWords({ spent, turn }: Talk): string {
  const { tokens, dollars } = turn.limits;
  const of = [tokens === undefined ? "" : `${tokens} tokens`, dollars === undefined ? "" : `$${dollars}`];
  const limit = of.filter((text) => text !== "").join(" or ");
  return `limit: the next request could pass the turn's limit of ${limit} (${spent.counted} tokens used)`;
}

function send(talk: Talk, maxOutputTokens: number, sent: number) {
  return request({
    endpoint: talk.endpoint,
    key: talk.key,
    model: talk.model,
    system: SYSTEM,
    messages: marked(talk.messages),
    tools: TOOL_SET,
    maxOutputTokens,
    retryMs: talk.settings.retryMs,
    signal: talk.signal,
    onRetry: (why, begun) => {
      if (begun) talk.spent = { ...talk.spent, counted: talk.spent.counted + tokensOf(sent, talk.density) };
      void write(talk.transcript, "Fault, tried again", why);
    },
  });
}

/** With marks at the end of the briefing and of the conversation: what lies before is cached. */
function marked(messages: readonly ModelMessage[]): readonly ModelMessage[] {
  return messages.map((message, i) =>
    i === 0 || i === messages.length - 1 ? { ...message, providerOptions: CACHE_MARK } : message,
  );
}

async function count(talk: Talk, reply: Replied, sent: number): Promise<void> {
  const received = reply.text.length + JSON.stringify(reply.calls).length;
  const rates = { prices: talk.prices, model: talk.endpoint.model };
  talk.density = densityOf(reply.used, sent);
  talk.spent = add(talk.spent, reply.used, { sent, received }, rates);
  if (reply.text.trim() !== "") await write(talk.transcript, "Model", reply.text);
}

/** True when asking again makes sense. */
async function remedied(talk: Talk, fault: Fault, step: number): Promise<boolean> {
  if (fault.kind === "tooLong") return cutDown(talk);
  if (fault.kind !== "rateLimited" || fault.until === undefined || step === 1) return false;
  const wait = Date.parse(fault.until) - Date.now();
  if (wait > SHORT_WAIT_MS || talk.waits++ >= MAX_WAITS) return false;
  await sleep(Math.max(wait, talk.settings.retryMs), undefined, { signal: talk.signal }).catch(() => undefined);
  return true;
}

/** The model takes less than we thought: from now on half of what was refused. */
function cutDown(talk: Talk): boolean {
  const sent = tokensOf(sizeOf(talk.messages) + FIXED_SIZE, talk.density);
  talk.contextTokens = Math.floor(Math.min(talk.contextTokens, sent) / 2);
  talk.outputTokens = Math.max(512, Math.floor(talk.outputTokens / 2));
  return talk.cuts++ < MAX_CUTS;
}

/** Does what the model called, in its order; answers how the talk ended when it did. */
async function follow(talk: Talk, reply: Replied): Promise<Ending | undefined> {
  talk.messages = [...talk.messages, ...reply.messages];
  if (reply.end === "refused") return { kind: "refused", text: reply.text };
  if (reply.calls.length === 0) return followWords(talk, reply);
  const content: ToolContent = [];
  for (const call of reply.calls) {
    talk.signal.throwIfAborted();
    const { ok, text } = await runTool(talk.desk, call);
    await write(talk.transcript, `Tool ${call.name}`, `${JSON.stringify(call.input)}\n\n${text}`);
    if (talk.desk.finished !== undefined) return { kind: "finished" };
    const output = { type: ok ? ("text" as const) : ("error-text" as const), value: text };
    content.push({ type: "tool-result", toolCallId: call.id, toolName: call.name, output });
    if (call.name === "finish" && ++talk.idle >= MAX_IDLE) return { kind: "said", text: reply.text || text };
  }
  talk.messages = [...talk.messages, { role: "tool", content }];
  return undefined;
}

/** Words without a call: the end when something was changed; else the model is asked once to go on. */
async function followWords(talk: Talk, reply: Replied): Promise<Ending | undefined> {
  const changed = await changedFiles(talk.desk);
  if (changed.length > 0 && reply.end === "whole") return { kind: "said", text: reply.text };
  if (++talk.idle >= MAX_IDLE) return { kind: "said", text: reply.text };
  const cut = reply.end === "cut" ? "Your reply was cut off because it was too long. " : "";
  talk.messages = [...talk.messages, userSays(cut + GO_ON)];
  return undefined;
}
