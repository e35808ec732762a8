/**
 * Who may ask, and what a browser may do with the answer. Pure but for the random token.
 *
 * Promises: a page of another origin gets nothing (Host and Origin are checked, so a name that was made to point here
 * does not help it); nothing is run, loaded, framed or sent but what this server itself gives; outside this machine
 * every page needs the token; what writes needs a token of the page too. Not covered: another user of this machine, who
 * may read what the page shows unless --token is given; TLS: use `ssh -L`.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";

/** What the server was started with. */
export interface Access {
  /** The address it listens on. */
  readonly host: string;
  readonly port: number;
  /** Needed by every page; undefined: none is, on the loopback address. */
  readonly token?: string | undefined;
  /** Needed by everything that writes; undefined: nothing does. */
  readonly writeToken?: string | undefined;
}

export const HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "X-Frame-Options": "DENY",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cache-Control": "no-store",
};

export function freshToken(): string {
  return randomBytes(32).toString("base64url");
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

interface Asked {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly site: string | undefined;
  readonly method: string;
}

/** Why a request is refused before anything else is looked at; undefined when it is not. */
export function refusal(access: Access, asked: Asked): string | undefined {
  const { host = "", origin, site, method } = asked;
  if (!isOurs(access, host)) return "this Host is not the address that nightyard ui was started on";
  // Without a referrer a form of our own page says "null"; that it is ours the browser then says in another way.
  const isOwnForm = origin === "null" && site === "same-origin" && method === "POST";
  if (origin !== undefined && origin !== `http://${host}` && !isOwnForm)
    return "a page of another origin asked for this";
  if (method === "GET" || method === "HEAD") return undefined;
  if (site !== undefined && site !== "same-origin") return "a page of another site sent this";
  return origin === undefined ? "what writes must say its Origin" : undefined;
}

/** A name can be made to point at any address (DNS rebinding); an address written in numbers cannot. */
function isOurs({ host, port }: Access, asked: string): boolean {
  const [, name = "", digits = "80"] = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d+))?$/i.exec(asked) ?? [];
  if (Number(digits) !== port) return false;
  const plain = name.replace(/^\[|\]$/g, "").toLowerCase();
  if (isLoopback(host)) return isLoopback(plain);
  return plain === host.toLowerCase() || isIP(plain) !== 0;
}

/** In a time that does not depend on where the two differ. */
export function sameToken(given: string | undefined, wanted: string): boolean {
  return timingSafeEqual(hash(given ?? ""), hash(wanted));
}

function hash(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** Browsers keep cookies apart by name but not by port. */
export function cookieName({ port }: Access): string {
  return `nightyard-${port}`;
}
