/** Where a gateway passes requests on to, and the check of what it was told. */
import { isIP } from "node:net";
import { oneLine } from "../util/text.ts";
import { UserError } from "../util/user-error.ts";
import type { Wire } from "./wire.ts";

export interface Upstream {
  /** First part of the path at the gateway: small letters, digits and hyphens. */
  readonly name: string;
  /** What stands in place of `/<name>` when a request is passed on. */
  readonly baseUrl: string;
  readonly wire: Wire;
  /**
   * Added to requests that carry the gateway's token in its place (credentials.ts); missing: the agent brings its own
   * key, and no token is asked for.
   */
  readonly key?: string | undefined;
}

/** Host and port that may be reached through a tunnel. */
export interface TunnelEnd {
  readonly host: string;
  readonly port: number;
}

/** Throws a `UserError` for an upstream that cannot be one. */
export function checkUpstreams(upstreams: readonly Upstream[]): void {
  const names = new Set<string>();
  for (const { name, baseUrl } of upstreams) {
    if (!/^[a-z0-9-]{1,64}$/.test(name)) {
      throw new UserError(`upstream: expected a name of small letters, digits and hyphens; found "${shown(name)}"`);
    }
    if (names.has(name)) throw new UserError(`upstream: the name "${name}" is given twice`);
    names.add(name);
    checkUrl(name, baseUrl);
  }
}

function checkUrl(name: string, baseUrl: string): void {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  const isFit = url !== undefined && /^https?:$/.test(url.protocol) && url.search === "" && url.hash === "";
  if (isFit && url.username === "" && url.password === "") return;
  // An address with a password in it is not repeated.
  const found =
    url === undefined || (url.username === "" && url.password === "") ? shown(baseUrl) : "one with a key in it";
  throw new UserError(`upstream ${name}: expected an address such as https://api.example.com/v1; found "${found}"`, {
    fix: "give http:// or https://, host and path only; keys go in the agent's own headers",
  });
}

/** `host` or `host:port`; the port is 443 when none is named. */
export function readTunnelEnds(words: readonly string[]): readonly TunnelEnd[] {
  return words.map((word) => {
    const end = tunnelEndIn(word);
    if (end !== undefined) return end;
    throw new UserError(`tunnel: expected a host such as api.example.com; found "${shown(word)}"`);
  });
}

/** A host's name and port as a CONNECT request names them; undefined when it is none. */
export function tunnelEndIn(word: string): TunnelEnd | undefined {
  const [, host = "", port = "443"] = /^([a-z0-9.-]{1,253})(?::(\d{1,5}))?$/i.exec(word) ?? [];
  if (host === "" || Number(port) > 65_535) return undefined;
  return { host: host.toLowerCase(), port: Number(port) };
}

/** The upstream is this machine: a model there has no price in dollars. */
export function isLocal(upstream: Upstream): boolean {
  const host = new URL(upstream.baseUrl).hostname;
  return host === "localhost" || host === "[::1]" || (isIP(host) === 4 && host.startsWith("127."));
}

function shown(text: string): string {
  return oneLine(text, 200);
}
