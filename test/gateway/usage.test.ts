/** Usage has one meaning on every wire, whole or streamed, however the bytes were cut. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { endReply, feedReply, openReply, usageOf } from "../../src/gateway/reply.ts";
import type { Wire } from "../../src/gateway/wire.ts";

const SSE = "text/event-stream";
const JSON_TYPE = "application/json; charset=utf-8";

function sse(...values: readonly unknown[]): string {
  return values.map((v) => `event: x\ndata: ${typeof v === "string" ? v : JSON.stringify(v)}\n\n`).join("");
}

const chatUsage = {
  prompt_tokens: 1000,
  completion_tokens: 50,
  total_tokens: 1050,
  prompt_tokens_details: { cached_tokens: 400, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 20 },
};
const responsesUsage = {
  input_tokens: 1000,
  input_tokens_details: { cached_tokens: 400 },
  output_tokens: 50,
  output_tokens_details: { reasoning_tokens: 20 },
  total_tokens: 1050,
};
const anthropicStart = {
  input_tokens: 500,
  cache_read_input_tokens: 400,
  cache_creation_input_tokens: 100,
  cache_creation: { ephemeral_5m_input_tokens: 60, ephemeral_1h_input_tokens: 40 },
  output_tokens: 1,
};
const geminiUsage = {
  promptTokenCount: 1000,
  cachedContentTokenCount: 400,
  candidatesTokenCount: 30,
  thoughtsTokenCount: 20,
  totalTokenCount: 1050,
};

/** The same request as each wire would report it. */
const REPLIES: readonly (readonly [string, Wire, string, string])[] = [
  ["chat, whole", "openai-chat", JSON_TYPE, JSON.stringify({ choices: [{ text: "ü" }], usage: chatUsage })],
  [
    "chat, streamed",
    "openai-chat",
    SSE,
    sse(
      { choices: [{ delta: { content: 'says "usage": {"prompt_tokens": 9} ü' } }], usage: null },
      { choices: [], usage: chatUsage },
      "[DONE]",
    ),
  ],
  ["responses, whole", "openai-responses", JSON_TYPE, JSON.stringify({ output: [], usage: responsesUsage })],
  [
    "responses, streamed",
    "openai-responses",
    SSE,
    sse(
      { type: "response.created", response: { usage: null } },
      { type: "response.output_text.delta", delta: "ü" },
      { type: "response.completed", response: { output: [], usage: responsesUsage } },
    ),
  ],
  [
    "anthropic, whole",
    "anthropic",
    JSON_TYPE,
    JSON.stringify({ content: [{ type: "text", text: "ü" }], usage: { ...anthropicStart, output_tokens: 50 } }),
  ],
  [
    "anthropic, streamed",
    "anthropic",
    SSE,
    sse(
      { type: "message_start", message: { content: [], usage: anthropicStart } },
      { type: "content_block_delta", delta: { type: "text_delta", text: "ü" } },
      { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { input_tokens: 0, output_tokens: 50 } },
      { type: "message_stop" },
    ),
  ],
  ["gemini, whole", "gemini", JSON_TYPE, JSON.stringify({ candidates: [{ text: "ü" }], usageMetadata: geminiUsage })],
  [
    "gemini, streamed",
    "gemini",
    SSE,
    sse(
      { candidates: [{}], usageMetadata: { promptTokenCount: 1000, thoughtsTokenCount: 20, totalTokenCount: 1020 } },
      { candidates: [{ text: "ü" }], usageMetadata: { ...geminiUsage, candidatesTokenCount: 10 } },
      { candidates: [{ finishReason: "STOP" }], usageMetadata: geminiUsage },
    ),
  ],
  [
    "gemini, streamed as one array",
    "gemini",
    JSON_TYPE,
    `[${JSON.stringify({ candidates: [{}] })},\r\n${JSON.stringify({ usageMetadata: geminiUsage })}]`,
  ],
];

function read(wire: Wire, type: string, pieces: readonly Buffer[], isComplete = true) {
  const reply = openReply(wire, type);
  for (const piece of pieces) feedReply(reply, piece);
  endReply(reply, isComplete);
  return { ...usageOf(reply), otherRate: reply.seen.otherRate };
}

