/** What can go wrong between our own agent and a server, and where its key may be. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { parseEndpoint } from "../../src/agents/llm/endpoint.ts";
import { resetTime } from "../../src/agents/llm/reset-time.ts";
import { llm, llmProblem } from "../../src/agents/llm.ts";
import { EXIT, UserError } from "../../src/util/user-error.ts";
import { type ModelScript, type ModelServer, type Reply, startModelServer } from "../support/model-server.ts";
import { CONTRACT_LAB } from "./contract.ts";
import { makeLab, makeTurn } from "./turn.ts";

const open: ModelServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

const KEY = "sk-secret-0123456789";

async function play(script: ModelScript, settings = {}) {
  const server = await startModelServer(script);
  open.push(server);
  const lab = makeLab(CONTRACT_LAB);
  const agent = llm(`${server.url}/v1#m1`, { env: { NIGHTYARD_LLM_KEY: KEY }, settings: { retryMs: 1, ...settings } });
  const answer = await agent.propose(makeTurn(lab));
  const transcript = readFileSync(join(lab.root, "transcript.txt"), "utf8");
  rmSync(lab.root, { recursive: true });
  return { answer, server, transcript };
}

const tool = (name: string, args: Record<string, unknown>): Reply => ({ tools: [{ name, args }] });
const editCall = tool("edit", { path: "train.ts", find: "1e-3;", replace: "2e-3;" });
const finishCall = tool("finish", { hypothesis: "larger" });

describe("faults", () => {
  it.each([401, 403])("name the variable of the key for status %d, and hide the key", async (status) => {
    const { answer, transcript, server } = await play(() => ({ status, message: `Incorrect API key: ${KEY}` }));
    expect(answer).toMatchObject({ kind: "failed", why: expect.stringContaining("NIGHTYARD_LLM_KEY") });
    expect(JSON.stringify(answer) + transcript).not.toContain(KEY);
    expect(transcript).toContain("[key]");
    expect(server.requests.length).toBe(1);
  });

  it("that last end the turn after a few tries", async () => {
    const { answer, server } = await play(() => ({ status: 500, message: "broken" }));
    expect(answer).toMatchObject({ kind: "failed", why: expect.stringContaining("500: broken") });
    expect(server.requests.length).toBe(4);
  });

  it("of a busy server are waited out by the harness, those of an empty purse are not", async () => {
    const busy = await play(() => ({ status: 529, message: "Overloaded" }));
    expect(busy.answer.kind).toBe("rateLimited");
    expect(busy.answer).not.toHaveProperty("until");
    const empty = await play(() => ({ status: 402, message: "insufficient credits" }));
    expect(empty.answer).toMatchObject({ kind: "failed", why: expect.stringContaining("nothing left to pay with") });
  });

  it("of a model that is not there name it", async () => {
    const { answer } = await play(() => ({ status: 404, message: "model not found" }));
    expect(answer).toMatchObject({ kind: "failed", why: expect.stringContaining('is "m1" there?') });
  });

  it("of a server that is not there say what to do", async () => {
    const server = await startModelServer([]);
    await server.close();
    const lab = makeLab(CONTRACT_LAB);
    const agent = llm(`${server.url}/v1#m1`, { env: {}, settings: { retryMs: 1 } });
    const answer = await agent.propose(makeTurn(lab));
    rmSync(lab.root, { recursive: true });
    expect(answer).toMatchObject({ kind: "failed", why: expect.stringContaining("is it running?") });
  });

  it("of a limit that ends in a moment cost only a moment, once there is a conversation", async () => {
    const limited: Reply = { status: 429, retryAfterSeconds: 0 };
    const { answer, server } = await play([editCall, limited, finishCall]);
    expect([answer.kind, server.requests.length]).toEqual(["proposed", 3]);
    const spinning = await play(({ call }) => (call === 1 ? editCall : limited));
    expect([spinning.answer.kind, spinning.server.requests.length]).toEqual(["rateLimited", 5]);
  });

  it("of a conversation that is too long make it shorter", async () => {
    const long = tool("write", { path: "long.txt", text: "a line\n".repeat(4000) });
    const read = tool("read", { path: "long.txt" });
    const replies = [long, read, read, read, read, editCall];
    const script: ModelScript = ({ messages, call }) => {
      const size = messages.reduce((sum, m) => sum + m.text.length, 0);
      if (size > 150_000) return { status: 400, message: "This model's maximum context length is 8192 tokens" };
      return replies[call - 1] ?? finishCall;
    };
    const { answer, server } = await play(script, { contextTokens: 1e6 });
    expect(answer.kind).toBe("proposed");
    expect(server.requests.length).toBeGreaterThan(6);
    const never = await play(() => ({ status: 400, message: "prompt is too long" }));
    expect(never.answer).toMatchObject({ kind: "failed", why: expect.stringContaining("too long") });
    expect(never.server.requests.length).toBe(4);
  });

  it("of a reply that goes on beyond what was asked for end it before the turn's time is over", async () => {
    const { answer } = await play([{ endless: true, text: "x".repeat(3000) }], { outputTokens: 300 });
    expect(answer).toMatchObject({ kind: "failed", why: expect.stringContaining("did not end after") });
  });
});

describe("the time a rate limit ends", () => {
  const now = Date.parse("2026-11-25T12:00:00Z");
  const at = (seconds: number) => new Date(now + seconds * 1000).toISOString();
  const cases: readonly (readonly [string, Record<string, string>, string, string | undefined])[] = [
    ["seconds", { "retry-after": "30" }, "", at(30)],
    ["a date", { "retry-after": "Wed, 25 Nov 2026 12:05:00 GMT" }, "", at(300)],
    ["milliseconds", { "retry-after-ms": "1500" }, "", at(1.5)],
    [
      "Anthropic's limit that is used up",
      {
        "anthropic-ratelimit-requests-remaining": "12",
        "anthropic-ratelimit-requests-reset": at(5),
        "anthropic-ratelimit-tokens-remaining": "0",
        "anthropic-ratelimit-tokens-reset": at(50),
      },
      "",
      at(50),
    ],
    ["Anthropic's subscription", { "anthropic-ratelimit-unified-reset": String(now / 1000 + 7200) }, "", at(7200)],
    ["OpenAI's duration", { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0.5s" }, "", at(360.5)],
    ["OpenAI's milliseconds", { "x-ratelimit-reset-requests": "120ms" }, "", at(0.12)],
    ["OpenRouter's header", { "x-ratelimit-reset": String(now + 60_000) }, "", at(60)],
    ["OpenRouter's body", {}, `{"error":{"metadata":{"headers":{"X-RateLimit-Reset":"${now + 60_000}"}}}}`, at(60)],
    ["Google's body", {}, '{"details":[{"@type":"…RetryInfo","retryDelay":"34.5s"}]}', at(34.5)],
    ["words", {}, "Rate limit reached. Please try again in 1m20s. Visit …", at(80)],
    ["other words", {}, "limit reached, resets at 2026-11-25T15:00:00Z", at(3 * 3600)],
    ["nothing", {}, "slow down, 429", undefined],
    ["nonsense", { "retry-after": "soon" }, "try again in a bit", undefined],
    ["a time long ago", { "retry-after": "Wed, 25 Nov 2020 12:05:00 GMT" }, "", at(0)],
    ["a time in a hundred years", { "retry-after": "3153600000" }, "", undefined],
  ];
  it.each(cases)("%s", (_what, headers, body, expected) => {
    expect(resetTime({ headers, body, now })).toBe(expected);
  });
});

describe("which model", () => {
  it("by a preset or by an address, with the wire it speaks", () => {
    expect(parseEndpoint("ollama/qwen3-coder:30b")).toMatchObject({
      wire: "openai-chat",
      baseUrl: "http://127.0.0.1:11434/v1",
      model: "qwen3-coder:30b",
      keyNeeded: false,
    });
    expect(parseEndpoint("openrouter/qwen/qwen3-coder")).toMatchObject({ model: "qwen/qwen3-coder", keyNeeded: true });
    expect(parseEndpoint("anthropic/claude-x")).toMatchObject({
      wire: "anthropic",
      keyVariables: ["ANTHROPIC_API_KEY"],
    });
    expect(parseEndpoint("openai/gpt-x")).toMatchObject({ wire: "openai-responses" });
    expect(parseEndpoint("google/gemini-x").keyVariables).toEqual(["GEMINI_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"]);
    expect(parseEndpoint("http://127.0.0.1:8080/v1/#my/model")).toMatchObject({
      provider: "127.0.0.1:8080",
      baseUrl: "http://127.0.0.1:8080/v1",
      model: "my/model",
    });
    expect(parseEndpoint("anthropic+http://localhost:11434/v1#q")).toMatchObject({
      wire: "anthropic",
      keyNeeded: false,
    });
  });

  it.each(["", "ollama", "ollama/", "gpt-5", "http://127.0.0.1:1/v1", "http://#m", "ollama/a b", "foo+http://h/v1#m"])(
    "is refused with an example: %j",
    (argument) => {
      expect(() => parseEndpoint(argument)).toThrow(UserError);
      expect(() => parseEndpoint(argument)).toThrow(/llm:ollama\/qwen3-coder|password/);
    },
  );

  it("is refused with a secret in its address, which the message does not repeat", () => {
    for (const argument of [`http://me:${KEY}@host/v1#m`, `http://host/v1?key=${KEY}#m`, `http://me:${KEY}@host/v1`]) {
      const error = (() => {
        try {
          return parseEndpoint(argument);
        } catch (caught) {
          return caught;
        }
      })();
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).message).not.toContain(KEY);
    }
  });
});

describe("the key", () => {
  it("is named with the line that sets it when it is missing: exit 4", () => {
    const fault = (() => {
      try {
        return llm("anthropic/m", { env: {} });
      } catch (error) {
        return error;
      }
    })();
    expect(fault).toMatchObject({
      exitCode: EXIT.agentUnavailable,
      message: expect.stringContaining("ANTHROPIC_API_KEY"),
    });
    expect(llmProblem("google/m", {})).toContain("GEMINI_API_KEY or GOOGLE_GENERATIVE_AI_API_KEY");
    expect(llmProblem("google/m", { GOOGLE_GENERATIVE_AI_API_KEY: "k" })).toBeUndefined();
    expect(llmProblem("ollama/m", {})).toBeUndefined();
    expect(llmProblem("nowhere/m", {})).toContain("expected one of");
  });

  it("comes from a file when no variable has it, and must be one line", async () => {
    const lab = makeLab(CONTRACT_LAB);
    const file = join(lab.root, "key");
    writeFileSync(file, `${KEY}\n`);
    expect(llmProblem("openai/m", { NIGHTYARD_LLM_KEY_FILE: file })).toBeUndefined();
    const server = await startModelServer([{ status: 400 }]);
    open.push(server);
    await llm(`${server.url}/v1#m`, { env: { NIGHTYARD_LLM_KEY_FILE: file } }).propose(makeTurn(lab));
    expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
    writeFileSync(file, "two\nlines");
    expect(llmProblem("openai/m", { NIGHTYARD_LLM_KEY_FILE: file })).toContain("one line");
    expect(llmProblem("openai/m", { NIGHTYARD_LLM_KEY_FILE: join(lab.root, "none") })).toContain("ENOENT");
    rmSync(lab.root, { recursive: true });
  });

  it("is not sent when there is none", async () => {
    const server = await startModelServer([{ status: 400 }]);
    open.push(server);
    const lab = makeLab(CONTRACT_LAB);
    await llm(`${server.url}/v1#m`, { env: { OPENAI_API_KEY: KEY } }).propose(makeTurn(lab));
    expect(JSON.stringify(server.requests)).not.toContain(KEY);
    expect(server.requests[0]?.headers.authorization).toBeUndefined();
    rmSync(lab.root, { recursive: true });
  });

  it("and what else is set must make sense", () => {
    expect(() => llm("ollama/m", { env: { NIGHTYARD_LLM_CONTEXT: "lots" } })).toThrow(/number of tokens/);
    expect(() => llm("ollama/m", { env: { NIGHTYARD_LLM_OUTPUT: "1" } })).toThrow(/at least 256/);
    expect(llm("ollama/m", { env: { NIGHTYARD_LLM_CONTEXT: "8000" } }).name).toBe("llm:ollama/m");
  });
});
