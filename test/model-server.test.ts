/** The scripted model server, met by the AI SDK as it meets the vendors: four wires, whole and streamed. */
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, generateText, type LanguageModel, stepCountIs, streamText, tool } from "ai";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { asObject, type OfferedTool } from "./support/model-server/conversation.ts";
import {
  editCall,
  editScript,
  type ModelScript,
  type ModelServer,
  startModelServer,
  type Wire,
} from "./support/model-server.ts";

// The library's own warnings are not what is tested here.
globalThis.AI_SDK_LOG_WARNINGS = false;

const open: ModelServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function start(script: ModelScript): Promise<ModelServer> {
  const server = await startModelServer(script);
  open.push(server);
  return server;
}

const KEY = { apiKey: "dummy" };
const MODELS: Readonly<Record<Wire, (url: string) => LanguageModel>> = {
  "openai-chat": (url) =>
    createOpenAICompatible({ name: "local", baseURL: `${url}/v1`, includeUsage: true, ...KEY })("m1"),
  "openai-responses": (url) => createOpenAI({ baseURL: `${url}/v1`, ...KEY }).responses("m1"),
  anthropic: (url) => createAnthropic({ baseURL: `${url}/v1`, ...KEY })("m1"),
  gemini: (url) => createGoogleGenerativeAI({ baseURL: `${url}/v1beta`, ...KEY })("m1"),
};
const WIRES = Object.keys(MODELS) as Wire[];

/** A file in memory, with tools named as those of our own agent. */
function memoryTools(file: { text: string }) {
  return {
    read: tool({ inputSchema: z.object({ path: z.string() }), execute: () => file.text }),
    edit: tool({
      inputSchema: z.object({ path: z.string(), find: z.string(), replace: z.string() }),
      execute: ({ find, replace }) => {
        file.text = file.text.replace(find, replace);
        return "edited";
      },
    }),
  };
}

const EDIT = { file: "train.ts", from: "LR = 1", to: "LR = 2", hypothesis: "a larger step" };

async function streamed(model: LanguageModel, prompt = "hello", tools = {}) {
  const errors: unknown[] = [];
  const result = streamText({
    model,
    prompt,
    tools,
    maxRetries: 0,
    stopWhen: stepCountIs(9),
    onError: (e) => void errors.push(e.error),
  });
  await result.consumeStream();
  if (errors.length > 0) throw errors[0];
  return { text: await result.text, usage: await result.totalUsage, finish: await result.finishReason };
}

