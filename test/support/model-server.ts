/**
 * A model server that says what a script says, in the words of four vendors: OpenAI's chat completions and responses,
 * Anthropic's messages and Google's generateContent, each whole or streamed. Agents and libraries meet it as they would
 * meet the real thing: real HTTP, on 127.0.0.1.
 *
 * What it does not do: check keys, count tokens (usage is what the script says), reason, images.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { anthropic } from "./model-server/anthropic.ts";
import { chat } from "./model-server/chat.ts";
import {
  asObject,
  type Conversation,
  type JsonObject,
  type OfferedTool,
  type ReadySaid,
  type ReadyUsage,
  type Reply,
  type ReplyUsage,
  type Said,
  type ToolCall,
  type Wire,
  type WireFormat,
} from "./model-server/conversation.ts";
import { gemini } from "./model-server/gemini.ts";
import { responses } from "./model-server/responses.ts";

export type { Conversation, Reply, ToolCall, Wire } from "./model-server/conversation.ts";
export { type Edit, editCall, editScript, readCall } from "./model-server/edit-script.ts";

/** One reply per request, in order, then status 400; or a function of the conversation. */
export type ModelScript = readonly Reply[] | ((conversation: Conversation) => Reply | Promise<Reply>);

export interface RecordedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Parsed; a text when it was no JSON. */
  readonly body: unknown;
  /** What the script was asked; missing for requests that ask for no reply (a list of models, a count of tokens). */
  readonly conversation?: Conversation | undefined;
}

export interface ModelServer {
  /** http://127.0.0.1:port; OpenAI's base is `${url}/v1`, Google's `${url}/v1beta`. */
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  close(): Promise<void>;
}

const FORMATS: Readonly<Record<Wire, WireFormat>> = {
  "openai-chat": chat,
  "openai-responses": responses,
  anthropic,
  gemini,
};

/** What the script says of every reply that says no usage of its own. */
export const USAGE = { input: 1000, cached: 400, output: 50 } as const;

export async function startModelServer(script: ModelScript): Promise<ModelServer> {
  const requests: RecordedRequest[] = [];
  const server = createServer((request, response) => {
    // A client that went away is not a fault of the server: its requests are recorded, and that is all.
    response.on("error", () => undefined);
    handle({ script, requests, request, response }).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: { message: `the script failed: ${String(error)}` } });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, close: () => closeServer(server) };
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

