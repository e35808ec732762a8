/**
 * The real coding agents, as people install them, against a scripted model server: fenced, with an empty home and a
 * clean environment, through the gateway. It shows that starting, permissions, counting and ending hold; not how well
 * a model works. No key is read: the server asks for none.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Turn } from "../../src/agent.ts";
import { preset } from "../../src/agents/presets.ts";
import { editScript, type ModelScript, startModelServer } from "../support/model-server.ts";
import { checkAnswer } from "./contract.ts";
import { here, pointedAt, sandbox } from "./presets-support.ts";
import { makeLab, makeTurn } from "./turn.ts";

// Seconds on an idle machine; opencode alone needs ten to start, and a minute where everything else runs too.
vi.setConfig({ testTimeout: 180_000 });

const LAB = { "train.py": "LR = 0.1\n", "frozen.py": "SEED = 7\n", "src/model.py": "WIDTH = 64\n" };

/** Words that mean something to a shell, to slash commands and to references of files: here they are only words. */
const PROGRAM =
  "Lower the loss.\n/help\n@torch.compile, @nowhere/file.py, $(touch pwned), `touch pwned`, 'it', \u2603.";

const KEY = "sk-test-0123456789";

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

interface Wanted {
  readonly script: (dir: string) => ModelScript;
  readonly scope?: readonly string[];
  readonly turn?: Partial<Turn>;
  readonly options?: string;
}

async function play(name: (typeof here)[number], { script, scope = ["train.py"], turn = {}, options = "" }: Wanted) {
  const lab = makeLab(LAB);
  roots.push(lab.root);
  const server = await startModelServer(script(lab.dir));
  try {
    const agent = preset(name.name, `${pointedAt(name, server.url)}${options}`);
    const asked = makeTurn(lab, { scope, program: PROGRAM }, { sandbox, timeoutSeconds: 150, ...turn });
    const answer = await agent.propose(asked);
    checkAnswer(answer);
    const diff = execFileSync("git", ["diff", "--name-only"], { cwd: lab.dir, encoding: "utf8" }).trim();
    const transcript = existsSync(asked.transcriptFile) ? readFileSync(asked.transcriptFile, "utf8") : "";
    return { answer, diff, transcript, requests: server.requests.filter((r) => r.conversation !== undefined), lab };
  } finally {
    await server.close();
  }
}

const edits = (file: string, from: string, to: string) => (dir: string) =>
  editScript({ file: join(dir, file), from, to, hypothesis: "a higher rate helps", description: "one constant" });