describe.each(WIRES)("the model server on %s", (wire) => {
  it("drives a real library through reading, editing and a last word, streamed and whole", async () => {
    const server = await start(editScript(EDIT));
    const model = MODELS[wire](server.url);
    const file = { text: "const LR = 1;\n" };
    const end = await streamed(model, "go", memoryTools(file));
    expect(file.text).toBe("const LR = 2;\n");
    expect(end.text).toMatch(/HYPOTHESIS: a larger step\nDESCRIPTION: one constant$/);
    expect(end.usage).toMatchObject({ inputTokens: 3000, outputTokens: 150, cachedInputTokens: 1200 });
    file.text = "const LR = 1;\n";
    const whole = await generateText({
      model,
      prompt: "go",
      tools: memoryTools(file),
      stopWhen: stepCountIs(9),
      maxRetries: 0,
    });
    expect(file.text).toBe("const LR = 2;\n");
    expect(whole.totalUsage).toMatchObject({ inputTokens: 3000, outputTokens: 150, cachedInputTokens: 1200 });
    expect(server.requests.map((r) => r.conversation?.call)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(server.requests.map((r) => r.conversation?.stream)).toEqual([true, true, true, false, false, false]);
  });

  it("records the request: path, headers, body, and the conversation in common words", async () => {
    const server = await start([{ text: "hi there" }]);
    const file = { text: "" };
    const model = MODELS[wire](server.url);
    const result = streamText({ model, system: "be short", prompt: "hello", tools: memoryTools(file), maxRetries: 0 });
    expect(await result.text).toBe("hi there");
    const [request] = server.requests;
    expect(request?.method).toBe("POST");
    expect(JSON.stringify(request?.headers)).toContain("dummy");
    expect(JSON.stringify(request?.body)).toContain("hello");
    expect(request?.conversation).toMatchObject({ wire, model: "m1" });
    expect(request?.conversation?.messages).toEqual([
      { role: "system", text: "be short", calls: [] },
      { role: "user", text: "hello", calls: [] },
    ]);
    const read = request?.conversation?.tools.find((t) => t.name === "read");
    expect(Object.keys(asObject(read?.schema?.properties))).toEqual(["path"]);
  });

  it("makes several calls at once, and shows their results in order", async () => {
    const calls = ["a", "b"].map((path) => ({ name: "read", args: { path } }));
    const server = await start([{ text: "both", tools: calls }, { text: "done" }]);
    const seen: string[] = [];
    const read = tool({
      inputSchema: z.object({ path: z.string() }),
      execute: ({ path }) => {
        seen.push(path);
        return `text of ${path}`;
      },
    });
    await streamed(MODELS[wire](server.url), "go", { read });
    expect(seen).toEqual(["a", "b"]);
    const results = server.requests[1]?.conversation?.messages.filter((m) => m.role === "tool");
    expect(results?.map((m) => m.text)).toEqual(["text of a", "text of b"]);
  });

  it("refuses with the status and the words of the vendor", async () => {
    const resetAt = new Date(Date.now() + 90_000).toISOString();
    const server = await start([
      { status: 429, retryAfterSeconds: 7, message: "slow down" },
      { status: 429, resetAt },
      { status: 500 },
    ]);
    const model = MODELS[wire](server.url);
    const faults = [];
    for (let i = 0; i < 3; i++) faults.push(await streamed(model).catch((e: unknown) => e));
    const [first, second, third] = faults as APICallError[];
    expect(faults.every((f) => APICallError.isInstance(f))).toBe(true);
    expect(first).toMatchObject({ statusCode: 429, message: expect.stringContaining("slow down") });
    expect(first?.responseHeaders?.["retry-after"]).toBe("7");
    const said = JSON.stringify([second?.responseHeaders, second?.responseBody]);
    expect(said).toMatch(/ratelimit[a-z-]*-reset|retryDelay/);
    expect(third?.statusCode).toBe(500);
  });

  it("breaks off in the middle, sends what is no JSON, never ends, and is cut at its limit", async () => {
    const server = await start([
      { malformed: true, text: "a b c" },
      { endless: true },
      { hangUp: true },
      { text: "half a", cut: true },
      { text: "late", slowMs: 5 },
    ]);
    const model = MODELS[wire](server.url);
    await expect(streamed(model)).rejects.toBeDefined();
    const stop = new AbortController();
    let got = "";
    const endless = streamText({ model, prompt: "go", maxRetries: 0, abortSignal: stop.signal });
    for await (const piece of endless.textStream) {
      got += piece;
      if (got.length > 50) stop.abort();
    }
    expect(got.length).toBeGreaterThan(50);
    await expect(streamed(model)).rejects.toBeDefined();
    expect(await streamed(model)).toMatchObject({ text: "half a", finish: "length" });
    expect(await streamed(model)).toMatchObject({ text: "late", finish: "stop" });
  });
});

describe("arguments as the tool offered wants them", () => {
  const offered = (name: string, properties: object, required = Object.keys(properties)): OfferedTool => ({
    name,
    schema: { type: "object", properties, required },
  });
  const text = { type: "string" };

  it.each([
    ["Claude Code", offered("Edit", { file_path: text, old_string: text, new_string: text, replace_all: {} }, [])],
    ["opencode", offered("edit", { filePath: text, oldString: text, newString: text, replaceAll: {} }, [])],
    ["Gemini CLI", offered("replace", { file_path: text, instruction: text, old_string: text, new_string: text })],
    ["pi", offered("edit", { path: text, oldText: text, newText: text })],
  ])("%s", (_agent, edit) => {
    const { name, args } = editCall(EDIT, [offered("bash", { command: text }), edit]);
    expect(name).toBe(edit.name);
    expect(Object.values(args as object)).toEqual(expect.arrayContaining(["train.ts", "LR = 1", "LR = 2"]));
  });

  it("nested edits, a patch as text, and a shell by line or by words", () => {
    const items = { type: "object", properties: { oldText: text, newText: text } };
    const nested = editCall(EDIT, [offered("edit", { path: text, edits: { type: "array", items } })]);
    expect(nested.args).toEqual({ path: "train.ts", edits: [{ oldText: "LR = 1", newText: "LR = 2" }] });
    const seen = "1| // a file\n2| const LR = 1;";
    const patch = editCall(EDIT, [{ name: "apply_patch", schema: undefined }], seen);
    expect(patch.args).toContain("*** Update File: train.ts\n@@\n-const LR = 1;\n+const LR = 2;");
    const line = editCall(EDIT, [offered("exec_command", { cmd: text })]);
    expect(line.args).toMatchObject({ cmd: expect.stringContaining("sed -e 's/LR = 1/LR = 2/' 'train.ts'") });
    const words = editCall(EDIT, [offered("shell", { command: { type: "array" } })]);
    expect(words.args).toMatchObject({ command: ["bash", "-c", expect.stringContaining("sed")] });
  });
});
