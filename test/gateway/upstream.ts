/** A real HTTP server on loopback that answers as a test says and keeps what it was asked. For the gateway's tests. */
import http, { type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface TestUpstream {
  readonly url: string;
  readonly port: number;
  readonly asked: Asked[];
  /** Connections that the other side ended before the reply was complete. */
  aborted: number;
  close(): Promise<void>;
}

export type Answering = (asked: Asked, response: ServerResponse) => void | Promise<void>;

export async function startUpstream(answer: Answering): Promise<TestUpstream> {
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("close", () => {
      if (!response.writableFinished) upstream.aborted += 1;
    });
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      const asked = { method: request.method ?? "", url: request.url ?? "", headers: request.headers, body };
      upstream.asked.push(asked);
      void answer(asked, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const upstream: TestUpstream = {
    url: `http://127.0.0.1:${port}`,
    port,
    asked: [],
    aborted: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return upstream;
}

export function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

/** Sends the events, cut into pieces of `size` bytes wherever that falls, each its own write. */
export async function events(response: ServerResponse, values: readonly unknown[], size = 1 << 20): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
  const text = values.map((value) => `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`).join("");
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) {
    response.write(bytes.subarray(at, at + size));
    await new Promise((resolve) => setImmediate(resolve));
  }
  response.end();
}

/** Waits until something that must come has come; the test's own timeout is the limit. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}
