/** Our own agent for any model: the agent contract on all four wires, and how a turn goes, against the model server. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Turn } from "../../src/agent.ts";
import type { Settings } from "../../src/agents/llm/talk.ts";
import { llm } from "../../src/agents/llm.ts";
import {
  editScript,
  type ModelScript,
  type ModelServer,
  type Reply,
  startModelServer,
  type Wire,
} from "../support/model-server.ts";
import { agentContract, CONTRACT_LAB, changedFiles, checkAnswer } from "./contract.ts";
import { makeLab, makeTurn, type TestLab } from "./turn.ts";

const EDIT = {
  file: "train.ts",
  from: "LEARNING_RATE = 1e-3",
  to: "LEARNING_RATE = 2e-3",
  hypothesis: "a larger step learns faster",
};

const ADDRESS: Readonly<Record<Wire, (url: string) => string>> = {
  "openai-chat": (url) => `${url}/v1#m1`,
  "openai-responses": (url) => `openai+${url}/v1#m1`,
  anthropic: (url) => `anthropic+${url}/v1#m1`,
  gemini: (url) => `google+${url}/v1beta#m1`,
};
const WIRES = Object.keys(ADDRESS) as Wire[];

const FAST: Partial<Settings> = { retryMs: 1 };
const KEY = "sk-secret-0123456789";
const ENV = { NIGHTYARD_LLM_KEY: KEY };

const shared: { server?: ModelServer } = {};
beforeAll(async () => {
  shared.server = await startModelServer(editScript(EDIT));
});
afterAll(() => shared.server?.close());

const open: { readonly servers: ModelServer[]; readonly labs: TestLab[] } = { servers: [], labs: [] };
afterEach(async () => {
  for (const server of open.servers.splice(0)) await server.close();
  for (const lab of open.labs.splice(0)) rmSync(lab.root, { recursive: true, force: true });
});

for (const wire of WIRES) {
  agentContract(`llm on ${wire}`, {
    make: () => llm(ADDRESS[wire](shared.server!.url), { env: ENV, settings: FAST }),
  });
}

interface Play {
  readonly wire?: Wire;
  readonly settings?: Partial<Settings>;
  readonly turn?: Partial<Turn>;
  readonly briefing?: Partial<Turn["briefing"]>;
  readonly files?: Readonly<Record<string, string>>;
}

async function play(script: ModelScript, options: Play = {}) {
  const server = await startModelServer(script);
  open.servers.push(server);
  const lab = makeLab(options.files ?? CONTRACT_LAB);
  open.labs.push(lab);
  const agent = llm(ADDRESS[options.wire ?? "openai-chat"](server.url), {
    env: ENV,
    settings: { ...FAST, ...options.settings },
  });
  const answer = await agent.propose(makeTurn(lab, options.briefing, options.turn));
  checkAnswer(answer);
  const transcript = () => readFileSync(join(lab.root, "transcript.txt"), "utf8");
  return { server, lab, answer, transcript, changed: changedFiles(lab) };
}

const call = (name: string, args: Record<string, unknown> | string): Reply => ({ tools: [{ name, args }] });
const editCall = call("edit", { path: "train.ts", find: "1e-3;", replace: "2e-3;", why: "a larger step" });
const finishCall = call("finish", { hypothesis: "larger", description: "twice the rate", intent: "simplify" });
const readCall = call("read", { path: "train.ts" });

/** What the model was last told: results of tools, and words of ours. */
function told(server: ModelServer): readonly string[] {
  const messages = server.requests.at(-1)?.conversation?.messages ?? [];
  return messages.filter((m) => m.role === "tool" || m.role === "user").map((m) => m.text);
}

