/** Opens gateways for tests and asks at them. What was opened is closed by `closeAll`. */
import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import os from "node:os";
import { join } from "node:path";
import { type Gateway, type GatewayOptions, openGateway, type Wire } from "../../src/gateway.ts";
import { TABLE } from "../../src/prices/table.ts";
import { type Answering, startUpstream, type TestUpstream } from "./upstream.ts";

export const prices = { rows: TABLE, source: "table" };

const closing: (() => Promise<void> | void)[] = [];

export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}

export function tempFolder(): string {
  const dir = mkdtempSync(join(os.tmpdir(), "ny-gw-"));
  closing.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export async function upstream(answer: Answering): Promise<TestUpstream> {
  const server = await startUpstream(answer);
  closing.push(() => server.close());
  return server;
}

export async function gateway(options: Partial<GatewayOptions>): Promise<Gateway> {
  const socketFile = join(tempFolder(), "gw.sock");
  const opened = await openGateway({ upstreams: [], limits: {}, prices, tunnelTo: [], socketFile, ...options });
  closing.push(() => opened.close());
  return opened;
}

/** One upstream named "up" and a gateway in front of it. */
export async function pair(answer: Answering, wire: Wire = "openai-chat", options: Partial<GatewayOptions> = {}) {
  const up = await upstream(answer);
  const gate = await gateway({ upstreams: [{ name: "up", baseUrl: up.url, wire }], ...options });
  return { up, gate };
}

export function ask(gate: Gateway, path: string, body: unknown, init: RequestInit = {}): Promise<Response> {
  return fetch(`http://127.0.0.1:${gate.port}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...init,
  });
}

/** A request as it is, with a path that no URL would keep and any header; over the socket's file when one is given. */
export function raw(
  at: { readonly port: number } | { readonly socketPath: string },
  how: { method?: string; path: string; headers?: Record<string, string>; body?: string },
): Promise<{ readonly status: number; readonly text: string; readonly headers: http.IncomingHttpHeaders }> {
  return new Promise((resolve, reject) => {
    const { method = "GET", path, headers = {}, body } = how;
    const request = http.request({ host: "127.0.0.1", ...at, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({ status: response.statusCode ?? 0, text, headers: response.headers });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}
