/**
 * What went wrong with one request, from whatever the library threw, as one of a few values that the turn acts on.
 *
 * The texts come from a server: cleaned, bounded, and without the key.
 */
import type { APICallError } from "ai";
import { oneLine } from "../../util/text.ts";
import type { Endpoint } from "./endpoint.ts";
import { withoutKey } from "./key.ts";
import { resetTime } from "./reset-time.ts";

export type Fault =
  /** Worth another try at once: the server or the line had a fault. `begun`: a reply had begun, and may cost. */
  | { readonly kind: "passing"; readonly why: string; readonly overloaded: boolean; readonly begun: boolean }
  | { readonly kind: "rateLimited"; readonly why: string; readonly until: string | undefined }
  /** The conversation is longer than the model takes. */
  | { readonly kind: "tooLong"; readonly why: string }
  | { readonly kind: "lasting"; readonly why: string };

export interface Asked {
  readonly endpoint: Endpoint;
  readonly key: string | undefined;
}

export function faultOf(error: unknown, asked: Asked): Fault {
  const clean = (text: string) => oneLine(withoutKey(text, asked.key), 400);
  if (isAnswer(error)) return statusFault(error, asked, clean);
  const why = `${asked.endpoint.provider}: ${clean(wordsFor(error))}`;
  const begun = !isUnreachable(error);
  const overloaded = /overloaded/i.test(why);
  return { kind: "passing", why: begun ? why : `${why}. ${reachHint(asked.endpoint)}`, overloaded, begun };
}

/** By name: importing the class would load the library with every command. */
function isAnswer(error: unknown): error is APICallError & { readonly statusCode: number } {
  return (
    error instanceof Error &&
    error.name === "AI_APICallError" &&
    "statusCode" in error &&
    Number(error.statusCode) > 299
  );
}

function statusFault(
  error: APICallError & { readonly statusCode: number },
  { endpoint }: Asked,
  clean: (text: string) => string,
): Fault {
  const status = error.statusCode;
  const body = error.responseBody ?? "";
  const why = `${endpoint.provider} answered ${status}: ${clean(error.message || body)}`;
  const until = () => resetTime({ headers: error.responseHeaders ?? {}, body, now: Date.now() });
  if (status === 401 || status === 403) return { kind: "lasting", why: `${why}. ${keyHint(endpoint)}` };
  if (status === 402 || /insufficient_quota/.test(body))
    return { kind: "lasting", why: `${why} (nothing left to pay with)` };
  if (status === 429) return { kind: "rateLimited", why, until: until() };
  if (
    /too long|too large|context (?:length|window|size)|maximum context|exceed[a-z]* .{0,40}(?:context|tokens?)/i.test(
      body,
    )
  ) {
    return { kind: "tooLong", why };
  }
  if (status >= 500 || status === 408 || status === 409) {
    const overloaded = status === 529 || status === 503 || /overloaded/i.test(body);
    return { kind: "passing", why, overloaded, begun: false };
  }
  return { kind: "lasting", why: status === 404 ? `${why} (is "${endpoint.model}" there?)` : why };
}

function keyHint(endpoint: Endpoint): string {
  return `Look at the key in ${endpoint.keyVariables.join(" or ")}`;
}

/** "fetch failed" says nothing; its cause does. */
function wordsFor(error: unknown): string {
  if (!(error instanceof Error)) return typeof error === "string" ? error : (JSON.stringify(error) ?? "no reply");
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  const more = [(cause as NodeJS.ErrnoException).code ?? "", cause.message].filter((t) => !error.message.includes(t));
  return more.length === 0 ? error.message : `${error.message} (${more.join(" ")})`;
}

function isUnreachable(error: unknown): boolean {
  return /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH/.test(wordsFor(error));
}

function reachHint(endpoint: Endpoint): string {
  const start = endpoint.provider === "ollama" ? "start it with: ollama serve" : "is it running?";
  return `Nothing answers at ${endpoint.baseUrl}: ${start}`;
}