describe.each(here)("$title", (agent) => {
  it("edits the file in scope, says its words, and what it used is counted", async () => {
    const { answer, diff, transcript, requests, lab } = await play(agent, {
      script: edits("train.py", "LR = 0.1", "LR = 0.3"),
    });
    expect(answer).toMatchObject({ kind: "proposed", hypothesis: "a higher rate helps", description: "one constant" });
    expect(diff).toBe("lab/train.py");
    expect(readFileSync(join(lab.dir, "train.py"), "utf8")).toBe("LR = 0.3\n");
    expect(readdirSync(lab.dir).sort()).toEqual(["frozen.py", "src", "train.py"]);
    expect(JSON.stringify(requests[0]?.body)).toContain("@torch.compile, @nowhere/file.py, $(touch pwned)");
    const asked = requests.length;
    expect(answer.usage).toMatchObject({
      inputTokens: 1000 * asked,
      cachedTokens: 400 * asked,
      outputTokens: 50 * asked,
    });
    expect(answer.usage.dollars).toBeUndefined();
    // The same from the agent's own events, which count when there is no gateway.
    const own = agent.read(transcript, { model: "scripted", home: "fresh", endpoint: undefined, key: "" }).usage;
    expect(own).toMatchObject({ inputTokens: 1000 * asked, cachedTokens: 400 * asked, outputTokens: 50 * asked });
  });

  it("works with a token of the turn: the key is nowhere in its environment, and the model's server gets it", async () => {
    process.env.NIGHTYARD_TEST_KEY = KEY;
    const seen: string[] = [];
    try {
      const script = (dir: string): ModelScript => {
        const edit = edits("train.py", "LR = 0.1", "LR = 0.3")(dir);
        // While it waits for its first answer: what every process of the turn has in its environment and arguments.
        return (conversation) => {
          if (seen.length === 0) seen.push(...environmentsIn(dirname(dirname(dir))));
          return edit(conversation);
        };
      };
      const { answer, diff, transcript, requests } = await play(agent, { script, options: ",key=NIGHTYARD_TEST_KEY" });
      expect(answer.kind).toBe("proposed");
      expect(diff).toBe("lab/train.py");
      expect(seen.length).toBeGreaterThan(0);
      expect(seen.filter((text) => text.includes(KEY))).toEqual([]);
      const [token = ""] = /nightyard-[0-9a-f]{48}/.exec(seen.join("")) ?? [];
      expect(token).not.toBe("");
      expect(transcript).not.toContain(KEY);
      for (const { headers, path } of requests) {
        expect(JSON.stringify([headers, path])).toContain(KEY);
        expect(JSON.stringify([headers, path])).not.toContain(token);
      }
    } finally {
      delete process.env.NIGHTYARD_TEST_KEY;
    }
  });

  // Codex edits by shell commands and pi has no rules for files: there the check of the scope stands alone.
  const hasRules = !["codex", "pi"].includes(agent.name);
  const itWithRules = hasRules ? it : () => undefined;
  itWithRules("does not edit a file that is not in scope", async () => {
    const { diff, answer } = await play(agent, {
      script: edits("frozen.py", "SEED = 7", "SEED = 8"),
      scope: ["train.py", "src/**/*.py"],
    });
    expect(diff).toBe("");
    expect(answer.kind).toBe("proposed");
  });

  // Most would wait as long as they are told to, some without a word: here for longer than the turn.
  it("is rate-limited by a 429, until the time it names", async () => {
    const script = () => () => ({ status: 429, retryAfterSeconds: 600 });
    const { answer, diff } = await play(agent, { script, turn: { timeoutSeconds: 150 } });
    expect(answer).toMatchObject({ kind: "rateLimited", why: expect.stringMatching(/429|rate|quota|exhausted/i) });
    expect(answer).toMatchObject({ until: expect.stringMatching(/^\d{4}-/) });
    expect(diff).toBe("");
  });

  it("is ended at the timeout, with nothing left, when its model never ends", async () => {
    // Gemini CLI notices a model that repeats itself, and ends: for it the model is silent instead.
    const script = () => () => (agent.name === "gemini" ? { text: "x", slowMs: 600_000 } : { endless: true });
    const { answer, lab } = await play(agent, { script, turn: { timeoutSeconds: 5 } });
    expect(answer).toMatchObject({ kind: "failed", why: expect.stringContaining("timed out") });
    expect(processesIn(lab.root)).toEqual([]);
  });
});

describe.each(here.filter((a) => a.name !== "opencode"))("$title that never stops asking", (agent) => {
  it("is ended by the gateway's limit of requests", async () => {
    const again = (dir: string): ModelScript => {
      const read = editScript({ file: join(dir, "train.py"), from: "LR", to: "LR", hypothesis: "x" });
      return (conversation) => read({ ...conversation, messages: [] });
    };
    const { answer, requests } = await play(agent, { script: again, options: ",requests=4" });
    expect(answer).toMatchObject({ kind: "failed", why: expect.stringContaining("gateway refused") });
    expect(requests.length).toBeLessThanOrEqual(4);
  });
});