describe("usage", () => {
  it.each(REPLIES)("means the same: %s", (_name, wire, type, text) => {
    const { tokens, isWhole, otherRate } = read(wire, type, [Buffer.from(text)]);
    expect(tokens).toMatchObject({ inputTokens: 1000, cachedTokens: 400, outputTokens: 50 });
    expect({ isWhole, otherRate }).toEqual({ isWhole: true, otherRate: false });
    if (wire === "anthropic") expect(tokens).toMatchObject({ cacheWriteTokens: 100, cacheWriteLongTokens: 40 });
  });

  it("is found however the bytes are cut, within a letter too", () => {
    fc.assert(
      fc.property(fc.constantFrom(...REPLIES), fc.array(fc.nat(2000), { maxLength: 40 }), (reply, cuts) => {
        const [, wire, type, text] = reply;
        const bytes = Buffer.from(text);
        const at = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
        const pieces = at.slice(1).map((end, i) => bytes.subarray(at[i], end));
        expect(read(wire, type, pieces)).toEqual(read(wire, type, [bytes]));
      }),
      { numRuns: 300 },
    );
  });

  it.each(REPLIES.filter(([, , type]) => type === SSE))("is not whole when the stream breaks off: %s", (...row) => {
    const [, wire, type, text] = row;
    const { isWhole } = read(wire, type, [Buffer.from(text.slice(0, text.length * 0.4))], false);
    expect(isWhole).toBe(false);
  });

  it("keeps Anthropic's input from the start when an error event ends the stream", () => {
    const text = sse(
      { type: "message_start", message: { usage: anthropicStart } },
      { type: "error", error: { type: "overloaded_error" } },
    );
    const { tokens, isWhole } = read("anthropic", SSE, [Buffer.from(text)]);
    expect(tokens).toMatchObject({ inputTokens: 1000, outputTokens: 1 });
    expect(isWhole).toBe(false);
  });

  it("is missing, not 0, when none was reported or what was reported is no number", () => {
    for (const usage of [
      undefined,
      null,
      {},
      "12",
      { prompt_tokens: "12" },
      { prompt_tokens: -1 },
      { prompt_tokens: 1.5 },
    ]) {
      expect(read("openai-chat", JSON_TYPE, [Buffer.from(JSON.stringify({ usage }))]).tokens).toBeUndefined();
    }
    expect(read("openai-chat", JSON_TYPE, [Buffer.from("<html>")]).tokens).toBeUndefined();
  });

  it("leaves the cached part missing when a server does not report it", () => {
    const body = JSON.stringify({ usage: { prompt_tokens: 7, completion_tokens: 3 } });
    const { tokens } = read("openai-chat", JSON_TYPE, [Buffer.from(body)]);
    expect(tokens).toMatchObject({ inputTokens: 7, outputTokens: 3 });
    expect(tokens?.cachedTokens).toBeUndefined();
  });

  it("adds reasoning that a server leaves out of its output, as the total shows", () => {
    const usage = {
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 22,
      completion_tokens_details: { reasoning_tokens: 7 },
    };
    expect(read("openai-chat", JSON_TYPE, [Buffer.from(JSON.stringify({ usage }))]).tokens?.outputTokens).toBe(12);
  });

  it.each([
    ["fast mode", "anthropic", { usage: { ...anthropicStart, speed: "fast" } }],
    ["a tool with a fee", "anthropic", { usage: { ...anthropicStart, server_tool_use: { web_search_requests: 1 } } }],
    ["priority", "openai-responses", { service_tier: "priority", usage: responsesUsage }],
  ] as const)("knows when another rate holds: %s", (_name, wire, body) => {
    expect(read(wire, JSON_TYPE, [Buffer.from(JSON.stringify(body))]).otherRate).toBe(true);
  });

  it.each([
    [
      "anthropic",
      { usage: { ...anthropicStart, service_tier: "standard", server_tool_use: { web_search_requests: 0 } } },
    ],
    ["openai-responses", { service_tier: "default", usage: responsesUsage }],
  ] as const)("knows when the usual rate holds: %s", (wire, body) => {
    expect(read(wire, JSON_TYPE, [Buffer.from(JSON.stringify(body))]).otherRate).toBe(false);
  });
});
