/** OpenAI's responses: what Codex speaks. A tool without a schema is a custom tool, called with plain text. */
import { refuseLikeOpenAi } from "./chat.ts";
import {
  asList,
  asObject,
  type JsonObject,
  type Message,
  type OfferedTool,
  pieces,
  type ReadyCall,
  type ReadySaid,
  type SseEvent,
  textOf,
  type WireFormat,
} from "./conversation.ts";

export const responses: WireFormat = { parse, whole, events, refuse: refuseLikeOpenAi };

function parse(body: JsonObject) {
  const input = typeof body.input === "string" ? [{ role: "user", content: body.input }] : asList(body.input);
  const system = typeof body.instructions === "string" ? [message("system", body.instructions)] : [];
  return {
    wire: "openai-responses" as const,
    model: String(body.model),
    stream: body.stream === true,
    tools: asList(body.tools).flatMap((tool) => toolsOf(tool, undefined)),
    messages: [...system, ...input.flatMap(messagesOf)],
  };
}

function toolsOf(tool: JsonObject, namespace: string | undefined): readonly OfferedTool[] {
  if (tool.type === "namespace") return asList(tool.tools).flatMap((inner) => toolsOf(inner, String(tool.name)));
  if (tool.type === "custom") return [{ name: String(tool.name), namespace, schema: undefined }];
  if (tool.type === "function") return [{ name: String(tool.name), namespace, schema: asObject(tool.parameters) }];
  // Tools that OpenAI itself runs (web search, images) cannot be called by name.
  return [];
}

function messagesOf(item: JsonObject): readonly Message[] {
  if (item.type === "function_call_output" || item.type === "custom_tool_call_output") {
    return [message("tool", typeof item.output === "string" ? item.output : textOf(item.output))];
  }
  if (item.type === "function_call" || item.type === "custom_tool_call") {
    return [{ ...message("assistant", ""), calls: [String(item.name)] }];
  }
  if (item.role === undefined) return [];
  const role = item.role === "developer" ? "system" : (item.role as Message["role"]);
  return [message(role, textOf(item.content))];
}

function message(role: Message["role"], text: string): Message {
  return { role, text, calls: [] };
}

function whole(said: ReadySaid): JsonObject {
  const output = [...(said.text === "" ? [] : [messageItem(said)]), ...said.calls.map((call) => callItem(call))];
  return { ...head(said), status: said.cut ? "incomplete" : "completed", output, ...ending(said) };
}

function events(said: ReadySaid): readonly SseEvent[] {
  const list: SseEvent[] = [];
  const add = (type: string, fields: JsonObject, piece = false) => {
    list.push({ event: type, data: { type, sequence_number: list.length, ...fields }, piece });
  };
  const response = { ...head(said), status: "in_progress", output: [] };
  add("response.created", { response });
  add("response.in_progress", { response });
  if (said.text !== "") addMessage(said, add);
  for (const [i, call] of said.calls.entries()) addCall(call, i + (said.text === "" ? 0 : 1), add);
  add(said.cut ? "response.incomplete" : "response.completed", { response: whole(said) });
  return list;
}

type Add = (type: string, fields: JsonObject, piece?: boolean) => void;

function addMessage(said: ReadySaid, add: Add): void {
  const item = messageItem(said);
  const at = { item_id: item.id, output_index: 0, content_index: 0 };
  const part = { type: "output_text", text: said.text, annotations: [] };
  add("response.output_item.added", { output_index: 0, item: { ...item, status: "in_progress", content: [] } });
  add("response.content_part.added", { ...at, part: { ...part, text: "" } });
  for (const delta of pieces(said.text)) add("response.output_text.delta", { ...at, delta }, true);
  add("response.output_text.done", { ...at, text: said.text });
  add("response.content_part.done", { ...at, part });
  add("response.output_item.done", { output_index: 0, item });
}

function addCall(call: ReadyCall, output_index: number, add: Add): void {
  const custom = call.tool.schema === undefined;
  const type = custom ? "response.custom_tool_call_input" : "response.function_call_arguments";
  const at = { item_id: `item_${call.id}`, output_index };
  add("response.output_item.added", { output_index, item: callItem({ ...call, input: "" }, "in_progress") });
  for (const delta of pieces(call.input)) add(`${type}.delta`, { ...at, delta });
  add(`${type}.done`, { ...at, [custom ? "input" : "arguments"]: call.input });
  add("response.output_item.done", { output_index, item: callItem(call) });
}

function messageItem(said: ReadySaid) {
  const content = [{ type: "output_text", text: said.text, annotations: [] }];
  return { type: "message", id: `msg_${said.id}`, status: "completed", role: "assistant", content };
}

function callItem(call: ReadyCall, status = "completed"): JsonObject {
  const base = { id: `item_${call.id}`, call_id: call.id, name: call.tool.name, status };
  if (call.tool.schema === undefined) return { type: "custom_tool_call", ...base, input: call.input };
  const namespace = call.tool.namespace === undefined ? {} : { namespace: call.tool.namespace };
  return { type: "function_call", ...base, ...namespace, arguments: call.input };
}

function head(said: ReadySaid): JsonObject {
  return { id: said.id, object: "response", created_at: 1_700_000_000, model: said.model };
}

function ending(said: ReadySaid): JsonObject {
  const incomplete_details = said.cut ? { reason: "max_output_tokens" } : null;
  if (said.usage === undefined) return { incomplete_details };
  const { input, cached, output } = said.usage;
  const usage = {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  };
  return { incomplete_details, usage };
}
