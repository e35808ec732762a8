/**
 * One POST of JSON. Redirects are not followed, so nothing goes to an address that nobody named; the answer is read
 * only as far as a message needs it.
 */
import { oneLine } from "../../util/text.ts";
import type { Delivered } from "../delivered.ts";

const TIMEOUT_MS = 10_000;
const MAX_ANSWER = 2_000;

export interface Post {
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal: AbortSignal;
  /** Values that must not be in a message. */
  readonly secrets?: readonly string[] | undefined;
}

export async function post({ url, body, headers, signal, secrets = [] }: Post): Promise<Delivered> {
  if (!URL.canParse(url)) return { kind: "refused", why: "the address is none" };
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "nightyard", ...headers },
      body,
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const said = hide(await beginningOf(response), secrets);
    return deliveredOf(response, said);
  } catch (error) {
    return { kind: "down", why: hide(reasonOf(error), secrets) };
  }
}

function deliveredOf(response: Response, said: string): Delivered {
  const { status } = response;
  if (status >= 200 && status < 300) return { kind: "sent" };
  const why = oneLine(`HTTP ${status}${said === "" ? "" : `: ${said}`}`, 200);
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    const seconds = Number(response.headers.get("retry-after") ?? "0");
    return { kind: "down", why, ...(seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}) };
  }
  if (status >= 300 && status < 400) return { kind: "refused", why: `HTTP ${status}: redirects are not followed` };
  return { kind: "refused", why };
}

async function beginningOf(response: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  // A body of any length is cut here: leaving the loop cancels the stream.
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_ANSWER) break;
  }
  return oneLine(text, 150);
}

function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error;
  if (name === "TimeoutError") return `no answer in ${TIMEOUT_MS / 1000} s`;
  if (name === "AbortError") return "no answer before the end of the command";
  return oneLine((cause instanceof Error ? cause.message : "") || message || "no connection", 200);
}

function hide(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret.length > 3).reduce((all, secret) => all.replaceAll(secret, "…"), text);
}
