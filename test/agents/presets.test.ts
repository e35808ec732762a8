/**
 * The presets without their agents: options, finding a command, what is said on the command line, and the parsers of
 * usage on events that the real agents printed (test/fixtures/agents, recorded against the scripted model server).
 */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answerFor } from "../../src/agents/command/answer.ts";
import { claude } from "../../src/agents/presets/claude.ts";
import { codex } from "../../src/agents/presets/codex.ts";
import { findAgent, isOlder } from "../../src/agents/presets/find.ts";
import { gemini } from "../../src/agents/presets/gemini.ts";
import { opencode, widened } from "../../src/agents/presets/opencode.ts";
import { pi } from "../../src/agents/presets/pi.ts";
import type { Ask, Preset, Settled } from "../../src/agents/presets/preset.ts";
import { PRESETS, preset } from "../../src/agents/presets.ts";
import { UserError } from "../../src/util/user-error.ts";
import { makeLab, makeTurn } from "./turn.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures/agents", import.meta.url));
const recorded = (name: string) => readFileSync(join(FIXTURES, `${name}.jsonl`), "utf8");

const LOCAL: Settled = {
  model: "scripted",
  home: "fresh",
  endpoint: { name: "local", wire: "anthropic", url: "http://127.0.0.1:1" },
  key: "none",
};
const PAID: Settled = {
  ...LOCAL,
  endpoint: { name: "anthropic", wire: "anthropic", url: "https://api.anthropic.com" },
};

describe("what an agent used, by its own events", () => {
  // Three calls of 1000 tokens, of which 400 came from the cache, and 50 written.
  it.each(PRESETS.map((one) => [one.name, one] as const))("means the same for all: %s", (name, one) => {
    const reading = one.read(recorded(`${name}-edit`), LOCAL);
    expect(reading.usage).toMatchObject({ inputTokens: 3000, cachedTokens: 1200, outputTokens: 150 });
    expect(reading.usage.dollars).toBeUndefined();
    expect(reading.error).toBeUndefined();
    expect(reading.text).toContain("HYPOTHESIS: a higher rate");
  });

  it("has dollars only for models that Claude knows, at their own address, paid by the token", () => {
    const event = (model: string) => {
      const used = { inputTokens: 1, outputTokens: 1, cacheReadInputTokens: 2, cacheCreationInputTokens: 4 };
      return JSON.stringify({ type: "result", result: "ok", total_cost_usd: 0.5, modelUsage: { [model]: used } });
    };
    const known = event("claude-sonnet-4-5");
    expect(claude.read(known, PAID).usage).toEqual({ inputTokens: 7, cachedTokens: 2, outputTokens: 1, dollars: 0.5 });
    expect(claude.read(event("my-local-qwen"), PAID).usage.dollars).toBeUndefined();
    expect(claude.read(known, LOCAL).usage.dollars).toBeUndefined();
    expect(claude.read(known, { ...PAID, home: "own" }).usage.dollars).toBeUndefined();
  });

  it.each(PRESETS.map((one) => [one.name, one] as const))(
    "survives events that are cut, wrong or none: %s",
    (name, one) => {
      const text = recorded(`${name}-edit`);
      for (const cut of ["", "{", text.slice(0, text.length / 2), text.replaceAll(/\d+/g, '"x"'), "[1]\nnull\n{}\n"]) {
        const { usage } = one.read(cut, LOCAL);
        for (const value of Object.values(usage)) expect(value === undefined || Number.isFinite(value)).toBe(true);
      }
      expect(one.read("", LOCAL)).toMatchObject({ text: "", error: expect.any(String) });
    },
  );
});

