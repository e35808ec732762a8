/** OpenAI's chat completions: what Ollama, llama.cpp, vLLM, LM Studio and OpenRouter speak too. */
import {
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

export const chat: WireFormat = { parse, whole, events, refuse: refuseLikeOpenAi };

function parse(body: JsonObject) {
  const tools = asList(body.tools).map((tool) => {
    const f = asObject(tool.function);
    return { name: String(f.name), schema: asObject(f.parameters) };
  });
  const messages = asList(body.messages).map((m): Message => {
    const role = m.role === "developer" ? "system" : (m.role as Message["role"]);
    const calls = asList(m.tool_calls).map((call) => String(asObject(call.function).name));
    return { role, text: textOf(m.content), calls };
  });
  return { wire: "openai-chat" as const, model: String(body.model), stream: body.stream === true, tools, messages };
}

function whole(said: ReadySaid): JsonObject {
  const tool_calls = said.calls.map(callOf);
  const message = { role: "assistant", content: said.text || null, ...(tool_calls.length > 0 && { tool_calls }) };
  return {
    ...head(said, "chat.completion"),
    choices: [{ index: 0, message, finish_reason: finishOf(said) }],
    ...usageOf(said),
  };
}

function events(said: ReadySaid): readonly SseEvent[] {
  const chunk = (delta: JsonObject, finish_reason: string | null = null) => ({
    ...head(said, "chat.completion.chunk"),
    choices: [{ index: 0, delta, finish_reason }],
  });
  const calls = said.calls.flatMap((call, index) => {
    const [first = "", ...rest] = pieces(call.input);
    const opening = { index, ...callOf({ ...call, input: first }) };
    const more = rest.map((piece) => ({ index, function: { arguments: piece } }));
    return [opening, ...more].map((tool_call) => ({ data: chunk({ tool_calls: [tool_call] }) }));
  });
  const usage =
    said.usage === undefined ? [] : [{ ...head(said, "chat.completion.chunk"), choices: [], ...usageOf(said) }];
  return [
    { data: chunk({ role: "assistant", content: "" }) },
    ...pieces(said.text).map((content) => ({ data: chunk({ content }), piece: true })),
    ...calls,
    { data: chunk({}, finishOf(said)) },
    ...usage.map((data) => ({ data })),
    { data: "[DONE]" },
  ];
}

function head(said: ReadySaid, object: string): JsonObject {
  return { id: said.id, object, created: 1_700_000_000, model: said.model };
}

function callOf(call: ReadyCall) {
  return { id: call.id, type: "function", function: { name: call.tool.name, arguments: call.input } };
}

function finishOf(said: ReadySaid): string {
  if (said.filtered) return "content_filter";
  if (said.cut) return "length";
  return said.calls.length > 0 ? "tool_calls" : "stop";
}

function usageOf({ usage }: ReadySaid): JsonObject {
  if (usage === undefined) return {};
  return {
    usage: {
      prompt_tokens: usage.input,
      completion_tokens: usage.output,
      total_tokens: usage.input + usage.output,
      prompt_tokens_details: { cached_tokens: usage.cached },
      ...(usage.dollars !== undefined && { cost: usage.dollars }),
    },
  };
}

/** OpenAI names the time left in headers, as "1m30.5s". */
export function refuseLikeOpenAi(refusal: Refusal) {
  const type =
    refusal.status === 429 ? "rate_limit_exceeded" : refusal.status < 500 ? "invalid_request_error" : "server_error";
  const left = refusal.resetAt === undefined ? undefined : Math.max(0, Date.parse(refusal.resetAt) - Date.now()) / 1000;
  const minutes = Math.floor((left ?? 0) / 60);
  const reset = left === undefined ? undefined : `${minutes}m${(left - minutes * 60).toFixed(3)}s`;
  const headers: Record<string, string> =
    reset === undefined ? {} : { "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": reset };
  return { headers, body: { error: { message: refusal.message ?? type, type, param: null, code: type } } };
}
