/**
 * What the four wires have in common: a conversation, the tools offered in it, and the reply of a script.
 *
 * Each wire's file reads its own request into a `Conversation` and writes a `Said` in its own words.
 */

export type Wire = "openai-chat" | "openai-responses" | "anthropic" | "gemini";

export interface OfferedTool {
  readonly name: string;
  /** The group it is offered in (Codex offers the tools of an MCP server so); said again in the call. */
  readonly namespace?: string | undefined;
  /** JSON Schema of its arguments; undefined for a tool that takes plain text. */
  readonly schema: JsonObject | undefined;
}

export interface Message {
  readonly role: "system" | "user" | "assistant" | "tool";
  /** Text of the message, or of a tool's result; the names of tools called are in `calls`. */
  readonly text: string;
  readonly calls: readonly string[];
}

export interface Conversation {
  readonly wire: Wire;
  readonly model: string;
  readonly stream: boolean;
  readonly tools: readonly OfferedTool[];
  readonly messages: readonly Message[];
  /** 1 for the first request for a reply that this server got. */
  readonly call: number;
}

export interface ToolCall {
  /** A name, its end (`propose` finds `mcp__lab__propose`), or a choice among what is offered. */
  readonly name: string | ((tools: readonly OfferedTool[]) => OfferedTool | undefined);
  /** An object; a text is sent as it is, also when it is no JSON. */
  readonly args?: JsonObject | string | undefined;
}

/** Input tokens include the cached ones; each wire says it in its own way. */
export interface ReplyUsage {
  readonly input?: number | undefined;
  readonly cached?: number | undefined;
  readonly output?: number | undefined;
  /** As OpenRouter says what a request cost; on chat completions only. */
  readonly dollars?: number | undefined;
}

/** What a model says. */
export interface Said {
  readonly text?: string | undefined;
  readonly tools?: readonly ToolCall[] | undefined;
  /** "none": the reply has no usage, as some local servers do it. */
  readonly usage?: ReplyUsage | "none" | undefined;
  /** The reply was cut off at the limit of output tokens. */
  readonly cut?: boolean | undefined;
  /** The reply was stopped by a filter; on chat completions only. */
  readonly filtered?: boolean | undefined;
  /** Waits so long before the first and between all chunks. */
  readonly slowMs?: number | undefined;
  /** Sends a part of the reply, then a chunk that is no JSON, and ends. */
  readonly malformed?: boolean | undefined;
  /** Sends text again and again and never ends. */
  readonly endless?: boolean | undefined;
}

/** An answer that is no reply. */
export interface Refusal {
  readonly status: number;
  readonly message?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  /** ISO time; said in the wire's own headers or body, not in Retry-After. */
  readonly resetAt?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The connection is cut without an answer. */
export interface HangUp {
  readonly hangUp: true;
}

export type Reply = Said | Refusal | HangUp;

export type JsonObject = { readonly [key: string]: unknown };

/** A tool call whose tool was found among those offered. */
export interface ReadyCall {
  readonly id: string;
  readonly tool: OfferedTool;
  /** Arguments as text. */
  readonly input: string;
}

export interface ReadyUsage {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly dollars: number | undefined;
}

export interface ReadySaid {
  readonly id: string;
  readonly model: string;
  readonly text: string;
  readonly calls: readonly ReadyCall[];
  readonly usage: ReadyUsage | undefined;
  readonly cut: boolean;
  readonly filtered: boolean;
}

export interface SseEvent {
  readonly event?: string | undefined;
  /** Sent as JSON; a text as it is. */
  readonly data: unknown;
  /** True for a piece of text: an endless reply sends it again and again. */
  readonly piece?: boolean | undefined;
}

/** One wire: reads requests, writes replies. */
export interface WireFormat {
  readonly parse: (body: JsonObject, path: string) => Omit<Conversation, "call">;
  readonly whole: (said: ReadySaid) => JsonObject;
  readonly events: (said: ReadySaid) => readonly SseEvent[];
  readonly refuse: (refusal: Refusal) => { readonly headers: Record<string, string>; readonly body: JsonObject };
}

export function asObject(value: unknown): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

export function asList(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.map(asObject) : [];
}

/** Text of a content field, which is a text or a list of parts with a text each, on every wire. */
export function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  return asList(content)
    .map((part) => part.text ?? (part.content === undefined ? "" : textOf(part.content)))
    .join("");
}

/** A text in up to three pieces: a client must put them together. */
export function pieces(text: string): readonly string[] {
  if (text === "") return [];
  const size = Math.max(1, Math.ceil(text.length / 3));
  return Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size));
}

/** Arguments as an object, for wires that send no text; what is no JSON is sent as a text under "raw". */
export function argsObject(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    return { raw: input };
  }
}
