/** Limits are kept before a request is passed on, by the rule that src/gateway/limits.ts writes down. */
import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { refusalOf } from "../src/gateway/limits.ts";
import type { Charge } from "../src/gateway/meter.ts";
import { openMeter } from "../src/gateway/meter.ts";
import { type GatewayOptions, spentAt, type Wire } from "../src/gateway.ts";
import { ask, closeAll, gateway, pair, prices, upstream } from "./gateway/open.ts";
import { json, until } from "./gateway/upstream.ts";
import { startModelServer } from "./support/model-server.ts";

afterEach(closeAll);

const usage = { prompt_tokens: 1000, completion_tokens: 50 };
const CHAT = "/up/chat/completions";

async function refusalText(reply: Response): Promise<string> {
  expect(reply.status).toBe(400);
  const body = (await reply.json()) as { error: { message: string } };
  return body.error.message;
}

describe("requests", () => {
  const WIRES: readonly (readonly [Wire, string, object, object])[] = [
    ["openai-chat", "/up/v1/chat/completions", {}, { error: { type: "invalid_request_error" } }],
    ["openai-responses", "/up/v1/responses", {}, { error: { type: "invalid_request_error" } }],
    ["anthropic", "/up/v1/messages", { max_tokens: 9 }, { type: "error", error: { type: "invalid_request_error" } }],
    ["gemini", "/up/v1beta/models/m:generateContent", {}, { error: { code: 400, status: "INVALID_ARGUMENT" } }],
  ];
  it.each(WIRES)("are refused as a request that is wrong in itself: %s", async (wire, path, body, shape) => {
    const server = await startModelServer(() => ({ text: "more" }));
    const gate = await gateway({ upstreams: [{ name: "up", baseUrl: server.url, wire }], limits: { requests: 2 } });
    const statuses: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      const reply = await ask(gate, path, { model: "m", messages: [], input: [], contents: [], ...body });
      statuses.push(reply.status);
      const text = await reply.text();
      if (i >= 2) expect(JSON.parse(text)).toMatchObject(shape);
      if (i >= 2) expect(text).toContain("limit of 2 requests for this turn is reached");
    }
    expect(statuses).toEqual([200, 200, 400, 400, 400]);
    expect(server.requests).toHaveLength(2);
    expect(spentAt(gate)).toMatchObject({ requests: 2, refused: 3 });
    expect(spentAt(gate).refusal).toContain("limit of 2 requests");
    await server.close();
  });

  it("are counted when they are passed on, so that many at once do not pass the limit", async () => {
    const waiting: ServerResponse[] = [];
    const { up, gate } = await pair((_asked, response) => void waiting.push(response), "openai-chat", {
      limits: { requests: 3 },
    });
    const replies = Array.from({ length: 8 }, () => ask(gate, CHAT, { model: "m" }).then((r) => r.status));
    await until(() => waiting.length + spentAt(gate).refused === 8);
    for (const response of waiting) json(response, { usage });
    expect((await Promise.all(replies)).sort()).toEqual([200, 200, 200, 400, 400, 400, 400, 400]);
    expect(up.asked).toHaveLength(3);
  });

  it("count when the vendor answers with an error, so that tries without end do end", async () => {
    const { up, gate } = await pair((_a, response) => json(response, {}, 500), "openai-chat", {
      limits: { requests: 3 },
    });
    for (let i = 0; i < 6; i += 1) await ask(gate, CHAT, { model: "m" });
    expect(up.asked).toHaveLength(3);
  });
});

describe("tokens", () => {
  const limits = { tokens: 2500 };
  function limited(options: Partial<GatewayOptions> = { limits }) {
    return pair((_asked, response) => json(response, { usage }), "openai-chat", options);
  }

  it("are refused when the limit is reached", async () => {
    const { up, gate } = await limited();
    // 1050 each, cached ones too: after the third 3150 are used. Without a maximum nothing is known before.
    for (let i = 0; i < 3; i += 1) expect((await ask(gate, CHAT, { model: "m" })).status).toBe(200);
    expect(await refusalText(await ask(gate, CHAT, { model: "m" }))).toBe(
      "The limit of 2500 tokens for this turn is reached: 3150 are used or held.",
    );
    expect(up.asked).toHaveLength(3);
  });

  it("are refused when the request's own maximum would pass it", async () => {
    const { up, gate } = await limited();
    expect(await refusalText(await ask(gate, CHAT, { model: "m", max_tokens: 2501 }))).toBe(
      "This request may write 2501 tokens, and 2500 of the turn's 2500 are left.",
    );
    expect((await ask(gate, CHAT, { model: "m", max_completion_tokens: 2500 })).status).toBe(200);
    expect((await ask(gate, CHAT, { model: "m", max_tokens: 800, n: 2 })).status).toBe(400);
    expect((await ask(gate, CHAT, { model: "m", max_tokens: 1450 })).status).toBe(200);
    expect(up.asked).toHaveLength(2);
  });

  it("are held while a request is open, and after it broke off", async () => {
    const waiting: ServerResponse[] = [];
    const { gate } = await pair((_asked, response) => void waiting.push(response), "openai-chat", { limits });
    const first = ask(gate, CHAT, { model: "m", max_tokens: 2000 });
    await until(() => waiting.length === 1);
    expect((await ask(gate, CHAT, { model: "m", max_tokens: 600 })).status).toBe(400);
    waiting[0]?.destroy();
    expect((await first).status).toBe(502);
    expect((await ask(gate, CHAT, { model: "m", max_tokens: 600 })).status).toBe(400);
    const last = ask(gate, CHAT, { model: "m", max_tokens: 500 });
    await until(() => waiting.length === 2);
    json(waiting[1]!, { usage });
    expect((await last).status).toBe(200);
  });
});

