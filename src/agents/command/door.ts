/**
 * How a program gets to its model: through the gateway, not at all, or, where a person said so, as it likes.
 */
import { join } from "node:path";
import type { Turn } from "../../agent.ts";
import { checkUpstreams, readTunnelEnds } from "../../gateway/upstream.ts";
import { type Gateway, openGateway, spentAt, type Upstream } from "../../gateway.ts";
import { loadPrices } from "../../prices.ts";
import type { Network } from "../../sandbox.ts";

export interface Door {
  readonly network: "none" | "open" | "gateway";
  readonly upstreams: readonly Upstream[];
  /** Hosts that may be reached through the gateway without being counted: logins of a subscription. */
  readonly tunnelTo: readonly string[];
  /** Most requests in one turn; missing means no limit. */
  readonly requests?: number | undefined;
  /** A price table of the person's own. */
  readonly prices?: string | undefined;
}

/** Throws UserError for a door that no turn could open: said before a session begins, not in each of its turns. */
export function checkDoor(door: Door): void {
  if (door.network !== "gateway") return;
  checkUpstreams(door.upstreams);
  readTunnelEnds(door.tunnelTo);
  loadPrices(door.prices);
}

export interface Patience {
  readonly signal: AbortSignal;
  readonly timer: NodeJS.Timeout;
}

/**
 * Ends a program whose model says "not before then" when that is after the turn's end: most would sleep until then, and
 * the turn with them.
 */
export function watchLimit(gateway: Gateway, timeoutSeconds: number): Patience {
  const stop = new AbortController();
  const end = Date.now() + timeoutSeconds * 1000;
  const timer = setInterval(() => {
    const until = spentAt(gateway).limited?.until;
    if (until !== undefined && Date.parse(until) > end) stop.abort();
  }, 500);
  return { signal: stop.signal, timer };
}

export function openDoor(turn: Turn, door: Door): Promise<Gateway> {
  return openGateway({
    upstreams: door.upstreams,
    limits: { ...turn.limits, requests: door.requests },
    prices: loadPrices(door.prices),
    tunnelTo: door.tunnelTo,
    socketFile: join(turn.tmp, "gateway.sock"),
  });
}

export function networkOf(door: Door, gateway: Gateway | undefined): Network {
  if (gateway !== undefined) return { gateway: gateway.socketFile, port: gateway.port };
  return door.network === "open" ? "open" : "none";
}

/** By which variables a program finds the hosts that it may reach uncounted. */
export function proxy(gateway: Gateway | undefined, door: Door): Record<string, string> {
  if (gateway === undefined || door.tunnelTo.length === 0) return {};
  const url = `http://127.0.0.1:${gateway.port}`;
  const direct = "127.0.0.1,localhost";
  return { HTTPS_PROXY: url, https_proxy: url, NO_PROXY: direct, no_proxy: direct };
}
