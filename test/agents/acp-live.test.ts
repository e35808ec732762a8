/**
 * Real agents by ACP, as people install them, against a scripted model server: fenced, with an empty home, through the
 * gateway. It shows that starting, scope, counting, cancelling and ending hold; not how well a model works.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Answer, Turn } from "../../src/agent.ts";
import { acp } from "../../src/agents/acp.ts";
import { whereIs } from "../../src/agents/presets/find.ts";
import { component } from "../support/component.ts";
import { editScript, type ModelScript, startModelServer } from "../support/model-server.ts";
import { checkAnswer } from "./contract.ts";
import { sandbox } from "./presets-support.ts";
import { makeLab, makeTurn } from "./turn.ts";

/** The files that docs/acp.md shows, with the address of our server. */
const AGENTS = [
  {
    name: "opencode",
    install: "npm install -g opencode-ai@1.18.33",
    /** It asks, then writes by our handler. */
    vetoed: /^permission refused: .*frozen\.py may not be changed/m,
    settings: (url: string) => ({
      command: "opencode acp --pure",
      upstreams: [{ name: "local", url: `${url}/v1`, wire: "openai-chat", env: "MODEL_URL" }],
      set: {
        OPENCODE_CONFIG_CONTENT: JSON.stringify({
          share: "disabled",
          autoupdate: false,
          permission: { edit: "ask", bash: "deny", webfetch: "deny", external_directory: "deny" },
          model: "local/scripted",
          small_model: "local/scripted",
          provider: {
            local: {
              npm: "@ai-sdk/openai-compatible",
              options: { baseURL: "{env:MODEL_URL}", apiKey: "none" },
              models: { scripted: { name: "scripted", tool_call: true } },
            },
          },
        }),
        OPENCODE_DISABLE_AUTOUPDATE: "1",
        OPENCODE_DISABLE_MODELS_FETCH: "1",
        OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
      },
    }),
  },
  {
    name: "gemini",
    install: "npm install -g @google/gemini-cli@0.61.0",
    vetoed: /frozen\.py may not be changed/,
    settings: (url: string) => ({
      command: "gemini --acp -m gemini-2.5-flash",
      upstreams: [{ name: "local", url, wire: "gemini", env: "GOOGLE_GEMINI_BASE_URL" }],
      set: {
        GEMINI_API_KEY: "none",
        GEMINI_CLI_TRUST_WORKSPACE: "true",
        GEMINI_CLI_NO_RELAUNCH: "1",
      },
    }),
  },
] as const;

const there = AGENTS.filter(
  (agent) =>
    component(sandbox.kind !== "none", "bubblewrap", "apt-get install bubblewrap") &&
    component(whereIs(agent.name) !== undefined, agent.name, agent.install),
);

const LAB = { "train.py": "LR = 0.1\n", "frozen.py": "SEED = 7\n" };
const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

interface Played {
  readonly answer: Answer;
  readonly changed: string;
  readonly transcript: string;
  readonly requests: number;
  readonly text: (file: string) => string;
}

async function play(
  agent: (typeof AGENTS)[number],
  script: (dir: string) => ModelScript,
  turn: Partial<Turn> = {},
): Promise<Played> {
  const lab = makeLab(LAB);
  roots.push(lab.root);
  const server = await startModelServer(script(lab.dir));
  try {
    const file = join(lab.root, "agent.json");
    writeFileSync(file, JSON.stringify(agent.settings(server.url)));
    const asked = makeTurn(lab, { scope: ["train.py"] }, { sandbox, timeoutSeconds: 100, ...turn });
    const answer = await acp(file).propose(asked);
    checkAnswer(answer);
    const changed = execFileSync("git", ["status", "--porcelain"], { cwd: lab.dir, encoding: "utf8" }).trim();
    const transcript = readFileSync(asked.transcriptFile, "utf8");
    const requests = server.requests.filter((r) => r.conversation !== undefined).length;
    return { answer, changed, transcript, requests, text: (path) => readFileSync(join(lab.dir, path), "utf8") };
  } finally {
    await server.close();
  }
}

const edit = (file: string, from: string, to: string) => (dir: string) =>
  editScript({ file: join(dir, file), from, to, hypothesis: "a higher rate helps", description: "one constant" });

describe.each(there)("$name by ACP", (agent) => {
  it("edits the file in scope, says its words, and what it used is counted by the gateway", {
    timeout: 120_000,
  }, async () => {
    const played = await play(agent, edit("train.py", "LR = 0.1", "LR = 0.3"));
    expect(played.answer, played.transcript).toMatchObject({ kind: "proposed", hypothesis: "a higher rate helps" });
    expect(played.text("train.py")).toBe("LR = 0.3\n");
    expect(played.changed).toBe("M lab/train.py");
    expect(played.answer.usage).toMatchObject({
      inputTokens: 1000 * played.requests,
      cachedTokens: 400 * played.requests,
      outputTokens: 50 * played.requests,
    });
  });

  it("does not get a file out of scope changed", { timeout: 120_000 }, async () => {
    const played = await play(agent, edit("frozen.py", "SEED = 7", "SEED = 8"));
    expect(played.text("frozen.py")).toBe("SEED = 7\n");
    expect(played.transcript).toMatch(agent.vetoed);
  });

  it("fails at the end of an endless turn: by our timeout, or by a limit of its own", {
    timeout: 120_000,
  }, async () => {
    const endless = () => () => ({ endless: true }) as const;
    const played = await play(agent, endless, { timeoutSeconds: 25 });
    expect(played.answer).toMatchObject({
      kind: "failed",
      why: expect.stringMatching(/timed out after 25 s|limit of requests/),
    });
  });
});
