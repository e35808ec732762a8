/**
 * The MCP server over HTTP: the compiled command, two real clients on one session, and requests that must be refused.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { request } from "node:http";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { runningHolder } from "../src/ledger/lock.ts";
import { BIN, caller, type Driver, drivenLab, judged, submissionIn } from "./mcp/driving.ts";
import { removeTemps } from "./support/repo.ts";

interface Serving {
  readonly url: string;
  readonly token: string;
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
}

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(removeTemps);

async function serve(lab: string, args: readonly string[] = []): Promise<Serving> {
  const child = spawn(process.execPath, [BIN, "mcp", "--lab", lab, "--http", "--no-sandbox", ...args], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  closing.push(() => {
    child.kill("SIGTERM");
    return ended;
  });
  await expect.poll(() => said, { timeout: 30_000 }).toMatch(/url: .*\ntoken: .*\n/);
  const [, url = "", token = ""] = /url: (.*)\ntoken: (.*)\n/.exec(said) ?? [];
  return { url, token, child, ended };
}

async function connect({ url, token }: Pick<Serving, "url" | "token">): Promise<Pick<Driver, "call" | "client">> {
  const client = new Client({ name: "test", version: "1" });
  const requestInit = { headers: { Authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
  closing.push(() => client.close());
  return { client, call: caller(client) };
}

describe("MCP over HTTP", () => {
  it("lets two clients share one session; their changes queue up; it outlives both", async () => {
    const lab = drivenLab();
    const serving = await serve(lab);
    const [one, two] = [await connect(serving), await connect(serving)];
    const [a, b] = await Promise.all([one.call("start", { tag: "t" }), two.call("start", { tag: "u" })]);
    const ids = [a, b].map((called) => /^session: (\S+)$/m.exec(called.text)?.[1]);
    expect(ids[0]).toBe(ids[1]);
    const first = await one.call("propose", { hypothesis: "one's", files: [{ path: "value.txt", text: "9\n" }] });
    const second = await two.call("propose", { hypothesis: "two's", files: [{ path: "value.txt", text: "8\n" }] });
    const [x, y] = await Promise.all([
      one.call("wait", { id: submissionIn(first), seconds: 40 }),
      two.call("wait", { id: submissionIn(second), seconds: 40 }),
    ]);
    expect(x.text).toMatch(/e0001: keep/);
    expect(y.text).toMatch(/e0002: keep/);
    await one.client.close();
    await two.client.close();
    const three = await connect(serving);
    expect(await judged(three, { files: [{ path: "value.txt", text: "7\n" }] })).toMatch(/e0003: keep/);
    expect(runningHolder(`${lab}/.nightyard`)?.tag).toMatch(/^[tu]$/);
    serving.child.kill("SIGINT");
    expect(await serving.ended).toBe(0);
    expect(runningHolder(`${lab}/.nightyard`)).toBeUndefined();
  });

  it("sends progress while a client waits", async () => {
    const client = await connect(await serve(drivenLab()));
    await client.call("start", { tag: "t" });
    const messages: string[] = [];
    await client.client.callTool(
      { name: "wait", arguments: { seconds: 30 } },
      { onprogress: (p) => messages.push(p.message ?? "") },
    );
    expect(messages.join("\n")).toMatch(/baseline|starting|e0000/);
  });

  it("refuses a request without the token, with another Host or Origin, elsewhere than /mcp, and a huge one", async () => {
    const { url, token } = await serve(drivenLab());
    const auth = { Authorization: `Bearer ${token}` };
    expect(await post(url, {})).toBe(401);
    expect(await post(url, { Authorization: `Bearer ${token}x` })).toBe(401);
    expect(await post(url, { Authorization: token })).toBe(401);
    expect(await post(url, { ...auth, Host: "evil.example" })).toBe(403);
    expect(await post(url, { ...auth, Origin: "https://evil.example" })).toBe(403);
    expect(await post(url.replace("/mcp", "/"), auth)).toBe(404);
    expect(await post(url, auth, "x".repeat(9 * 1024 * 1024))).toBe(413);
    expect(await post(url, auth)).toBe(200);
    await expect(connect({ url, token: "0".repeat(43) })).rejects.toThrow();
  });

  it("takes a token of the person's, and refuses one that could be guessed", async () => {
    const lab = drivenLab();
    const run = (token: string) => {
      const env = { ...process.env, NIGHTYARD_MCP_TOKEN: token };
      const args = [BIN, "mcp", "--lab", lab, "--http", "--no-sandbox"];
      const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
      return child;
    };
    const weak = run("secret");
    let said = "";
    weak.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    expect(await new Promise((resolve) => weak.once("exit", resolve))).toBe(2);
    expect(said).toMatch(/NIGHTYARD_MCP_TOKEN: expected at least 32 characters/);
    expect(said).not.toMatch(/secret/);
  });
});

const INITIALIZE = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } },
});

/** The status of one raw POST; fetch would not let us choose the Host. */
function post(url: string, headers: Record<string, string>, body = INITIALIZE): Promise<number> {
  return new Promise((resolve, reject) => {
    const all = { "Content-Type": "application/json", Accept: "application/json, text/event-stream", ...headers };
    const sent = request(url, { method: "POST", headers: all }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
