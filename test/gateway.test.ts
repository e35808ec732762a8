import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { openGateway, spentAt, type Wire } from "../src/gateway.ts";
import { UserError } from "../src/util/user-error.ts";
import { ask, closeAll, gateway, pair, prices, raw, tempFolder, upstream } from "./gateway/open.ts";
import { events, json, until } from "./gateway/upstream.ts";
import { startModelServer } from "./support/model-server.ts";

afterEach(closeAll);

const usage = { prompt_tokens: 1000, completion_tokens: 50, prompt_tokens_details: { cached_tokens: 400 } };
const CHAT = "/up/chat/completions";

describe("the gateway", () => {
  it("passes a request on and the reply back, and counts it", async () => {
    const { up, gate } = await pair((_asked, response) => json(response, { choices: [], usage }));
    const headers = {
      authorization: "Bearer k",
      "x-own": "1",
      "accept-encoding": "gzip, br",
      connection: "x-hop",
      "x-hop": "1",
    };
    const body = JSON.stringify({ model: "gpt-5", messages: [] });
    const reply = await raw(gate, { method: "POST", path: `${CHAT}?a=b`, headers, body });
    expect(reply.status).toBe(200);
    expect(JSON.parse(reply.text)).toEqual({ choices: [], usage });
    const [asked] = up.asked;
    expect(asked).toMatchObject({ method: "POST", url: "/chat/completions?a=b", body });
    expect(asked?.headers).toMatchObject({ authorization: "Bearer k", "x-own": "1", "accept-encoding": "identity" });
    expect(asked?.headers.host).toBe(`127.0.0.1:${up.port}`);
    expect(asked?.headers["x-hop"]).toBeUndefined();
    const spent = spentAt(gate);
    expect(spent).toMatchObject({ requests: 1, inputTokens: 1000, cachedTokens: 400, outputTokens: 50, refused: 0 });
    expect(spent.dollars).toBeCloseTo((600 * 1.25 + 400 * 0.125 + 50 * 10) / 1e6, 12);
    expect(spent.estimated).toBeUndefined();
  });

  it("answers the same on its Unix socket, which only this user may open", async () => {
    const { gate } = await pair((_asked, response) => json(response, { usage }));
    const reply = await raw({ socketPath: gate.socketFile }, { method: "POST", path: CHAT, body: '{"model":"gpt-5"}' });
    expect(reply.status).toBe(200);
    expect(spentAt(gate).requests).toBe(1);
    expect(statSync(gate.socketFile).mode & 0o777).toBe(0o600);
  });

  it("keeps the base address's own path, and adds nothing to what is not a stream", async () => {
    const up = await upstream((_asked, response) => json(response, { usage }));
    const gate = await gateway({ upstreams: [{ name: "a-1", baseUrl: `${up.url}/api/v1/`, wire: "openai-chat" }] });
    const body = '{ "model" : "m" }';
    const reply = await ask(gate, "/a-1/chat/completions", body);
    expect(reply.headers.get("x-nightyard-added")).toBeNull();
    expect(up.asked[0]).toMatchObject({ url: "/api/v1/chat/completions", body });
  });

  it("asks a streamed chat for its usage when the agent does not, and says so in the reply's headers", async () => {
    const { up, gate } = await pair((_a, response) => events(response, [{ choices: [], usage }, "[DONE]"]));
    const first = await ask(gate, CHAT, { model: "gpt-5", stream: true, stream_options: { x: 1 } });
    await first.text();
    expect(JSON.parse(up.asked[0]?.body ?? "")).toEqual({
      model: "gpt-5",
      stream: true,
      stream_options: { x: 1, include_usage: true },
    });
    expect(first.headers.get("x-nightyard-added")).toBe("stream_options.include_usage");
    const own = '{"model":"gpt-5","stream":true,"stream_options":{"include_usage":true}}';
    await (await ask(gate, CHAT, own)).text();
    expect(up.asked[1]?.body).toBe(own);
    expect(spentAt(gate)).toMatchObject({ requests: 2, inputTokens: 2000 });
  });

  it("lets a stream through as it comes, not at its end", async () => {
    let goOn = () => {};
    const { gate } = await pair((_asked, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: 1\n\n");
      goOn = () => response.end(`data: ${JSON.stringify({ usage })}\n\n`);
    });
    const reply = await ask(gate, CHAT, { model: "gpt-5", stream: true });
    const reader = reply.body!.getReader();
    const first = await reader.read();
    expect(Buffer.from(first.value!).toString()).toBe("data: 1\n\n");
    expect(spentAt(gate)).toMatchObject({ requests: 1, estimated: true });
    goOn();
    while (!(await reader.read()).done);
    expect(spentAt(gate)).toMatchObject({ inputTokens: 1000 });
    expect(spentAt(gate).estimated).toBeUndefined();
  });

  const WIRES: readonly (readonly [Wire, string, object, string])[] = [
    ["openai-chat", "/up/v1/chat/completions", { messages: [{ role: "user", content: "hi" }] }, "gpt-5"],
    ["openai-responses", "/up/v1/responses", { input: [{ role: "user", content: "hi" }] }, "gpt-5"],
    ["anthropic", "/up/v1/messages", { messages: [{ role: "user", content: "hi" }], max_tokens: 99 }, "claude-opus-5"],
    ["gemini", "/up/v1beta/models/gemini-2.5-pro:generateContent", { contents: [] }, "gemini-2.5-pro"],
    ["gemini", "/up/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse", { contents: [] }, "gemini-2.5-pro"],
  ];
  it.each(WIRES)("counts alike, whole and streamed: %s %s", async (wire, path, body, model) => {
    const server = await startModelServer(() => ({ text: "hello", usage: { input: 1000, cached: 400, output: 50 } }));
    const gate = await gateway({ upstreams: [{ name: "up", baseUrl: server.url, wire }] });
    const streams = wire === "gemini" ? [undefined] : [false, true];
    for (const stream of streams) {
      const reply = await ask(gate, path, { model, ...body, ...(stream === undefined ? {} : { stream }) });
      expect(reply.status).toBe(200);
      await reply.text();
    }
    const times = streams.length;
    const spent = spentAt(gate);
    expect(spent).toMatchObject({ requests: times, inputTokens: 1000 * times, cachedTokens: 400 * times, unread: 0 });
    expect(spent.outputTokens).toBe(50 * times);
    expect(spent.dollars).toBeGreaterThan(0);
    await server.close();
  });

  it("does not know the dollars of the turn once one model has no price, whatever came before", async () => {
    const { gate } = await pair((_asked, response) => json(response, { usage }));
    await ask(gate, CHAT, { model: "gpt-5" });
    expect(spentAt(gate).dollars).toBeGreaterThan(0);
    await ask(gate, CHAT, { model: "my-local-qwen" });
    expect(spentAt(gate)).toMatchObject({ requests: 2, inputTokens: 2000 });
    expect(spentAt(gate).dollars).toBeUndefined();
  });

  it("counts a reply without usage as a request and says that the numbers are a lower bound", async () => {
    const { gate } = await pair((asked, response) => json(response, asked.body.includes("none") ? {} : { usage }));
    await ask(gate, CHAT, { model: "gpt-5", none: 1 });
    const first = spentAt(gate);
    expect(first).toMatchObject({ requests: 1, unread: 1, estimated: true });
    expect([first.inputTokens, first.outputTokens, first.dollars]).toEqual([undefined, undefined, undefined]);
    await ask(gate, CHAT, { model: "gpt-5" });
    expect(spentAt(gate)).toMatchObject({ requests: 2, unread: 1, estimated: true, inputTokens: 1000 });
  });

  it("passes vendors' errors on as they are; they use nothing", async () => {
    const limited = { error: { type: "rate_limit_error", message: "slow down" } };
    const { gate } = await pair((_asked, response) => {
      response.setHeader("retry-after", "7");
      json(response, limited, 429);
    });
    const reply = await ask(gate, CHAT, { model: "gpt-5" });
    expect([reply.status, reply.headers.get("retry-after"), await reply.json()]).toEqual([429, "7", limited]);
    expect(spentAt(gate)).toMatchObject({ requests: 1, unread: 0 });
    expect(spentAt(gate).estimated).toBeUndefined();
  });

  it("passes free requests on without counting them", async () => {
    const { up, gate } = await pair((_asked, response) => json(response, { input_tokens: 5 }), "anthropic", {
      limits: { requests: 0 },
    });
    expect((await ask(gate, "/up/v1/messages/count_tokens?beta=true", { model: "m" })).status).toBe(200);
    expect((await raw(gate, { path: "/up/v1/models/claude-opus-5" })).status).toBe(200);
    expect(up.asked.map((a) => a.url)).toEqual(["/v1/messages/count_tokens?beta=true", "/v1/models/claude-opus-5"]);
    expect(spentAt(gate).requests).toBe(0);
  });
});

