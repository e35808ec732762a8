/**
 * The four ways in which models are asked over HTTP: which paths there are, what a request says of itself, and the
 * shape in which a request is refused so that every agent stops at once.
 *
 * Not covered: WebSockets, uploads, batches, stored conversations, embeddings, images: their paths do not go through.
 */

export type Wire = "openai-chat" | "openai-responses" | "anthropic" | "gemini";

/** Asking a model costs and is metered; naming models and counting tokens is free. */
export type Purpose = "ask" | "free";

/** What a request says of itself; the gateway's own addition is named in `added`. */
export interface Ask {
  readonly model: string | undefined;
  /** The most output tokens it allows; undefined when it names none. */
  readonly maxOutput: number | undefined;
  /** What is passed on: as it came, byte for byte, unless something was added. */
  readonly body: Buffer;
  readonly added?: string | undefined;
}

const PATHS: Readonly<Record<Wire, readonly (readonly ["GET" | "POST", RegExp, Purpose])[]>> = {
  "openai-chat": [
    ["POST", /^(?:\/v\d+)?\/chat\/completions$/, "ask"],
    ["GET", /^(?:\/v\d+)?\/models(?:\/[\w.:@/-]+)?$/, "free"],
  ],
  "openai-responses": [
    ["POST", /^(?:\/v\d+)?\/responses(?:\/compact)?$/, "ask"],
    ["GET", /^(?:\/v\d+)?\/models(?:\/[\w.:@/-]+)?$/, "free"],
  ],
  anthropic: [
    ["POST", /^(?:\/v\d+)?\/messages$/, "ask"],
    ["POST", /^(?:\/v\d+)?\/messages\/count_tokens$/, "free"],
    ["GET", /^(?:\/v\d+)?\/models(?:\/[\w.:@-]+)?$/, "free"],
  ],
  gemini: [
    ["POST", /^(?:\/v\d+\w*)?\/models\/[\w.:@-]+:(?:generateContent|streamGenerateContent)$/, "ask"],
    ["POST", /^(?:\/v\d+\w*)?\/models\/[\w.:@-]+:countTokens$/, "free"],
    ["GET", /^(?:\/v\d+\w*)?\/models(?:\/[\w.:@-]+)?$/, "free"],
  ],
};

/**
 * What a method and a path (without the upstream's name and the query) are for; undefined: nothing that goes through.
 */
export function purposeOf(wire: Wire, method: string | undefined, path: string): Purpose | undefined {
  // Two dots would lead out of the address that the upstream was given.
  if (path.includes("..") || path.includes("//")) return undefined;
  return PATHS[wire].find(([m, pattern]) => m === method && pattern.test(path))?.[2];
}

/** Reads a request's body; undefined when it is no JSON object. */
export function readAsk(wire: Wire, path: string, body: Buffer): Ask | undefined {
  const json = objectIn(body);
  if (json === undefined) return undefined;
  if (wire === "gemini") {
    const model = /\/models\/([\w.:@-]+):\w+$/.exec(path)?.[1];
    return { model, maxOutput: count(recordAt(json, "generationConfig")?.maxOutputTokens), body };
  }
  const model = typeof json.model === "string" ? json.model : undefined;
  if (wire === "anthropic") return { model, maxOutput: count(json.max_tokens), body };
  if (wire === "openai-responses") return { model, maxOutput: count(json.max_output_tokens), body };
  const each = count(json.max_completion_tokens) ?? count(json.max_tokens);
  const maxOutput = each === undefined ? undefined : each * Math.max(1, count(json.n) ?? 1);
  return { model, maxOutput, ...withUsageAsked(json, body) };
}

/** A streamed reply of this wire carries its usage only when that was asked for. */
function withUsageAsked(json: Record<string, unknown>, body: Buffer): Pick<Ask, "body" | "added"> {
  const options = recordAt(json, "stream_options");
  if (json.stream !== true || options?.include_usage === true) return { body };
  const more = { ...json, stream_options: { ...options, include_usage: true } };
  return { body: Buffer.from(JSON.stringify(more)), added: "stream_options.include_usage" };
}

/** A refusal in the vendor's own words for a request that is wrong in itself: no agent tries that again. */
export function refusalBody(wire: Wire | undefined, status: number, message: string): string {
  if (wire === "gemini") {
    const name = status === 403 ? "PERMISSION_DENIED" : status >= 500 ? "UNAVAILABLE" : "INVALID_ARGUMENT";
    return JSON.stringify({ error: { code: status, message, status: name } });
  }
  const type = status === 403 ? "permission_error" : status >= 500 ? "api_error" : "invalid_request_error";
  if (wire === "anthropic") return JSON.stringify({ type: "error", error: { type, message } });
  return JSON.stringify({ error: { message, type, param: null, code: "nightyard" } });
}

function objectIn(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function recordAt(json: Record<string, unknown>, key: string): Record<string, unknown> | undefined {
  const value = json[key];
  return isRecord(value) ? value : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A count of tokens as a vendor may write it; anything else is none. */
export function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