describe("dollars", () => {
  it("are refused when the limit is reached, or would be by the request's own maximum", async () => {
    const { up, gate } = await pair((_asked, response) => json(response, { usage }), "openai-chat", {
      limits: { dollars: 0.003 },
    });
    // A reply costs 1000 × 1.25 + 50 × 10 dollars per million: 0.00175.
    expect(await refusalText(await ask(gate, CHAT, { model: "gpt-5", max_tokens: 301 }))).toBe(
      "This request may write 301 tokens for $0.0030, and $0.0030 of the turn's $0.0030 are left.",
    );
    expect((await ask(gate, CHAT, { model: "gpt-5", max_tokens: 300 })).status).toBe(200);
    expect((await ask(gate, CHAT, { model: "gpt-5", max_tokens: 126 })).status).toBe(400);
    expect((await ask(gate, CHAT, { model: "gpt-5", max_tokens: 125 })).status).toBe(200);
    expect(await refusalText(await ask(gate, CHAT, { model: "gpt-5" }))).toBe(
      "The limit of $0.0030 for this turn is reached: $0.0035 are used or held.",
    );
    expect(up.asked).toHaveLength(2);
    expect(spentAt(gate).dollars).toBeCloseTo(0.0035, 10);
  });

  it("lets a model on this machine through that has no price", async () => {
    const { gate } = await pair((_a, response) => json(response, { usage }), "openai-chat", { limits: { dollars: 1 } });
    expect((await ask(gate, CHAT, { model: "qwen3:8b" })).status).toBe(200);
    expect(spentAt(gate).dollars).toBeUndefined();
  });

  it("are refused to a model elsewhere that has no price, with what would mend it", async () => {
    const gate = await gateway({
      upstreams: [{ name: "up", baseUrl: "https://models.invalid/v1", wire: "openai-chat" }],
      limits: { dollars: 1 },
    });
    const text = await refusalText(await ask(gate, CHAT, { model: "no-such-model" }));
    expect(text).toContain("no price is known for the model no-such-model, so the limit cannot be kept");
    expect(text).toContain("NIGHTYARD_PRICES");
    expect(spentAt(gate)).toMatchObject({ requests: 0, refused: 1 });
  });

  it("are refused elsewhere once a reply was billed by a rate that nobody knows", () => {
    const meter = openMeter({ dollars: 1 }, prices);
    const next = { model: "gpt-5", maxOutput: undefined, body: Buffer.alloc(0) };
    const charge: Charge = {
      model: "gpt-5",
      maxOutput: undefined,
      isLocal: false,
      tokens: { inputTokens: 1, outputTokens: 1 },
      otherRate: false,
      state: "whole",
    };
    meter.charges.push(charge);
    expect(refusalOf(meter, next, false)).toBeUndefined();
    charge.otherRate = true;
    expect(refusalOf(meter, next, false)).toContain("an earlier reply has no known price");
    expect(refusalOf(meter, next, true)).toBeUndefined();
  });
});

describe("a limit of nothing", () => {
  it.each([{ requests: 0 }, { tokens: 0 }, { dollars: 0 }])("passes nothing on: %o", async (limits) => {
    const { up, gate } = await pair((_asked, response) => json(response, { usage }), "openai-chat", { limits });
    expect((await ask(gate, CHAT, { model: "gpt-5" })).status).toBe(400);
    expect(up.asked).toEqual([]);
  });
});

describe("a limit that is not there", () => {
  it("passes everything on", async () => {
    const up = await upstream((_asked, response) => json(response, { usage }));
    const gate = await gateway({ upstreams: [{ name: "up", baseUrl: up.url, wire: "openai-chat" }], limits: {} });
    for (let i = 0; i < 20; i += 1) {
      expect((await ask(gate, CHAT, { model: "gpt-5", max_tokens: 1e9 })).status).toBe(200);
    }
  });
});