describe("what does not go through", () => {
  it.each([
    ["POST", "/up/v1/files", 403],
    ["POST", "/up/v1/embeddings", 403],
    ["POST", "/up/v1/batches", 403],
    ["GET", "/up/v1/chat/completions", 403],
    ["PUT", "/up/v1/chat/completions", 403],
    ["DELETE", "/up/v1/models/x", 403],
    ["HEAD", "/up/v1/models", 403],
    ["POST", "/up/v1/../admin/chat/completions", 403],
    ["POST", "/up/%2e%2e/chat/completions", 403],
    ["GET", "/up/v1/models/../../admin", 403],
    ["POST", "/up//evil.example/chat/completions", 403],
    ["POST", "/other/v1/chat/completions", 403],
    ["POST", "/v1/chat/completions", 403],
    ["GET", "/", 403],
    ["GET", "http://example.com/", 403],
    ["GET", "/up", 403],
  ])("%s %s", async (method, path, status) => {
    const { up, gate } = await pair((_asked, response) => json(response, { usage }));
    const reply = await raw(gate, { method, path, ...(method === "POST" ? { body: "{}" } : {}) });
    expect(reply.status).toBe(status);
    if (method !== "HEAD") expect(JSON.parse(reply.text).error.message).toMatch(/passes on only/);
    expect(up.asked).toEqual([]);
    expect(spentAt(gate)).toMatchObject({ requests: 0, refused: 0 });
  });

  it.each([
    [{ host: "evil.example" }, /only to 127\.0\.0\.1/],
    [{ origin: "https://evil.example" }, /web pages/],
    [{ origin: "null" }, /web pages/],
  ])("requests of web pages: %o", async (headers, words) => {
    const { up, gate } = await pair((_asked, response) => json(response, { usage }));
    const reply = await raw(gate, {
      method: "POST",
      path: CHAT,
      headers: headers as Record<string, string>,
      body: "{}",
    });
    expect(reply.status).toBe(403);
    expect(reply.text).toMatch(words);
    expect(up.asked).toEqual([]);
  });

  it.each(["", "[]", "{", "null", "x"])("a body that is no JSON object: %s", async (body) => {
    const { up, gate } = await pair((_asked, response) => json(response, { usage }));
    expect((await ask(gate, CHAT, body)).status).toBe(400);
    expect(up.asked).toEqual([]);
  });

  it("a compressed body, whose model and limit could not be read", async () => {
    const { gate } = await pair((_asked, response) => json(response, { usage }));
    const reply = await ask(gate, CHAT, "{}", { headers: { "content-encoding": "gzip" } });
    expect(reply.status).toBe(400);
  });

  it("a body without an end", async () => {
    const { up, gate } = await pair((_asked, response) => json(response, { usage }));
    const reply = await ask(gate, CHAT, `"${"x".repeat(33 << 20)}"`).then(
      (r) => r.status,
      () => "reset",
    );
    expect([413, "reset"]).toContain(reply);
    expect(up.asked).toEqual([]);
    expect((await ask(gate, CHAT, { model: "m" })).status).toBe(200);
  });

  it("a WebSocket", async () => {
    const { gate } = await pair((_asked, response) => json(response, { usage }), "openai-responses");
    const headers = { connection: "Upgrade", upgrade: "websocket" };
    expect((await raw(gate, { path: "/up/v1/responses", headers })).status).toBe(426);
  });
});

