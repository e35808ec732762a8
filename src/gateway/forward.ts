/**
 * Passes one request on to its upstream and the reply back, and reads the usage on the way.
 *
 * Bytes of a reply go on as they come; nothing of a request or a reply is kept or written down. When the agent goes
 * away the upstream's work is broken off too. No time limit: a model may think for long, and the turn has its own.
 */
import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import { pipeline } from "node:stream";
import { headersDown, headersUp } from "./headers.ts";
import type { Charge, Meter } from "./meter.ts";
import { endReply, feedReply, openReply, usageOf } from "./reply.ts";
import type { Upstream } from "./upstream.ts";
import { refusalBody, type Wire } from "./wire.ts";

/** What all requests at one gateway share. */
export interface Gate {
  readonly upstreams: readonly Upstream[];
  readonly meter: Meter;
  /** What an agent must send in place of an upstream's key. */
  readonly token: string;
  /** Connections to the upstreams, kept for the next request. */
  readonly agents: { readonly http: http.Agent; readonly https: https.Agent };
}

/** One request that may be passed on. */
export interface Passing {
  readonly upstream: Upstream;
  /** Path and query behind the upstream's name. */
  readonly target: string;
  /** The agent's, with the upstream's key where the gateway adds it. */
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer | undefined;
  /** Missing for what is free. */
  readonly charge?: Charge | undefined;
  /** What the gateway added to the body, for the reply's header. */
  readonly added?: string | undefined;
}

/** Failures before anything was sent: nobody can have billed for it. */
const NEVER_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"]);

export function forward(
  gate: Gate,
  request: IncomingMessage,
  response: ServerResponse,
  passing: Passing,
  isRetry = false,
): void {
  const up = openRequest(gate, request, passing);
  const abort = () => up.destroy();
  response.once("close", abort);
  up.on("response", (reply) => carryBack(reply, response, passing));
  up.on("error", (error: NodeJS.ErrnoException) => {
    response.off("close", abort);
    const code = error.code ?? "no answer";
    if (response.headersSent || response.destroyed) {
      settle(passing.charge, "cut");
      response.destroy();
    } else if (up.reusedSocket && code === "ECONNRESET" && !isRetry) {
      // The upstream closed a kept connection just as it was used again: the request was not read.
      forward(gate, request, response, passing, true);
    } else {
      settle(passing.charge, NEVER_SENT.has(code) ? "failed" : "cut");
      const text = `The model endpoint "${passing.upstream.name}" gave no answer (${code}).`;
      refuse(response, passing.upstream.wire, 502, text);
    }
  });
  up.end(passing.body);
}

function openRequest(gate: Gate, request: IncomingMessage, passing: Passing): http.ClientRequest {
  const { upstream, target, headers, body } = passing;
  const url = new URL(upstream.baseUrl.replace(/\/+$/, "") + target);
  const isTls = url.protocol === "https:";
  return (isTls ? https : http).request(url, {
    method: request.method,
    headers: headersUp(headers, body?.length),
    agent: isTls ? gate.agents.https : gate.agents.http,
  });
}

/** The reply on its way back. Its usage is read before the agent can see its end, and so before it asks again. */
function carryBack(reply: IncomingMessage, response: ServerResponse, passing: Passing): void {
  const { upstream, charge, added } = passing;
  const status = reply.statusCode ?? 502;
  if (charge !== undefined && status === 429) charge.limited = { until: retryTime(reply.headers["retry-after"]) };
  if (charge !== undefined && status >= 400) settle(charge, "failed");
  else if (charge !== undefined) meterReply(reply, charge, upstream.wire);
  response.writeHead(status, headersDown(reply.headers, added));
  response.flushHeaders();
  // Either side's end or fault is the other's; what it was is in the charge.
  pipeline(reply, response, () => {});
}

/** `retry-after` is a count of seconds or a date. */
function retryTime(header: string | undefined): string | undefined {
  const time = /^\d{1,9}$/.test(header ?? "") ? Date.now() + Number(header) * 1000 : Date.parse(header ?? "");
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

function meterReply(reply: IncomingMessage, charge: Charge, wire: Wire): void {
  const reading = openReply(wire, reply.headers["content-type"] ?? "");
  const note = () => {
    const { tokens, isWhole } = usageOf(reading);
    charge.tokens = tokens;
    charge.otherRate = reading.seen.otherRate;
    if (isWhole) settle(charge, "whole");
  };
  reply.on("data", (chunk: Buffer) => {
    if (feedReply(reading, chunk)) note();
  });
  const end = (isComplete: boolean) => {
    endReply(reading, isComplete);
    note();
    settle(charge, "cut");
  };
  reply.on("end", () => end(true));
  reply.on("close", () => end(false));
}

/** The first word on how a charge ended counts. */
function settle(charge: Charge | undefined, state: "whole" | "cut" | "failed"): void {
  if (charge?.state === "open") charge.state = state;
}

/** Answers instead of the upstream, in the shape of an error that the agent knows. */
export function refuse(response: ServerResponse, wire: Wire | undefined, status: number, message: string): void {
  if (response.headersSent || response.destroyed) return;
  const body = refusalBody(wire, status, message);
  const length = Buffer.byteLength(body);
  response.writeHead(status, { "content-type": "application/json", "content-length": length });
  response.end(body);
}