describe.each(WIRES)("a turn on %s", (wire) => {
  it("reads, edits and finishes, with usage summed over its requests", async () => {
    const { answer, changed, server, transcript } = await play(editScript(EDIT), { wire });
    expect(answer).toMatchObject({
      kind: "proposed",
      hypothesis: EDIT.hypothesis,
      usage: { inputTokens: 3000, cachedTokens: 1200, outputTokens: 150, dollars: undefined },
    });
    expect(changed).toEqual([" M lab/train.ts"]);
    expect(server.requests.length).toBe(3);
    expect(server.requests.every((r) => r.conversation?.stream)).toBe(true);
    expect(transcript()).toContain("## Tool edit");
    expect(transcript()).not.toContain(KEY);
    expect(JSON.stringify(server.requests[0]?.headers)).toContain(KEY);
  });

  it("goes on after a malformed chunk, a cut connection and a server's fault", async () => {
    const faults: Reply[] = [{ malformed: true, text: "abc" }, { hangUp: true }, { status: 500 }];
    const script = [...faults, editCall, { status: 502 } as Reply, finishCall];
    const { answer, transcript } = await play(script, { wire });
    expect(answer).toMatchObject({ kind: "proposed", hypothesis: "larger", intent: "simplify" });
    expect(transcript()).toContain("Fault, tried again");
  });

  it("waits for a slow reply", async () => {
    const { answer } = await play([{ ...editCall, slowMs: 20 } as Reply, { ...finishCall, slowMs: 20 } as Reply], {
      wire,
    });
    expect(answer.kind).toBe("proposed");
  });

  it("does parallel calls in their order", async () => {
    const tools = [readCall, editCall, finishCall].flatMap((reply) => ("tools" in reply ? (reply.tools ?? []) : []));
    const { answer, server } = await play([{ text: "all at once", tools }], { wire });
    expect(answer.kind).toBe("proposed");
    expect(server.requests.length).toBe(1);
  });

  it("tells the model what was wrong with arguments and names of tools", async () => {
    const script = [
      call("edit", '{"path": "train.ts", "find'),
      call("edit", { path: "train.ts" }),
      call("compile", {}),
      editCall,
      finishCall,
    ];
    const { answer, server } = await play(script, { wire });
    expect(answer.kind).toBe("proposed");
    const words = told(server).join("\n");
    expect(words).toContain("the arguments could not be read");
    expect(words).toMatch(/find: .*expected string/i);
    expect(words).toContain("there is no tool compile");
  });

  it("answers a rate limit with the time that the vendor names, wherever it says it", async () => {
    const resetAt = new Date(Date.now() + 3_600_000);
    const { answer } = await play([{ status: 429, resetAt: resetAt.toISOString() }], { wire });
    expect(answer).toMatchObject({ kind: "rateLimited", why: expect.stringContaining("429") });
    const until = answer.kind === "rateLimited" ? Date.parse(answer.until ?? "") : 0;
    expect(Math.abs(until - resetAt.getTime())).toBeLessThan(60_000);
  });

  it("ends an endless reply at the timeout, and at once when it is aborted", async () => {
    const timedOut = await play([{ endless: true }], { wire, turn: { timeoutSeconds: 0.3 } });
    expect(timedOut.answer).toMatchObject({ kind: "failed", why: expect.stringContaining("timeout of 0.3 s") });
    const stop = new AbortController();
    const reason = new Error("enough");
    const script = () => {
      setTimeout(() => stop.abort(reason), 50);
      return { endless: true };
    };
    await expect(play(script, { wire, turn: { signal: stop.signal } })).rejects.toBe(reason);
  });
});