interface Exchange {
  readonly script: ModelScript;
  readonly requests: RecordedRequest[];
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function handle({ script, requests, request, response }: Exchange): Promise<void> {
  const path = request.url ?? "/";
  const body = await readBody(request);
  const wire = wireOf(request.method ?? "GET", path);
  const base = { method: request.method ?? "GET", path, headers: { ...request.headers }, body };
  if (wire === undefined) {
    requests.push(base);
    answerAside(path, response);
    return;
  }
  const call = requests.filter((r) => r.conversation !== undefined).length + 1;
  const conversation = { ...FORMATS[wire].parse(asObject(body), path), call };
  requests.push({ ...base, conversation });
  const atEnd = { status: 400, message: "the script has no more replies" };
  const reply = typeof script === "function" ? await script(conversation) : (script[call - 1] ?? atEnd);
  await send(reply, conversation, response);
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function wireOf(method: string, path: string): Wire | undefined {
  const [place = ""] = path.split("?");
  if (method !== "POST") return undefined;
  if (place.endsWith("/chat/completions")) return "openai-chat";
  if (place.endsWith("/responses")) return "openai-responses";
  if (place.endsWith("/messages")) return "anthropic";
  return /:(?:stream)?[gG]enerateContent$/.test(place) ? "gemini" : undefined;
}

/** What agents ask for on the side. */
function answerAside(path: string, response: ServerResponse): void {
  const [place = ""] = path.split("?");
  const models = [{ id: "scripted", object: "model", created: 1_700_000_000, owned_by: "test" }];
  if (place.endsWith("/count_tokens")) sendJson(response, 200, { input_tokens: USAGE.input });
  else if (place.endsWith(":countTokens")) sendJson(response, 200, { totalTokens: USAGE.input });
  else if (place.endsWith("/models")) sendJson(response, 200, { object: "list", data: models });
  else sendJson(response, 404, { error: { message: `no such path: ${place}` } });
}

async function send(reply: Reply, conversation: Conversation, response: ServerResponse): Promise<void> {
  const format = FORMATS[conversation.wire];
  if ("hangUp" in reply) {
    response.destroy();
    return;
  }
  if ("status" in reply) {
    const { headers, body } = format.refuse(reply);
    const after = reply.retryAfterSeconds === undefined ? {} : { "retry-after": String(reply.retryAfterSeconds) };
    sendJson(response, reply.status, body, { ...headers, ...after, ...reply.headers });
    return;
  }
  const said = ready(reply, conversation);
  if (conversation.stream) return stream(reply, format.events(said), response);
  return sendWhole(reply, format.whole(said), response);
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

async function sendWhole(reply: Said, body: JsonObject, response: ServerResponse): Promise<void> {
  await sleep(reply.slowMs ?? 0);
  const text = JSON.stringify(body);
  response.writeHead(200, { "content-type": "application/json" });
  while (reply.endless === true && !response.destroyed) {
    response.write(" ");
    await sleep(20);
  }
  response.end(reply.malformed === true ? text.slice(0, text.length / 2) : text);
}

async function stream(reply: Said, events: readonly SseEvents[number][], response: ServerResponse): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  response.flushHeaders();
  const broken = reply.malformed === true ? Math.ceil(events.length / 2) : events.length;
  for (const event of events.slice(0, broken)) {
    if (reply.slowMs !== undefined) await sleep(reply.slowMs);
    do {
      if (response.destroyed) return;
      response.write(sse(event));
      if (reply.endless === true) await sleep(event.piece === true ? 20 : 0);
    } while (reply.endless === true && event.piece === true);
  }
  if (reply.malformed === true) response.write('data: {"choices":[{"delta":{"content":"hal\n\n');
  response.end();
}

type SseEvents = ReturnType<WireFormat["events"]>;

function sse({ event, data }: SseEvents[number]): string {
  const text = typeof data === "string" ? data : JSON.stringify(data);
  return `${event === undefined ? "" : `event: ${event}\n`}data: ${text}\n\n`;
}

function ready(reply: Said, conversation: Conversation): ReadySaid {
  const { call, model } = conversation;
  const calls = (reply.tools ?? []).map((tool, i) => readyCall(tool, conversation, `call_${call}_${i}`));
  const text = reply.text ?? (reply.endless === true || reply.malformed === true ? "on and on " : "");
  const usage = reply.usage === "none" ? undefined : readyUsage(reply.usage ?? {});
  return {
    id: `scripted_${call}`,
    model,
    text,
    calls,
    usage,
    cut: reply.cut === true,
    filtered: reply.filtered === true,
  };
}

function readyUsage({ input = USAGE.input, output = USAGE.output, cached, dollars }: ReplyUsage): ReadyUsage {
  // Fewer input tokens than are cached by default would make no sense.
  return { input, output, cached: cached ?? Math.min(USAGE.cached, input), dollars };
}

/** A tool that is not offered is called all the same: models do that. */
function readyCall(call: ToolCall, { tools }: Conversation, id: string) {
  const tool = typeof call.name === "function" ? call.name(tools) : findTool(call.name, tools);
  if (tool === undefined) throw new Error(`no tool fits among: ${tools.map((t) => t.name).join(", ")}`);
  const args = call.args ?? {};
  return { id, tool, input: typeof args === "string" ? args : JSON.stringify(args) };
}

function findTool(name: string, tools: readonly OfferedTool[]): OfferedTool {
  const exact = tools.find((tool) => tool.name === name);
  const byEnd = tools.find((tool) => tool.name.endsWith(`_${name}`));
  return exact ?? byEnd ?? { name, schema: {} };
}
