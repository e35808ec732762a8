/**
 * Tunnels for agents that log in with a subscription: CONNECT to named hosts, and no others. What goes through is
 * encrypted and not metered; the meter counts only that there was one.
 */
import type { IncomingMessage } from "node:http";
import net, { type Socket } from "node:net";
import type { Meter } from "./meter.ts";
import { type TunnelEnd, tunnelEndIn } from "./upstream.ts";

/** Answers a CONNECT request. Answers the connection outwards, so that it can be ended with the gateway. */
export function openTunnel(
  ends: readonly TunnelEnd[],
  meter: Meter,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
): Socket | undefined {
  socket.on("error", () => socket.destroy());
  const wanted = tunnelEndIn(request.url ?? "");
  const end = ends.find(({ host, port }) => host === wanted?.host && port === wanted.port);
  if (end === undefined) {
    const hosts = ends.map(({ host, port }) => `${host}:${port}`).join(", ");
    const text = hosts === "" ? "This gateway opens no tunnels.\n" : `This gateway opens tunnels to ${hosts} only.\n`;
    answer(socket, "403 Forbidden", text);
    return undefined;
  }
  const out = net.connect({ host: end.host, port: end.port });
  let isOpen = false;
  out.once("connect", () => {
    isOpen = true;
    meter.tunnels += 1;
    socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    if (head.length > 0) out.write(head);
    socket.pipe(out).pipe(socket);
  });
  out.on("error", (error: NodeJS.ErrnoException) => {
    if (isOpen) socket.destroy();
    else answer(socket, "502 Bad Gateway", `${end.host} could not be reached (${error.code ?? "no answer"}).\n`);
  });
  out.on("close", () => socket.destroySoon());
  socket.on("close", () => out.destroy());
  return out;
}

function answer(socket: Socket, status: string, text: string): void {
  const head = `HTTP/1.1 ${status}\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(text)}`;
  socket.end(`${head}\r\nconnection: close\r\n\r\n${text}`);
}
