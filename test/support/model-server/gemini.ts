/** Google's generateContent and streamGenerateContent?alt=sse: what Gemini CLI speaks. */
import {
  argsObject,
  asList,
  asObject,
  type JsonObject,
  type Message,
  pieces,
  type ReadySaid,
  type Refusal,
  type SseEvent,
  textOf,
  type WireFormat,
} from "./conversation.ts";

export const gemini: WireFormat = { parse, whole, events, refuse };

function parse(body: JsonObject, path: string) {
  const declared = asList(body.tools).flatMap((group) => asList(group.functionDeclarations));
  const tools = declared.map((f) => ({
    name: String(f.name),
    schema: asObject(f.parametersJsonSchema ?? f.parameters),
  }));
  const instruction = asObject(body.systemInstruction ?? body.system_instruction);
  const system: Message[] =
    instruction.parts === undefined ? [] : [{ role: "system", text: textOf(instruction.parts), calls: [] }];
  return {
    wire: "gemini" as const,
    model: decodeURIComponent(/models\/([^:]+):/.exec(path)?.[1] ?? "unknown"),
    stream: path.includes(":streamGenerateContent"),
    tools,
    messages: [...system, ...asList(body.contents).flatMap(messagesOf)],
  };
}

function messagesOf(content: JsonObject): readonly Message[] {
  const parts = asList(content.parts);
  const results = parts
    .filter((part) => part.functionResponse !== undefined)
    .map((part): Message => ({ role: "tool", text: resultText(asObject(part.functionResponse)), calls: [] }));
  const calls = parts
    .filter((part) => part.functionCall !== undefined)
    .map((part) => String(asObject(part.functionCall).name));
  const text = textOf(parts.filter((part) => part.text !== undefined));
  const role = content.role === "model" ? "assistant" : "user";
  return [...results, ...(text === "" && calls.length === 0 ? [] : [{ role, text, calls } as const])];
}

function resultText(response: JsonObject): string {
  const value = asObject(response.response);
  const inner = value.output ?? value.content ?? value.error ?? value;
  return typeof inner === "string" ? inner : JSON.stringify(inner);
}

function whole(said: ReadySaid): JsonObject {
  const text = said.text === "" ? [] : [{ text: said.text }];
  const parts = [...text, ...callParts(said)];
  return { ...head(said), candidates: [candidate(parts, finishOf(said))], ...usageOf(said) };
}

function events(said: ReadySaid): readonly SseEvent[] {
  const chunk = (parts: readonly JsonObject[]) => ({ ...head(said), candidates: [candidate(parts)] });
  const last = { ...head(said), candidates: [candidate([{ text: "" }], finishOf(said))], ...usageOf(said) };
  return [
    ...pieces(said.text).map((text) => ({ data: chunk([{ text }]), piece: true })),
    ...callParts(said).map((part) => ({ data: chunk([part]) })),
    { data: last },
  ];
}

function callParts(said: ReadySaid): readonly JsonObject[] {
  return said.calls.map((call) => ({
    functionCall: { id: call.id, name: call.tool.name, args: argsObject(call.input) },
    thoughtSignature: "c2NyaXB0ZWQ=",
  }));
}

function candidate(parts: readonly JsonObject[], finishReason?: string): JsonObject {
  return { content: { role: "model", parts }, index: 0, ...(finishReason !== undefined && { finishReason }) };
}

function head(said: ReadySaid): JsonObject {
  return { responseId: said.id, modelVersion: said.model };
}

function finishOf(said: ReadySaid): string {
  return said.cut ? "MAX_TOKENS" : "STOP";
}

function usageOf({ usage }: ReadySaid): JsonObject {
  if (usage === undefined) return {};
  return {
    usageMetadata: {
      promptTokenCount: usage.input,
      cachedContentTokenCount: usage.cached,
      candidatesTokenCount: usage.output,
      totalTokenCount: usage.input + usage.output,
    },
  };
}

/** Google names the time left in the body. */
function refuse(refusal: Refusal) {
  const names: Record<number, string> = { 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 429: "RESOURCE_EXHAUSTED" };
  const status = names[refusal.status] ?? (refusal.status < 500 ? "INVALID_ARGUMENT" : "INTERNAL");
  const left = refusal.resetAt === undefined ? undefined : Math.max(0, Date.parse(refusal.resetAt) - Date.now()) / 1000;
  const info = { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${left?.toFixed(3)}s` };
  const error = {
    code: refusal.status,
    message: refusal.message ?? status,
    status,
    ...(left !== undefined && { details: [info] }),
  };
  return { headers: {}, body: { error } };
}