describe("how a turn ends", () => {
  it("without a change when the model only talks, after one more word to it", async () => {
    const { answer, server } = await play([{ text: "Shall I go on?" }, { text: "There is nothing left to try." }]);
    expect(answer).toMatchObject({ kind: "noChange", why: expect.stringContaining("nothing left to try") });
    expect(told(server).at(-1)).toContain("call finish");
  });

  it("without a change when it says twice that it is done and is not", async () => {
    const { answer } = await play([finishCall, finishCall, finishCall]);
    expect(answer).toMatchObject({ kind: "noChange", why: expect.stringContaining("no file was changed yet") });
  });

  it("refused when a filter of the vendor's stepped in", async () => {
    const { answer } = await play([{ text: "I cannot", filtered: true }]);
    expect(answer).toMatchObject({ kind: "refused", why: expect.stringContaining("I cannot") });
  });

  it("without a change when what it changed is changed back", async () => {
    const back = call("edit", { path: "train.ts", find: "2e-3;", replace: "1e-3;" });
    const { answer, changed } = await play([editCall, back, { text: "no" }, { text: "it was better before" }]);
    expect([answer.kind, changed]).toEqual(["noChange", []]);
  });

  it("with its words when it says them instead of calling finish", async () => {
    const { answer } = await play([editCall, { text: "Done.\nHYPOTHESIS: faster\nDESCRIPTION: doubled" }]);
    expect(answer).toMatchObject({ kind: "proposed", hypothesis: "faster", description: "doubled" });
    const bare = await play([editCall, { text: "Done." }]);
    expect(bare.answer).toMatchObject({ kind: "proposed", hypothesis: "a larger step" });
  });

  it("after so many steps when it never finishes: with what it has, if it said what for", async () => {
    const settings = { steps: 4 };
    const reading = await play(() => readCall, { settings });
    expect(reading.answer).toMatchObject({ kind: "failed", why: expect.stringContaining("within 4 steps") });
    expect(reading.server.requests.length).toBe(4);
    expect(told(reading.server).at(-1)).toContain("last step");
    const edited = await play(({ call: n }) => (n === 1 ? editCall : readCall), { settings });
    expect(edited.answer).toMatchObject({ kind: "proposed", hypothesis: "a larger step" });
  });

  it("before a request that could pass the turn's limit", async () => {
    const script: ModelScript = ({ call: n }) => (n === 1 ? editCall : readCall);
    const usage = { input: 6000, output: 100 };
    const costly: ModelScript = (c) => ({ ...(c.call === 1 ? editCall : readCall), usage }) as Reply;
    const { answer, server } = await play(costly, { turn: { limits: { tokens: 8000 } } });
    expect(answer).toMatchObject({ kind: "proposed", usage: { inputTokens: 6000, outputTokens: 100 } });
    expect(server.requests.length).toBe(1);
    const nothing = await play(script, { turn: { limits: { tokens: 500 } } });
    expect(nothing.answer).toMatchObject({ kind: "failed", why: expect.stringContaining("limit of 500 tokens") });
    expect(nothing.server.requests.length).toBe(0);
  });

  it("at a limit also for a server that says no usage, which is then unknown", async () => {
    const script: ModelScript = () => ({ ...readCall, usage: "none" }) as Reply;
    const { answer, server } = await play(script, { turn: { limits: { tokens: 12_000 } } });
    expect(answer).toMatchObject({ kind: "failed", why: expect.stringContaining("limit") });
    expect(answer.usage.inputTokens).toBeUndefined();
    expect(server.requests.length).toBeGreaterThan(1);
    expect(server.requests.length).toBeLessThan(40);
  });

  it("at a limit also when replies break off, which may have cost", async () => {
    const script: ModelScript = ({ call: n }) => (n % 2 === 1 ? { malformed: true, text: "abc" } : readCall);
    const { answer, server } = await play(script, { turn: { limits: { tokens: 16_000 } } });
    expect(answer).toMatchObject({ kind: "failed", why: expect.stringContaining("limit") });
    const said = (answer.usage.inputTokens ?? 0) + (answer.usage.outputTokens ?? 0);
    expect(said).toBeLessThan(12_000);
    expect(server.requests.length).toBeLessThan(40);
  });

  it("with the dollars that the server itself says", async () => {
    const priced = (reply: Reply) => ({ ...reply, usage: { dollars: 0.002 } }) as Reply;
    const { answer } = await play([priced(editCall), priced(finishCall)]);
    expect(answer.usage.dollars).toBeCloseTo(0.004, 10);
    const partly = await play([priced(editCall), finishCall]);
    expect(partly.answer.usage.dollars).toBeUndefined();
  });

  it("in dollars by the table of prices, and before they are used up", async () => {
    const prices = join(makeLab({}).root, "prices.json");
    writeFileSync(prices, JSON.stringify({ models: { m1: { input: 10, cachedInput: 1, output: 100 } } }));
    const server = await startModelServer(editScript(EDIT));
    open.servers.push(server);
    const agent = llm(`${server.url}/v1#m1`, { env: { NIGHTYARD_PRICES: prices }, settings: FAST });
    const lab = makeLab(CONTRACT_LAB);
    open.labs.push(lab);
    const answer = await agent.propose(makeTurn(lab));
    expect(answer.usage.dollars).toBeCloseTo((1800 * 10 + 1200 * 1 + 150 * 100) / 1e6, 10);
    const poor = await agent.propose(makeTurn(lab, {}, { limits: { dollars: 0.01 } }));
    expect(poor).toMatchObject({ kind: "failed", why: expect.stringContaining("limit of $0.01") });
    expect(server.requests.length).toBe(3);
  });
});

describe("what the model is told", () => {
  it("the briefing, and the notes of earlier turns, which go on", async () => {
    const noteCall = call("note", { text: "try warm-up next" });
    const past = [
      { experiment: 1, verdict: "discard", reason: "", hypothesis: "", memo: { notes: ["2e-3 is worse"] } },
    ] as const;
    const { answer, server } = await play([noteCall, editCall, finishCall], { briefing: { past } });
    expect(answer).toMatchObject({ kind: "proposed", memo: { notes: ["2e-3 is worse", "try warm-up next"] } });
    const opening = server.requests[0]?.conversation?.messages.find((m) => m.role === "user")?.text;
    expect(opening).toContain("Lower the loss.");
    expect(opening).toContain("- 2e-3 is worse");
  });

  it("that a file is frozen, and the file stays as it is", async () => {
    const out = call("write", { path: "notes.md", text: "mine" });
    const { answer, server, changed } = await play([out, editCall, finishCall], { briefing: { scope: ["train.ts"] } });
    expect(answer.kind).toBe("proposed");
    expect(changed).toEqual([" M lab/train.ts"]);
    expect(told(server).join("\n")).toContain("notes.md is frozen. You may change only: train.ts");
  });

  it("old results shortened when the conversation grows, the newest whole", async () => {
    const files = { ...CONTRACT_LAB, "long.txt": `${"a line of the long file\n".repeat(300)}` };
    const script: ModelScript = ({ call: n }) =>
      n <= 6 ? call("read", { path: "long.txt" }) : n === 7 ? editCall : finishCall;
    const { answer, server } = await play(script, { files, settings: { contextTokens: 12_000 } });
    expect(answer.kind).toBe("proposed");
    const results = server.requests.at(-1)?.conversation?.messages.filter((m) => m.role === "tool") ?? [];
    expect(results.length).toBe(7);
    expect(results[0]?.text).toMatch(/^\[an old result, shortened/);
    expect(results[5]?.text).toContain("300| a line");
  });
});
