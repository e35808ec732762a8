/**
 * MLflow's REST interface 2.0, as far as an export needs it.
 *
 * Promises: an answer is a value: done, `down` (try again later: no connection, 408, 429, 5xx, or an answer that is no
 * JSON) or `refused` (the server will not, ever). Redirects are not followed, so a token goes nowhere else; the token
 * comes from the environment alone and is in no message.
 */
import { setTimeout as delay } from "node:timers/promises";
import { oneLine } from "../../util/text.ts";

export interface MlflowServer {
  /** Without a slash at the end. */
  readonly url: string;
  readonly authorization?: string | undefined;
  /** Pauses before a call is tried again, in milliseconds. */
  readonly pauses: readonly number[];
}

export type Reply<T> =
  | { readonly kind: "done"; readonly body: T }
  | { readonly kind: "down"; readonly why: string }
  | { readonly kind: "refused"; readonly status: number; readonly code: string; readonly why: string };

const TIMEOUT_MS = 30_000;

/** What MLflow's own clients take from the environment. */
export function authorizationFrom(env: NodeJS.ProcessEnv): string | undefined {
  const { MLFLOW_TRACKING_TOKEN: token, MLFLOW_TRACKING_USERNAME: name, MLFLOW_TRACKING_PASSWORD: word } = env;
  if (token) return `Bearer ${token}`;
  return name && word ? `Basic ${Buffer.from(`${name}:${word}`).toString("base64")}` : undefined;
}

/** One call; tried again after each pause while the server is down. Only for calls that may be made twice. */
export async function call<T>(server: MlflowServer, path: string, body: object, method = "POST"): Promise<Reply<T>> {
  let reply = await once<T>(server, path, body, method);
  for (const pause of server.pauses) {
    if (reply.kind !== "down") return reply;
    await delay(pause);
    reply = await once<T>(server, path, body, method);
  }
  return reply;
}

/** One call, once. */
export async function once<T>(server: MlflowServer, path: string, body: object, method = "POST"): Promise<Reply<T>> {
  const query = method === "GET" ? `?${new URLSearchParams(body as Record<string, string>)}` : "";
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (server.authorization !== undefined) headers.authorization = server.authorization;
  try {
    const response = await fetch(`${server.url}/api/2.0/mlflow/${path}${query}`, {
      method,
      headers,
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(method === "GET" ? {} : { body: JSON.stringify(body) }),
    });
    return replyOf<T>(response.status, await response.text());
  } catch (error) {
    const { message, cause } = error as Error;
    const why = cause instanceof Error ? cause.message : message;
    return { kind: "down", why: oneLine(why === "" ? "no connection" : why, 200) };
  }
}

function replyOf<T>(status: number, text: string): Reply<T> {
  const body = parse(text);
  if (status >= 200 && status < 300) {
    return body === undefined
      ? { kind: "down", why: "it answers, but not in JSON" }
      : { kind: "done", body: body as T };
  }
  const said = (body ?? {}) as { error_code?: unknown; message?: unknown };
  const why = oneLine(typeof said.message === "string" ? said.message : `HTTP ${status}`, 300);
  if (status >= 500 || status === 429 || status === 408) return { kind: "down", why: `HTTP ${status}: ${why}` };
  return { kind: "refused", status, code: typeof said.error_code === "string" ? said.error_code : "", why };
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
