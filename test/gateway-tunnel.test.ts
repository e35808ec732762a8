import net from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type Gateway, spentAt } from "../src/gateway.ts";
import { closeAll, gateway } from "./gateway/open.ts";
import { until } from "./gateway/upstream.ts";

const servers: net.Server[] = [];
afterEach(async () => {
  await closeAll();
  for (const server of servers.splice(0)) server.close();
});

/** A server that says back what it hears, and counts who is there. */
async function echo(): Promise<{ readonly port: number; open: number; heard: string }> {
  const state = { port: 0, open: 0, heard: "" };
  const server = net.createServer((socket) => {
    state.open += 1;
    socket.on("error", () => {});
    socket.on("close", () => {
      state.open -= 1;
    });
    socket.on("data", (chunk) => {
      state.heard += chunk.toString();
      socket.write(chunk);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  state.port = (server.address() as net.AddressInfo).port;
  return state;
}

interface Line {
  readonly socket: net.Socket;
  heard: string;
  isClosed: boolean;
}

function connect(gate: Gateway, target: string, more = ""): Line {
  const socket = net.connect(gate.port, "127.0.0.1");
  const line: Line = { socket, heard: "", isClosed: false };
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    line.heard += chunk.toString();
  });
  socket.on("close", () => {
    line.isClosed = true;
  });
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n${more}`);
  return line;
}

describe("tunnels", () => {
  it("carry bytes both ways to a host that was named, unmetered, and the numbers are then a lower bound", async () => {
    const server = await echo();
    const gate = await gateway({ tunnelTo: ["login.invalid", `LocalHost:${server.port}`] });
    const line = connect(gate, `localhost:${server.port}`, "first ");
    await until(() => line.heard.endsWith("first "));
    expect(line.heard.startsWith("HTTP/1.1 200 ")).toBe(true);
    line.socket.write("second");
    await until(() => line.heard.endsWith("first second"));
    expect(spentAt(gate)).toMatchObject({ requests: 0, tunnels: 1, estimated: true });
    expect(spentAt(gate).inputTokens).toBeUndefined();
    expect(spentAt(gate).dollars).toBeUndefined();
    line.socket.end();
    await until(() => server.open === 0);
  });

  it.each([
    ["another host", (port: number) => `127.0.0.1:${port}`],
    ["another port", (port: number) => `localhost:${port === 1 ? 2 : 1}`],
    ["the default port of a host with one", () => "localhost:443"],
    ["a host that only begins alike", (port: number) => `localhost.evil.example:${port}`],
    ["no host", () => "/"],
    ["an address in brackets", (port: number) => `[::1]:${port}`],
  ])("are refused to %s", async (_name, target) => {
    const server = await echo();
    const gate = await gateway({ tunnelTo: [`localhost:${server.port}`] });
    const line = connect(gate, target(server.port));
    await until(() => line.isClosed);
    expect(line.heard).toMatch(/^HTTP\/1\.1 (?:403 Forbidden|400 Bad Request)\r\n/);
    expect(server.heard).toBe("");
    expect(spentAt(gate).tunnels).toBe(0);
  });

  it("are refused when none was named, and the answer says so", async () => {
    const gate = await gateway({});
    const line = connect(gate, "api.anthropic.com:443");
    await until(() => line.isClosed);
    expect(line.heard).toContain("403 Forbidden");
    expect(line.heard).toContain("This gateway opens no tunnels.");
  });

  it("answer 502 when nobody is there", async () => {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as net.AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const gate = await gateway({ tunnelTo: [`localhost:${port}`] });
    const line = connect(gate, `localhost:${port}`);
    await until(() => line.isClosed);
    expect(line.heard).toContain("502 Bad Gateway");
    expect(spentAt(gate)).toMatchObject({ tunnels: 0 });
  });

  it("end on both sides with the gateway", async () => {
    const server = await echo();
    const gate = await gateway({ tunnelTo: [`localhost:${server.port}`] });
    const line = connect(gate, `localhost:${server.port}`);
    await until(() => server.open === 1);
    await gate.close();
    await until(() => line.isClosed && server.open === 0);
  });
});
