/**
 * One request at the gateway: refused in clear words, or counted and passed on (`forward.ts`).
 *
 * Only paths of models at the upstreams that were named go through. No header, query or body is put into a text here.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { withKey } from "./credentials.ts";
import { forward, type Gate, refuse } from "./forward.ts";
import { strangerIn } from "./headers.ts";
import { refusalOf } from "./limits.ts";
import type { Charge } from "./meter.ts";
import { isLocal, type Upstream } from "./upstream.ts";
import { purposeOf, readAsk } from "./wire.ts";

/** Anthropic's own limit of a request; the others' are no larger for what agents send. */
const MAX_BODY = 32 << 20;

export async function pass(gate: Gate, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const stranger = strangerIn(request.headers);
  if (stranger !== undefined) return refuse(response, undefined, 403, stranger);
  const { name, path, query } = partsOf(request.url ?? "");
  const upstream = gate.upstreams.find((u) => u.name === name);
  if (upstream === undefined) return refuse(response, undefined, 403, unknownText(gate));
  const { wire } = upstream;
  // Agents that are told to upgrade by other means go on without a WebSocket at once.
  if (request.headers.upgrade !== undefined) return refuse(response, wire, 426, "This gateway speaks no WebSocket.");
  const purpose = purposeOf(wire, request.method, path);
  if (purpose === undefined) {
    const text = `This gateway passes on only requests to models; ${request.method} on this path is none.`;
    return refuse(response, wire, 403, text);
  }
  const own = { headers: request.headers, query };
  const admitted = upstream.key === undefined ? own : withKey(own, gate.token, upstream.key);
  if (admitted === undefined) return refuse(response, wire, 401, "This gateway knows only the token of its own agent.");
  const { headers } = admitted;
  const target = path + admitted.query;
  if (request.method === "GET") return forward(gate, request, response, { upstream, target, headers, body: undefined });
  const body = await readBody(request);
  if (typeof body === "string") {
    return refuse(response, wire, body === "too long" ? 413 : 400, `The request's body is ${body}.`);
  }
  if (purpose === "free") return forward(gate, request, response, { upstream, target, headers, body });
  askModel(gate, request, response, { upstream, path, target, headers, body });
}

interface Asked {
  readonly upstream: Upstream;
  readonly path: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Reading, checking and counting happen in one go, so that no other request can come in between. */
function askModel(gate: Gate, request: IncomingMessage, response: ServerResponse, asked: Asked): void {
  const { upstream, path, target, headers, body } = asked;
  const { meter } = gate;
  const encoding = request.headers["content-encoding"] ?? "identity";
  const ask = encoding === "identity" ? readAsk(upstream.wire, path, body) : undefined;
  if (ask === undefined) {
    refuse(response, upstream.wire, 400, "Expected a JSON object that is not compressed as the request's body.");
    return;
  }
  const refusal = refusalOf(meter, ask, isLocal(upstream));
  if (refusal !== undefined) {
    meter.refused += 1;
    meter.lastRefusal = refusal;
    refuse(response, upstream.wire, 400, refusal);
    return;
  }
  const charge: Charge = {
    model: ask.model,
    maxOutput: ask.maxOutput,
    isLocal: isLocal(upstream),
    tokens: undefined,
    otherRate: false,
    state: "open",
  };
  meter.charges.push(charge);
  forward(gate, request, response, { upstream, target, headers, body: ask.body, charge, added: ask.added });
}

function partsOf(url: string): { readonly name: string; readonly path: string; readonly query: string } {
  const [, name = "", path = "", query = ""] = /^\/([a-z0-9-]+)(\/[^?]*)?(\?.*)?$/.exec(url) ?? [];
  return { name, path, query };
}

function unknownText(gate: Gate): string {
  const names = gate.upstreams.map((upstream) => `/${upstream.name}/`).join(", ");
  return `This gateway passes on only what begins with ${names || "the name of an upstream, and it has none"}.`;
}

/** The whole body, or what is wrong with it. */
async function readBody(request: IncomingMessage): Promise<Buffer | "too long" | "broken off"> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BODY) return "too long";
      chunks.push(chunk);
    }
  } catch {
    return "broken off";
  }
  return Buffer.concat(chunks);
}
