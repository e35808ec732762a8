/**
 * One request to the model: streamed, bounded, tried again when a fault passes. Answers what the model said, or a
 * fault.
 *
 * Promises: a reply that does not end is cut off at a bound of our own, whatever the server was asked; an aborted
 * signal ends it at once by an exception, its only one. What a reply that broke off had cost is not known; the caller
 * is told of it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { FinishReason, LanguageModel, LanguageModelUsage, ModelMessage, TextStreamPart, ToolSet } from "ai";
import { type Asked, type Fault, faultOf } from "./fault.ts";
import { PROVIDER_OPTIONS } from "./model.ts";

export interface Ask extends Asked {
  readonly model: LanguageModel;
  readonly system: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: ToolSet;
  readonly maxOutputTokens: number;
  /** The first wait before another try; doubled each time, and between half and one and a half of that. */
  readonly retryMs: number;
  readonly signal: AbortSignal;
  /** Told of each fault that is tried again; `begun`: the reply had begun, and what it cost is not known. */
  readonly onRetry: (why: string, begun: boolean) => void;
}

export interface Called {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
  /** Why the library could not read it; undefined when it could. */
  readonly broken?: string | undefined;
}

/** Of one request; undefined where the server did not say. */
export interface Used {
  readonly inputTokens?: number | undefined;
  readonly cachedTokens?: number | undefined;
  readonly cacheWriteTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  /** OpenRouter says what a request cost. */
  readonly dollars?: number | undefined;
}

/** `cut`: at the limit of output tokens. `refused`: by a filter of the vendor's. */
export type End = "whole" | "cut" | "refused";

export interface Replied {
  readonly text: string;
  readonly calls: readonly Called[];
  readonly end: End;
  /** The assistant's part of the conversation, as the library wants it back. */
  readonly messages: readonly ModelMessage[];
  readonly used: Used;
}

export type Request = { readonly ok: true; readonly reply: Replied } | { readonly ok: false; readonly fault: Fault };

const RETRIES = 3;
/** Characters of a reply per token that was asked for: beyond this the server ignores the limit. */
const CHARS_PER_TOKEN = 8;

export async function request(ask: Ask): Promise<Request> {
  for (let attempt = 0; ; attempt++) {
    const result = await once(ask);
    if (result.ok || result.fault.kind !== "passing" || attempt === RETRIES) return result;
    ask.onRetry(result.fault.why, result.fault.begun);
    const wait = ask.retryMs * 2 ** attempt * (0.5 + Math.random());
    await sleep(wait, undefined, { signal: ask.signal }).catch(() => undefined);
    ask.signal.throwIfAborted();
  }
}

async function once(ask: Ask): Promise<Request> {
  // Ends the request when it is over for us, also when it is not for the server.
  const own = new AbortController();
  const stop = () => own.abort();
  ask.signal.addEventListener("abort", stop, { once: true });
  try {
    ask.signal.throwIfAborted();
    return { ok: true, reply: await read(ask, own.signal) };
  } catch (error) {
    ask.signal.throwIfAborted();
    if (error instanceof Overlong) return { ok: false, fault: { kind: "lasting", why: error.message } };
    return { ok: false, fault: faultOf(error, ask) };
  } finally {
    ask.signal.removeEventListener("abort", stop);
    own.abort();
  }
}

class Overlong extends Error {}

async function read(ask: Ask, abortSignal: AbortSignal): Promise<Replied> {
  const { streamText } = await import("ai");
  const { model, system, tools, maxOutputTokens } = ask;
  const result = streamText({
    model,
    system,
    tools,
    maxOutputTokens,
    messages: [...ask.messages],
    maxRetries: 0,
    abortSignal,
    providerOptions: PROVIDER_OPTIONS,
    // Errors come through the stream; the library would print them as well.
    onError: () => undefined,
  });
  const reading: Reading = { text: "", size: 0, calls: [], used: {}, end: "broken off" };
  for await (const part of result.fullStream) {
    if (part.type === "error") throw part.error;
    if (part.type === "abort") throw new Error("the request was aborted");
    take(reading, part);
    if (reading.size > maxOutputTokens * CHARS_PER_TOKEN) {
      throw new Overlong(`the reply did not end after ${reading.size} characters`);
    }
  }
  const { text, calls, end, used } = reading;
  if (end === "broken off") throw new Error("the reply broke off");
  const messages = (await result.response).messages.filter((m) => m.role === "assistant");
  return { text, calls, end, used, messages };
}

interface Reading {
  text: string;
  size: number;
  readonly calls: Called[];
  used: Used;
  end: End | "broken off";
}

function take(reading: Reading, part: TextStreamPart<ToolSet>): void {
  switch (part.type) {
    case "text-delta":
      reading.text += part.text;
      reading.size += part.text.length;
      return;
    case "reasoning-delta":
      reading.size += part.text.length;
      return;
    case "tool-input-delta":
      reading.size += part.delta.length;
      return;
    case "tool-call": {
      const broken = "invalid" in part && part.invalid === true ? wordsOf(part.error) : undefined;
      reading.calls.push({ id: part.toolCallId, name: part.toolName, input: part.input, broken });
      return;
    }
    case "finish-step":
      reading.end = endOf(part.finishReason, part.rawFinishReason);
      reading.used = usedOf(part.usage);
      return;
  }
}

/** A stream that stopped without a reason of the server's broke off, whatever the library makes of it. */
function endOf(reason: FinishReason, raw: string | undefined): Reading["end"] {
  if (reason === "error" || (reason === "other" && raw === undefined)) return "broken off";
  if (reason === "content-filter") return "refused";
  return reason === "length" ? "cut" : "whole";
}

/** 0 and 0 is what the library says for a server that said nothing. */
function usedOf(usage: LanguageModelUsage): Used {
  const { inputTokens, outputTokens, inputTokenDetails: input } = usage;
  if ((inputTokens ?? 0) === 0 && (outputTokens ?? 0) === 0) return {};
  const cost = usage.raw?.cost;
  return {
    inputTokens,
    outputTokens,
    cachedTokens: input.cacheReadTokens,
    cacheWriteTokens: input.cacheWriteTokens,
    dollars: typeof cost === "number" && cost >= 0 ? cost : undefined,
  };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
