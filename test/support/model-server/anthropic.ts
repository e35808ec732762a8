/** Anthropic's messages: what Claude Code speaks. Its input tokens leave out the cached ones. */
import {
  argsObject,
  asList,
  asObject,
  type JsonObject,
  type Message,
  pieces,
  type ReadyCall,
  type ReadySaid,
  type Refusal,
  type SseEvent,
  textOf,
  type WireFormat,
} from "./conversation.ts";

export const anthropic: WireFormat = { parse, whole, events, refuse };

function parse(body: JsonObject) {
  const tools = asList(body.tools)
    .filter((tool) => tool.input_schema !== undefined)
    .map((tool) => ({ name: String(tool.name), schema: asObject(tool.input_schema) }));
  const system: Message[] = body.system === undefined ? [] : [{ role: "system", text: textOf(body.system), calls: [] }];
  const messages = [...system, ...asList(body.messages).flatMap(messagesOf)];
  return { wire: "anthropic" as const, model: String(body.model), stream: body.stream === true, tools, messages };
}

/** Results of tools come as parts of a user's message. */
function messagesOf(m: JsonObject): readonly Message[] {
  if (typeof m.content === "string") return [{ role: m.role as Message["role"], text: m.content, calls: [] }];
  const parts = asList(m.content);
  const results = parts
    .filter((part) => part.type === "tool_result")
    .map((part): Message => ({ role: "tool", text: textOf(part.content), calls: [] }));
  const calls = parts.filter((part) => part.type === "tool_use").map((part) => String(part.name));
  const text = textOf(parts.filter((part) => part.type === "text"));
  const said = text === "" && calls.length === 0 ? [] : [{ role: m.role as Message["role"], text, calls }];
  return [...results, ...said];
}

function whole(said: ReadySaid): JsonObject {
  const text = said.text === "" ? [] : [{ type: "text", text: said.text }];
  const calls = said.calls.map((call) => ({ ...useOf(call), input: argsObject(call.input) }));
  return {
    ...head(said),
    content: [...text, ...calls],
    stop_reason: stopOf(said),
    stop_sequence: null,
    usage: usageOf(said),
  };
}

function events(said: ReadySaid): readonly SseEvent[] {
  const blocks = [
    ...(said.text === "" ? [] : [{ start: { type: "text", text: "" }, kind: "text", all: said.text }]),
    ...said.calls.map((call) => ({ start: { ...useOf(call), input: {} }, kind: "json", all: call.input })),
  ];
  const start = {
    ...head(said),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...usageOf(said), output_tokens: 1 },
  };
  return [
    event("message_start", { message: start }),
    event("ping", {}),
    ...blocks.flatMap(({ start, kind, all }, index) => [
      event("content_block_start", { index, content_block: start }),
      ...pieces(all).map((piece) => ({
        ...event("content_block_delta", { index, delta: deltaOf(kind, piece) }),
        piece: kind === "text",
      })),
      event("content_block_stop", { index }),
    ]),
    event("message_delta", { delta: { stop_reason: stopOf(said), stop_sequence: null }, usage: usageOf(said) }),
    event("message_stop", {}),
  ];
}

function deltaOf(kind: string, piece: string): JsonObject {
  return kind === "text" ? { type: "text_delta", text: piece } : { type: "input_json_delta", partial_json: piece };
}

function event(type: string, fields: JsonObject): SseEvent {
  return { event: type, data: { type, ...fields } };
}

function head(said: ReadySaid): JsonObject {
  return { id: said.id, type: "message", role: "assistant", model: said.model };
}

function useOf(call: ReadyCall): JsonObject {
  return { type: "tool_use", id: call.id, name: call.tool.name };
}

function stopOf(said: ReadySaid): string {
  if (said.cut) return "max_tokens";
  return said.calls.length > 0 ? "tool_use" : "end_turn";
}

/** Anthropic always says usage; a reply without one says 0. */
function usageOf({ usage }: ReadySaid): JsonObject {
  const { input, cached, output } = usage ?? { input: 0, cached: 0, output: 0 };
  return {
    input_tokens: input - cached,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
    output_tokens: output,
  };
}

function refuse(refusal: Refusal) {
  const types: Record<number, string> = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
  };
  const type = types[refusal.status] ?? (refusal.status < 500 ? "invalid_request_error" : "api_error");
  const headers: Record<string, string> =
    refusal.resetAt === undefined
      ? {}
      : { "anthropic-ratelimit-requests-remaining": "0", "anthropic-ratelimit-requests-reset": refusal.resetAt };
  return {
    headers,
    body: { type: "error", error: { type, message: refusal.message ?? type }, request_id: "req_scripted" },
  };
}