describe("an error in the events", () => {
  const answer = (one: Preset, stdout: string, exitCode = 0) => {
    const outcome = exitCode === 0 ? ({ kind: "finished" } as const) : ({ kind: "crashed", exitCode } as const);
    const done = { outcome, stdout, stderr: "", resources: { wallSeconds: 1 } };
    return answerFor({ done, seconds: 1, spent: undefined }, one.read(stdout, LOCAL));
  };

  it("counts more than an exit code of 0 and the word success", () => {
    const event = { type: "result", subtype: "success", is_error: true, result: "API Error: 429 rate_limit_error" };
    expect(answer(claude, JSON.stringify(event))).toMatchObject({ kind: "rateLimited" });
    const other = { ...event, result: "API Error: 500" };
    expect(answer(claude, JSON.stringify(other))).toMatchObject({
      kind: "failed",
      why: expect.stringContaining("500"),
    });
  });

  it.each([
    [claude, "claude-429"],
    [codex, "codex-429"],
    [gemini, "gemini-429"],
  ] as const)("is a rate limit where the agent waited for it: $name", (one, file) => {
    expect(answer(one, recorded(file), 1)).toMatchObject({ kind: "rateLimited" });
  });

  it("is told with its status and the time to wait", () => {
    const data = { message: "Too Many Requests", statusCode: 429, responseHeaders: { "retry-after": "30" } };
    const event = JSON.stringify({ type: "error", error: { name: "APIError", data } });
    expect(answer(opencode, event, 1)).toMatchObject({ kind: "rateLimited", until: expect.any(String) });
    const message = { role: "assistant", content: [], stopReason: "error", errorMessage: "429 slow down" };
    expect(answer(pi, JSON.stringify({ type: "message_end", message }))).toMatchObject({ kind: "rateLimited" });
    const failed = { type: "turn.failed", error: { message: "exceeded retry limit, last status: 429" } };
    expect(answer(codex, JSON.stringify(failed), 1)).toMatchObject({ kind: "rateLimited" });
  });
});

describe("what an agent is started with", () => {
  const lab = makeLab({ "train.py": "" });
  const askOf = (one: Preset, change: Partial<Ask> = {}, fenced = true): Ask => ({
    settled: {
      ...LOCAL,
      endpoint: { name: "local", wire: one.wire, url: "http://127.0.0.1:1" },
      key: "the-secret-key",
    },
    found: { path: "/x", version: one.pinned, folders: [] },
    turn: makeTurn(lab, { scope: ["train.py", "src/**", "!src/frozen.py"] }, { limits: { dollars: 0.25 } }),
    place: { home: "/home", tmp: "/tmp", promptFile: "/p", fenced, urlOf: () => "", token: undefined },
    prompt: "a rare word: zyzzyva",
    url: "http://127.0.0.1:7/local",
    ...change,
  });

  it.each(PRESETS.map((one) => [one.name, one] as const))(
    "has neither prompt nor key among its arguments: %s",
    (_n, one) => {
      const { args, files, env } = one.launch(askOf(one));
      expect(args?.join(" ")).not.toMatch(/zyzzyva|the-secret-key/);
      expect(JSON.stringify(files)).not.toContain("the-secret-key");
      expect(Object.values(env)).toContain("the-secret-key");
      expect(JSON.stringify([args, files, env])).toContain("http://127.0.0.1:7/local");
    },
  );

  it("names the files in scope where the agent has rules for files", () => {
    expect(claude.launch(askOf(claude)).args).toEqual(
      expect.arrayContaining(["Edit(./train.py)", "Edit(./src/**)", "--disallowedTools", "Edit(./src/frozen.py)"]),
    );
    const config = JSON.parse(opencode.launch(askOf(opencode)).env.OPENCODE_CONFIG_CONTENT ?? "");
    expect(Object.entries(config.permission.edit)).toEqual([
      ["*", "deny"],
      ["lab/train.py", "allow"],
      ["lab/src/*", "allow"],
      ["lab/src/frozen.py", "deny"],
    ]);
    const policy = gemini.launch(askOf(gemini)).files["gemini-policy.toml"] ?? "";
    expect(policy.match(/decision = "allow"/g)).toHaveLength(6);
  });

  it("makes a glob wider for opencode, never narrower", () => {
    expect(widened("src/**/*.ts")).toBe("src/*.ts");
    expect(widened("{a,b}/[xy].py")).toBe("*/*.py");
    expect(widened("./train.*")).toBe("train.*");
  });

  it("lets Codex out of its own sandbox only inside ours", () => {
    expect(codex.launch(askOf(codex)).args).toContain("--dangerously-bypass-approvals-and-sandbox");
    const bare = codex.launch(askOf(codex, {}, false)).args ?? [];
    expect(bare).not.toContain("--dangerously-bypass-approvals-and-sandbox");
    expect(bare.join(" ")).toMatch(/--sandbox workspace-write .*exclude_slash_tmp=true/);
  });

  it("tells Claude what a turn may cost, unless the price would be invented", () => {
    const paid = claude.launch(askOf(claude, { settled: { ...PAID, key: "the-secret-key" } })).args ?? [];
    expect(paid[paid.indexOf("--max-budget-usd") + 1]).toBe("0.25");
    expect(claude.launch(askOf(claude)).args).not.toContain("--max-budget-usd");
  });
});

