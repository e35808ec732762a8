/**
 * Keys that the gateway adds itself: the agent sends a token that is worth nothing elsewhere, and the request goes on
 * to its upstream with the upstream's key in the same place.
 *
 * Promises: where there is a token, a request without it goes nowhere, and no other credential of the agent goes on.
 * Not covered: an upstream that repeats its key in a reply.
 */
import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** What a request goes on with. */
export interface Admitted {
  readonly headers: IncomingHttpHeaders;
  /** With its question mark; "" without one. */
  readonly query: string;
}

/** Where the vendors' libraries put a key; in a query only Google's. */
const HEADERS = ["authorization", "x-api-key", "api-key", "x-goog-api-key"] as const;
const IN_QUERY = "key";

/** Undefined for a request that does not carry the token. */
export function withKey(asked: Admitted, token: string, key: string): Admitted | undefined {
  const { cookie: _, ...headers } = asked.headers;
  const own = HEADERS.map((name) => [name, String(headers[name] ?? "")] as const);
  for (const name of HEADERS) delete headers[name];
  const fit = own.filter(([, value]) => isSame(value.replace(/^Bearer +/i, ""), token));
  for (const [name, value] of fit) headers[name] = value.replace(token, () => key);
  const query = new URLSearchParams(asked.query);
  const words = query.getAll(IN_QUERY);
  if (words.length === 0) return fit.length === 0 ? undefined : { headers, query: asked.query };
  query.delete(IN_QUERY);
  const inQuery = words.every((word) => isSame(word, token));
  if (inQuery) query.set(IN_QUERY, key);
  return inQuery || fit.length > 0 ? { headers, query: query.size === 0 ? "" : `?${query}` } : undefined;
}

function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