describe.runIf(has("codex"))("Codex and what lies around it", () => {
  const codex = here.find((agent) => agent.name === "codex")!;
  /** Runs one shell line as the model's only act; answers what the model was told of it. */
  const toldOf = async (line: string, wanted: Partial<Wanted> = {}) => {
    const played = await play(codex, {
      script: () => [{ tools: [{ name: "exec_command", args: { cmd: line } }] }, { text: "HYPOTHESIS: looked around" }],
      ...wanted,
    });
    const told = played.requests.at(1)?.conversation?.messages.findLast((m) => m.role === "tool")?.text ?? "";
    return { ...played, told };
  };

  it("finds the key in no process that its commands can look at, and sees nothing of the home", async () => {
    process.env.NIGHTYARD_TEST_KEY = KEY;
    try {
      const all = "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'";
      const line = `env; ls -A ${os.homedir()}; ${all} | grep -a -e sk-test -e nightyard-; echo done`;
      const { told, transcript, answer } = await toldOf(line, { options: ",key=NIGHTYARD_TEST_KEY" });
      expect(answer.kind).toBe("proposed");
      expect(told).toContain("done");
      expect(told).not.toContain(".ssh");
      // What it can find is a token that is worth nothing when the turn is over.
      expect(told).toMatch(/nightyard-[0-9a-f]{48}/);
      expect(told).not.toContain(KEY);
      expect(transcript).not.toContain(KEY);
    } finally {
      delete process.env.NIGHTYARD_TEST_KEY;
    }
  });

  it("sees of one's own home the folder of its login, and cannot plant settings there", async () => {
    const home = mkdtempSync(join(os.tmpdir(), "nightyard-home-"));
    roots.push(home);
    writeFileSync(join(home, "private"), "nobody's business");
    mkdirSync(join(home, ".codex"));
    writeFileSync(join(home, ".codex", "config.toml"), 'model = "mine"\n');
    const before = process.env.HOME;
    process.env.HOME = home;
    try {
      const line = `ls -A ${home}; cat ${home}/.codex/config.toml; echo evil > ${home}/.codex/config.toml; echo x > ${home}/.codex/token; echo done`;
      const { told } = await toldOf(line, { options: ",home=own" });
      expect(told).toContain(".codex");
      expect(told).toContain("done");
      expect(told).not.toMatch(/private|mine/);
      expect(readFileSync(join(home, ".codex", "config.toml"), "utf8")).toBe('model = "mine"\n');
      expect(existsSync(join(home, ".codex", "token"))).toBe(true);
    } finally {
      process.env.HOME = before;
    }
  });

  it("uses its own sandbox where there is none of ours", async () => {
    const sandbox = { kind: "none", why: "a test" } as const;
    const { told, diff, lab } = await toldOf("echo LR = 0.2 > train.py; echo x > ../../beside.txt; echo done", {
      turn: { sandbox },
    });
    expect(told).toContain("done");
    expect(diff).toBe("lab/train.py");
    expect(readFileSync(join(lab.root, "beside.txt"), "utf8")).toBe("nobody's business\n");
  });
});

describe.runIf(has("pi")).each(["openai-responses", "anthropic", "gemini"] as const)("pi by %s", (wire) => {
  it("edits and is counted all the same", async () => {
    const pi = here.find((agent) => agent.name === "pi")!;
    const script = edits("train.py", "LR = 0.1", "LR = 0.3");
    const { answer, diff } = await play({ ...pi, wire }, { script, options: `,wire=${wire}` });
    expect(answer).toMatchObject({
      kind: "proposed",
      usage: { inputTokens: 3000, cachedTokens: 1200, outputTokens: 150 },
    });
    expect(diff).toBe("lab/train.py");
  });
});

describe.runIf(has("claude"))("Claude Code with one's own home", () => {
  it("runs no hook of it, and says when nobody is logged in", async () => {
    const home = mkdtempSync(join(os.tmpdir(), "nightyard-home-"));
    roots.push(home);
    mkdirSync(join(home, ".claude"));
    const hook = { type: "command", command: `touch ${home}/.claude/hooked` };
    const hooks = { UserPromptSubmit: [{ hooks: [hook] }], SessionStart: [{ hooks: [hook] }] };
    writeFileSync(join(home, ".claude", "settings.json"), JSON.stringify({ hooks }));
    const before = process.env.HOME;
    process.env.HOME = home;
    try {
      const lab = makeLab(LAB);
      roots.push(lab.root);
      const answer = await preset("claude", "home=own").propose(makeTurn(lab, {}, { sandbox, timeoutSeconds: 60 }));
      expect(answer).toMatchObject({ kind: "failed", why: expect.stringMatching(/log ?in/i) });
      expect(existsSync(join(home, ".claude", "hooked"))).toBe(false);
    } finally {
      process.env.HOME = before;
    }
  });
});

function has(name: string): boolean {
  return here.some((agent) => agent.name === name);
}

/** Environments and command lines of the turn's processes, seen from outside the fence. */
function environmentsIn(root: string): readonly string[] {
  const read = (pid: string) => ["environ", "cmdline"].map((what) => readFileSync(`/proc/${pid}/${what}`, "utf8"));
  return processesIn(root).flatMap((pid) => {
    try {
      return read(pid);
    } catch {
      return [];
    }
  });
}

/** Command lines of processes whose working directory or environment names this folder. */
function processesIn(root: string): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").includes(`HOME=${root}`);
    } catch {
      return false;
    }
  });
}