describe("faults", () => {
  it("answers 502 in a few words when the upstream cannot be reached, and nothing was used", async () => {
    const gone = await upstream(() => {});
    await gone.close();
    const gate = await gateway({ upstreams: [{ name: "up", baseUrl: gone.url, wire: "anthropic" }] });
    const reply = await ask(gate, "/up/v1/messages", { model: "claude-opus-5", max_tokens: 5 });
    expect(reply.status).toBe(502);
    const body = (await reply.json()) as { type: string; error: { message: string } };
    expect(body.type).toBe("error");
    expect(body.error.message).toBe('The model endpoint "up" gave no answer (ECONNREFUSED).');
    expect(spentAt(gate)).toMatchObject({ requests: 1, unread: 0 });
  });

  it("breaks a reply off when the upstream does", async () => {
    const { gate } = await pair((_asked, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: 1\n\n", () => response.destroy());
    });
    const reply = await ask(gate, CHAT, { model: "gpt-5", stream: true });
    await expect(reply.text()).rejects.toThrow();
    await until(() => spentAt(gate).unread === 1);
    expect(spentAt(gate)).toMatchObject({ requests: 1, estimated: true });
  });

  it("breaks the upstream's work off when the agent goes away, before and during the reply", async () => {
    const { up, gate } = await pair((asked, response) => {
      if (asked.body.includes("silent")) return;
      response.writeHead(200, { "content-type": "text/event-stream" });
      const timer = setInterval(() => response.write("data: 1\n\n"), 5);
      response.on("close", () => clearInterval(timer));
    });
    const during = new AbortController();
    const reply = await ask(gate, CHAT, { model: "gpt-5", stream: true }, { signal: during.signal });
    await reply.body!.getReader().read();
    during.abort();
    await until(() => up.aborted === 1);
    const before = new AbortController();
    const pending = ask(gate, CHAT, { model: "gpt-5", silent: 1 }, { signal: before.signal });
    await until(() => up.asked.length === 2);
    before.abort();
    await expect(pending).rejects.toThrow();
    await until(() => up.aborted === 2);
    await until(() => spentAt(gate).unread === 2);
  });

  it("ends everything at once when it is closed, an endless reply and an idle connection too", async () => {
    const { up, gate } = await pair((_asked, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const timer = setInterval(() => response.write("data: 1\n\n"), 5);
      response.on("close", () => clearInterval(timer));
    });
    const idle = net.connect(gate.port, "127.0.0.1");
    const ended = new Promise((resolve) => idle.once("close", resolve));
    const reply = await ask(gate, CHAT, { model: "gpt-5", stream: true });
    const text = reply.text().then(
      () => "whole",
      () => "broken off",
    );
    await gate.close();
    expect(await text).toBe("broken off");
    await ended;
    await until(() => up.aborted === 1);
    expect(existsSync(gate.socketFile)).toBe(false);
    await expect(ask(gate, CHAT, {})).rejects.toThrow();
    await gate.close();
  });

  it("asks again on a new connection when a kept one was closed just as it was used", async () => {
    const body = JSON.stringify({ usage });
    const answer = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    let connections = 0;
    let resets = 0;
    // Every connection answers once and is reset by the first byte of a second request.
    const server = net.createServer((socket) => {
      connections += 1;
      let isAnswered = false;
      socket.on("error", () => {});
      socket.on("data", (chunk) => {
        if (isAnswered) {
          resets += 1;
          socket.resetAndDestroy();
        } else if (chunk.toString().endsWith('{"model":"gpt-5"}')) {
          isAnswered = true;
          socket.write(answer);
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as net.AddressInfo;
    const baseUrl = `http://127.0.0.1:${port}`;
    const gate = await gateway({ upstreams: [{ name: "up", baseUrl, wire: "openai-chat" }] });
    for (let i = 0; i < 3; i += 1) {
      const reply = await ask(gate, CHAT, { model: "gpt-5" });
      expect(reply.status).toBe(200);
      await reply.text();
    }
    expect(resets).toBeGreaterThan(0);
    expect(connections).toBe(3);
    expect(spentAt(gate)).toMatchObject({ requests: 3, inputTokens: 3000, unread: 0 });
    server.close();
  });
});

describe("keys", () => {
  it("stand in no file and in no answer of the gateway", async () => {
    const key = "sk-nightyard-secret-0123456789";
    const gone = await upstream(() => {});
    await gone.close();
    const folder = tempFolder();
    const up = await upstream((_asked, response) => json(response, { usage }));
    const gate = await gateway({
      upstreams: [
        { name: "up", baseUrl: up.url, wire: "gemini" },
        { name: "gone", baseUrl: gone.url, wire: "gemini" },
      ],
      limits: { requests: 2 },
      socketFile: join(folder, "gw.sock"),
    });
    const headers = { authorization: `Bearer ${key}`, "x-api-key": key, "x-goog-api-key": key };
    const texts: string[] = [];
    for (const path of [
      "/up/v1beta/models/m:generateContent",
      "/gone/v1/models/m:generateContent",
      "/up/files",
      "/x/y",
    ]) {
      const reply = await raw(gate, { method: "POST", path: `${path}?key=${key}`, headers, body: "{}" });
      texts.push(reply.text, JSON.stringify(reply.headers));
    }
    texts.push((await raw(gate, { method: "POST", path: `/up/models/m:generateContent?key=${key}`, body: "{}" })).text);
    expect(up.asked[0]?.url).toContain(`key=${key}`);
    expect(up.asked[0]?.headers["x-api-key"]).toBe(key);
    expect(spentAt(gate).refused).toBe(1);
    expect(texts.join("\n")).not.toContain(key);
    expect(JSON.stringify({ spent: spentAt(gate), meter: gate.meter })).not.toContain(key);
    for (const name of readdirSync(folder)) {
      const file = join(folder, name);
      if (statSync(file).isFile()) expect(readFileSync(file, "utf8")).not.toContain(key);
    }
    expect(readdirSync(folder)).toEqual(["gw.sock"]);
  });
});

describe("opening a gateway", () => {
  const good = { upstreams: [], limits: {}, prices, tunnelTo: [], socketFile: "/tmp/x.sock" };
  it.each([
    [{ upstreams: [{ name: "Up", baseUrl: "http://127.0.0.1", wire: "gemini" as const }] }, /small letters/],
    [{ upstreams: [{ name: "up", baseUrl: "ftp://x", wire: "gemini" as const }] }, /expected an address/],
    [{ upstreams: [{ name: "up", baseUrl: "nonsense", wire: "gemini" as const }] }, /found "nonsense"/],
    [{ tunnelTo: ["http://x"] }, /tunnel: expected a host/],
    [{ limits: { dollars: Number.NaN } }, /limit of dollars/],
    [{ limits: { requests: -1 } }, /limit of requests/],
    [{ socketFile: "x.sock" }, /absolute/],
  ])("says what is wrong: %o", async (part, words) => {
    const opening = openGateway({ ...good, ...part });
    await expect(opening).rejects.toThrow(words);
    await expect(opening).rejects.toBeInstanceOf(UserError);
  });

  it("does not repeat an address with a key in it", async () => {
    const upstreams = [{ name: "up", baseUrl: "https://me:secret@x.example", wire: "gemini" as const }];
    const opening = openGateway({ ...good, upstreams });
    await expect(opening).rejects.toThrow(/one with a key in it/);
    await expect(opening).rejects.not.toThrow(/secret/);
  });

  it("puts a socket whose name is too long elsewhere, says where, and takes it away again", async () => {
    const socketFile = join(tempFolder(), "long".repeat(40), "gw.sock");
    const { gate } = await pair((_asked, response) => json(response, { usage }), "openai-chat", { socketFile });
    expect(gate.socketFile).not.toBe(socketFile);
    expect(Buffer.byteLength(gate.socketFile)).toBeLessThan(104);
    const reply = await raw({ socketPath: gate.socketFile }, { method: "POST", path: CHAT, body: '{"model":"m"}' });
    expect(reply.status).toBe(200);
    await gate.close();
    expect(existsSync(join(gate.socketFile, ".."))).toBe(false);
  });

  it("takes the place of a socket that a killed gateway left", async () => {
    const socketFile = join(tempFolder(), "gw.sock");
    const first = await gateway({ socketFile });
    const second = await gateway({ socketFile });
    expect((await raw({ socketPath: second.socketFile }, { path: "/" })).status).toBe(403);
    await first.close();
  });

  it("leaves alone what stands in its place and is no socket", async () => {
    const socketFile = join(tempFolder(), "gw.sock");
    writeFileSync(socketFile, "mine");
    await expect(gateway({ socketFile })).rejects.toThrow(/EADDRINUSE/);
    expect(readFileSync(socketFile, "utf8")).toBe("mine");
  });
});
