/**
 * The gateway: the one way from an agent to its models. It listens on loopback and on a Unix socket, passes requests on
 * to the upstreams it was given, counts requests and tokens the same for all, and refuses what would pass a limit.
 *
 * Promises: replies stream through as they come; only model paths of the upstreams, and tunnels to named hosts; a key
 * is in the memory of this process only: the upstream's, put in place of the gateway's token, or the agent's own, as it
 * passes; after `close` nothing of it is left. docs/metering.md has the rules.
 *
 * Not covered: who connects to the port on this machine where the agent brings its own key, and who uses a tunnel; a
 * proxy on the way to the upstreams; what a tunnel carries.
 */
import { randomBytes } from "node:crypto";
import http from "node:http";
import https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Gate } from "./gateway/forward.ts";
import { type Meter, type MeterLimits, openMeter, type Spent, spentOf } from "./gateway/meter.ts";
import { pass } from "./gateway/pass.ts";
import { closeToOthers, placeSocket, removeSocket } from "./gateway/socket-file.ts";
import { openTunnel } from "./gateway/tunnel.ts";
import { checkUpstreams, readTunnelEnds, type TunnelEnd, type Upstream } from "./gateway/upstream.ts";
import type { Prices } from "./prices.ts";
import { UserError } from "./util/user-error.ts";

export type { Spent } from "./gateway/meter.ts";
export type { Upstream } from "./gateway/upstream.ts";
export type { Wire } from "./gateway/wire.ts";

export interface GatewayOptions {
  readonly upstreams: readonly Upstream[];
  readonly limits: MeterLimits;
  readonly prices: Prices;
  /** Hosts (`host`, or `host:port` where it is not 443) that may be reached by CONNECT, unmetered. */
  readonly tunnelTo: readonly string[];
  /** Absolute. When it is too long for a socket's name, the gateway puts it elsewhere and `Gateway` says where. */
  readonly socketFile: string;
}

export interface Gateway {
  /** On 127.0.0.1; an agent's base address is `http://127.0.0.1:<port>/<upstream's name>`. */
  readonly port: number;
  readonly socketFile: string;
  /** What the agent sends as its key to an upstream whose key the gateway has: random, worth nothing after `close`. */
  readonly token: string;
  readonly meter: Meter;
  /** Ends everything at once, replies on their way too. */
  close(): Promise<void>;
}

/** Opens a gateway. Upstreams, hosts or limits that make no sense are a `UserError`. */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  checkUpstreams(options.upstreams);
  checkLimits(options.limits);
  const ends = readTunnelEnds(options.tunnelTo);
  const file = placeSocket(options.socketFile);
  const meter = openMeter(options.limits, options.prices);
  const agents = { http: new http.Agent({ keepAlive: true }), https: new https.Agent({ keepAlive: true }) };
  const sockets = new Set<Socket>();
  const token = `nightyard-${randomBytes(24).toString("hex")}`;
  const gate: Gate = { upstreams: options.upstreams, meter, token, agents };
  const servers = [makeServer(gate, ends, sockets), makeServer(gate, ends, sockets)] as const;
  const close = async () => {
    const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const socket of sockets) socket.destroy();
    agents.http.destroy();
    agents.https.destroy();
    await Promise.all(closed);
    removeSocket(file);
  };
  try {
    await listen(servers[0], { host: "127.0.0.1", port: 0 });
    await listen(servers[1], { path: file.path });
    closeToOthers(file);
  } catch (error) {
    await close();
    throw error;
  }
  return { port: (servers[0].address() as AddressInfo).port, socketFile: file.path, token, meter, close };
}

/** What has been spent up to now. */
export function spentAt(gateway: Gateway): Spent {
  return spentOf(gateway.meter);
}

function makeServer(gate: Gate, ends: readonly TunnelEnd[], sockets: Set<Socket>): http.Server {
  const server = http.createServer((request, response) => {
    pass(gate, request, response).catch(() => response.destroy());
  });
  // An agent thinks between two requests; a connection closed just as it asks again would look like a fault.
  server.keepAliveTimeout = 600_000;
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  };
  server.on("connection", track);
  server.on("connect", (request, socket: Socket, head) => {
    const out = openTunnel(ends, gate.meter, request, socket, head);
    if (out !== undefined) track(out);
  });
  return server;
}

function listen(server: http.Server, where: { host: string; port: number } | { path: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(where, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function checkLimits(limits: MeterLimits): void {
  for (const name of ["requests", "tokens", "dollars"] as const) {
    const limit = limits[name];
    if (limit === undefined || (Number.isFinite(limit) && limit >= 0)) continue;
    throw new UserError(`limit of ${name}: expected a number of at least 0; found ${limit}`);
  }
}
