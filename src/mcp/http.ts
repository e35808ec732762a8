/**
 * The MCP server over streamable HTTP, on 127.0.0.1 only.
 *
 * Every request needs the bearer token, also on this machine: a web page or another user could reach the port. Host and
 * Origin are checked first (DNS rebinding). Not covered: TLS, and access from another machine: use `ssh -L`.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { localhostHostValidation, localhostOriginValidation, toNodeHandler } from "@modelcontextprotocol/node";
import { createMcpHandler } from "@modelcontextprotocol/server";
import { mcpServer } from "../mcp.ts";
import { UserError } from "../util/user-error.ts";
import type { Desk } from "./desk.ts";

export interface HttpServer {
  readonly url: string;
  close(): Promise<void>;
}

/** 2 MiB of files, escaped as JSON. */
const MAX_BODY = 8 * 1024 * 1024;

/** Begins to listen; port 0: one that is free. Throws UserError when the port is taken. */
export async function openHttp(desk: Desk, port: number, token: string): Promise<HttpServer> {
  const onerror = (error: Error) => process.stderr.write(`! mcp: ${error.message}\n`);
  const mcp = createMcpHandler(() => mcpServer(desk), { maxRequestBodySize: MAX_BODY, onerror });
  const handle = toNodeHandler(mcp, { maxRequestBodySize: MAX_BODY, onerror });
  const checks = [localhostHostValidation(), localhostOriginValidation(), tokenValidation(token)];
  const server = createServer((request, response) => {
    if (!checks.every((check) => check(request, response))) return;
    if (new URL(request.url ?? "/", "http://127.0.0.1").pathname !== "/mcp") return refuse(response, 404, "see /mcp");
    // The same object; its optional fields are declared a little differently.
    void handle(request as Parameters<typeof handle>[0], response);
  });
  await listen(server, port);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  return { url, close: () => closeHttp(server, mcp) };
}

async function closeHttp(server: Server, mcp: { close(): Promise<void> }): Promise<void> {
  await mcp.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "EADDRINUSE" ? "it is in use" : error.message;
      reject(
        new UserError(`--port: cannot listen on 127.0.0.1:${port}: ${why}`, { fix: "nightyard mcp --http --port 0" }),
      );
    });
    server.listen(port, "127.0.0.1", resolve);
  });
}

function tokenValidation(token: string): (request: IncomingMessage, response: ServerResponse) => boolean {
  const wanted = hash(`Bearer ${token}`);
  return (request, response) => {
    // Hashes have one length, which timingSafeEqual needs, and say nothing about the token's.
    if (timingSafeEqual(hash(request.headers.authorization ?? ""), wanted)) return true;
    response.setHeader("WWW-Authenticate", "Bearer");
    refuse(response, 401, "expected the header Authorization: Bearer <the token that nightyard mcp printed>");
    return false;
  };
}

function hash(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ jsonrpc: "2.0", id: null, error: { code: -32000, message: why } }));
}