describe("finding an agent", () => {
  let dir = "";
  const before = { ...process.env };
  beforeEach(() => {
    dir = mkdtempSync(join(os.tmpdir(), "nightyard-bin-"));
    process.env.NIGHTYARD_AGENT_PATH = dir;
    process.env.PATH = "/usr/bin:/bin";
  });
  afterEach(() => {
    process.env = { ...before };
    rmSync(dir, { recursive: true, force: true });
  });
  const install = (text: string) => {
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "claude"), `#!/bin/sh\n${text}\n`);
    chmodSync(join(dir, "claude"), 0o755);
  };
  const problem = (act: () => unknown): UserError => {
    try {
      act();
    } catch (error) {
      if (error instanceof UserError) return error;
      throw error;
    }
    throw new Error("nothing was thrown");
  };

  it("says how to install one that is missing, with exit code 4", () => {
    const error = problem(() => preset("claude", "model=m,url=http://127.0.0.1:1"));
    expect(error).toMatchObject({ exitCode: 4, fix: "npm install -g @anthropic-ai/claude-code@2.1.197" });
    expect(error.message).toContain("not installed");
  });

  it("refuses one that is too old or does not say its version", () => {
    install("echo 1.0.3 '(Claude Code)'");
    expect(problem(() => findAgent(claude))).toMatchObject({ exitCode: 4, message: expect.stringContaining("1.0.3") });
    install("echo oh no >&2; exit 1");
    expect(problem(() => findAgent(claude))).toMatchObject({ exitCode: 4, message: expect.stringContaining("oh no") });
  });

  it("takes one that was tried, and notes one that was not", () => {
    install("echo 2.1.197 '(Claude Code)'");
    expect(findAgent(claude)).toMatchObject({ found: { version: "2.1.197" }, note: undefined });
    install("echo 2.9.0 '(Claude Code)' >&2");
    expect(findAgent(claude).note).toMatch(/2\.9\.0 was not tried/);
  });

  it("asks the version without anything of the environment", () => {
    process.env.ANTHROPIC_API_KEY = "not-for-you";
    install('if [ -n "$ANTHROPIC_API_KEY" ]; then echo 9.9.9; else echo 2.1.197; fi');
    expect(findAgent(claude).found.version).toBe("2.1.197");
  });

  it("needs a key, or one's own login, or a server that asks for none", () => {
    install("echo 2.1.197");
    delete process.env.ANTHROPIC_API_KEY;
    expect(problem(() => preset("claude", ""))).toMatchObject({
      exitCode: 4,
      fix: expect.stringContaining("home=own"),
    });
    expect(preset("claude", "home=own").name).toBe("claude 2.1.197");
    expect(preset("claude", "url=http://127.0.0.1:1,model=m").name).toBe("claude 2.1.197 m");
    process.env.ANTHROPIC_API_KEY = "sk-test";
    expect(preset("claude", "model=claude-sonnet-4-5").name).toBe("claude 2.1.197 claude-sonnet-4-5");
  });

  it.each([
    ["claude", "sonnet", /expected name=value/],
    ["claude", "modle=x", /modle: expected one of model, url/],
    ["claude", "home=mine", /expected fresh or own/],
    ["claude", "key=sk-ant-123", /not the key itself/],
    ["claude", "model=a,model=b", /given twice/],
    ["claude", "url=ftp://x", /expected an address/],
    ["claude", "url=http://127.0.0.1:1", /expected model=NAME/],
    ["codex", "model=m,url=http://127.0.0.1:1,wire=anthropic", /speaks openai-responses/],
    ["opencode", "model=gpt", /expected model= to begin with anthropic/],
    ["pi", "", /found nothing/],
    ["pi", "requests=many", /expected a number/],
  ])("refuses options that make no sense: %s:%s", (name, argument, message) => {
    expect(problem(() => preset(name, argument)).message).toMatch(message);
  });

  it("compares versions as numbers", () => {
    expect(isOlder("1.9.0", "1.10.0")).toBe(true);
    expect(isOlder("2.0.0", "1.10.0")).toBe(false);
    expect(isOlder("1.10.0", "1.10.0")).toBe(false);
  });
});
