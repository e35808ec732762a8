/**
 * The ACP agent: the contract of all agents, and each promise of its own, against a scripted agent by the real SDK.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import type { Agent, Answer, Turn } from "../../src/agent.ts";
import { acp } from "../../src/agents/acp.ts";
import { probeSandbox } from "../../src/sandbox/probe.ts";
import { UserError } from "../../src/util/user-error.ts";
import { component } from "../support/component.ts";
import { agentContract, changedFiles, isGone } from "./acp/support.ts";
import { makeLab, makeTurn, type TestLab } from "./turn.ts";

const PROGRAM = fileURLToPath(new URL("./acp/agent.mjs", import.meta.url));
const labs: TestLab[] = [];
afterEach(() => {
  for (const lab of labs.splice(0)) rmSync(lab.root, { recursive: true, force: true });
});

const FILES = { "train.ts": "export const LEARNING_RATE = 1e-3;\n", "notes.md": "hello\n", "lines.txt": "a\nb\nc\n" };

function labOf(files: Readonly<Record<string, string>> = FILES): TestLab {
  const lab = makeLab(files);
  labs.push(lab);
  return lab;
}

function scripted(mode: string, argument = ""): Agent {
  return acp(`${process.execPath} ${PROGRAM} ${mode} ${argument === "" ? "" : `'${argument}'`}`);
}

const SCOPE = { scope: ["train.ts", "new/**"] };

function play(mode: string, lab: TestLab, turn: Partial<Turn> = {}, argument = ""): Promise<Answer> {
  return scripted(mode, argument).propose(makeTurn(lab, SCOPE, turn));
}

const read = (lab: TestLab, path: string) => readFileSync(join(lab.dir, path), "utf8");
const transcript = (lab: TestLab) => readFileSync(join(lab.root, "transcript.txt"), "utf8");

agentContract("acp", { make: () => scripted("own"), slow: (pidFile) => scripted("endless", pidFile) });

describe("an ACP agent", () => {
  it("edits by our file handler, and says why in its last message", async () => {
    const lab = labOf();
    expect(await play("client", lab)).toMatchObject({
      kind: "proposed",
      hypothesis: "a larger step",
      description: "twice as large",
      usage: { inputTokens: 3000, cachedTokens: 1200, outputTokens: 50 },
    });
    expect(read(lab, "train.ts")).toBe("export const LEARNING_RATE = 2e-3;\n");
    expect(read(lab, "new/file.ts")).toBe("made\n");
    expect(transcript(lab)).toMatch(/^tool: edit: edit train\.ts[\s\S]*^write .*train\.ts$[\s\S]*^end: end_turn$/m);
  });

  it("is heard in the order of the wire, usage and words before the end", async () => {
    const answer = await play("order", labOf());
    expect(answer).toMatchObject({ kind: "proposed", hypothesis: "a larger step", usage: { dollars: 0.25 } });
  });

  it("cannot write out of scope by our handler, nor read outside of its worktree", async () => {
    const lab = labOf();
    mkdirSync(join(lab.root, "elsewhere"));
    symlinkSync(join(lab.root, "elsewhere"), join(lab.dir, "new"));
    symlinkSync(join(lab.root, "beside.txt"), join(lab.dir, "train2.ts"));
    const tried = [
      "DIR/notes.md",
      "DIR/../../beside.txt",
      "/etc/nightyard-test",
      "DIR/new/x.ts",
      "train.ts",
      "DIR/.git/hooks/x",
    ];
    const scope = { scope: ["train*.ts", "new/**", ".git/**"] };
    const agent = scripted("scope", [...tried, "DIR/train2.ts"].join(","));
    await agent.propose(makeTurn(lab, scope));
    const lines = transcript(lab);
    expect(lines.match(/^refused: write/gm)).toHaveLength(7);
    expect(lines.match(/^refused: read/gm)).toHaveLength(3);
    expect(lines).toMatch(/^agent: (refused: .*\n){10}b$/m);
    expect(lines).toMatch(/notes\.md may not be changed; only these files/);
    expect(lines).toMatch(/new\/x\.ts: a folder on its way is a file or a symbolic link/);
    expect(read(lab, "notes.md")).toBe("hello\n");
    expect(readFileSync(join(lab.root, "beside.txt"), "utf8")).toBe("nobody's business\n");
    expect(existsSync(join(lab.root, "elsewhere", "x.ts"))).toBe(false);
    expect(existsSync("/etc/nightyard-test")).toBe(false);
  });

  it("gets permission once for edits in scope and for looking, never for a shell, the network or for good", async () => {
    const lab = labOf();
    await play("permission", lab);
    expect(transcript(lab)).toMatch(/^agent: once no no no no once no cancelled$/m);
  });

  it("has a clean environment and an empty home of its own", async () => {
    const lab = labOf();
    process.env.NIGHTYARD_TEST_SECRET = "hunter2-hunter2";
    try {
      await play("env", lab);
    } finally {
      delete process.env.NIGHTYARD_TEST_SECRET;
    }
    const said = transcript(lab);
    expect(said).not.toMatch(/hunter2/);
    expect(said).toMatch(new RegExp(`"HOME":"${join(lab.root, "tmp", "home")}"`));
    expect(said).toMatch(/NIGHTYARD_JOB/);
  });

  it("is told to cancel when the turn is aborted, and nothing is left", async () => {
    const lab = labOf();
    const file = join(lab.root, "tmp", "cancel.txt");
    const stop = new AbortController();
    const reason = new Error("stopped by the test");
    const ended = play("cancels", lab, { signal: stop.signal }, file).catch((error: unknown) => error);
    await expect.poll(() => existsSync(file), { timeout: 20_000 }).toBe(true);
    stop.abort(reason);
    expect(await ended).toBe(reason);
    expect(readFileSync(file, "utf8")).toBe("begun\ncancelled\n");
  });

  it("says that a turn timed out, and ends what the agent started", async () => {
    const lab = labOf();
    const pidFile = join(lab.root, "tmp", "pid");
    expect(await play("endless", lab, { timeoutSeconds: 2 }, pidFile)).toMatchObject({
      kind: "failed",
      why: expect.stringMatching(/timed out after 2 s/),
    });
    expect(isGone(Number(readFileSync(pidFile, "utf8")))).toBe(true);
  });
});

describe("an ACP agent that misbehaves", () => {
  it.each([
    ["flood", /sent more than 64 MiB/],
    ["oneHugeLine", /limit|closed/i],
    ["dies", /exit code 7.*out of cheese|closed the connection/],
    ["tokens", /limit of tokens/],
  ])("fails with the reason, not with an exception: %s", async (mode, why) => {
    const answer = await play(mode, labOf());
    expect(answer).toMatchObject({ kind: "failed", why: expect.stringMatching(why) });
  });

  it("may print what is no message, and is heard all the same", async () => {
    const lab = labOf();
    expect(await play("badJson", lab)).toMatchObject({ kind: "proposed", hypothesis: "a larger step" });
    expect(changedFiles(lab)).toEqual([" M lab/train.ts"]);
  });

  it("may refuse, or be rate-limited", async () => {
    expect(await play("refuses", labOf())).toMatchObject({ kind: "refused" });
    expect(await play("limit", labOf())).toMatchObject({ kind: "rateLimited", until: expect.any(String) });
  });

  it("is no ACP agent at all", async () => {
    const lab = labOf();
    expect(await acp("cat").propose(makeTurn(lab, {}, { timeoutSeconds: 3 }))).toMatchObject({ kind: "failed" });
    expect(await acp("true").propose(makeTurn(lab, {}, { timeoutSeconds: 3 }))).toMatchObject({ kind: "failed" });
  });
});

describe("the command line of acp:", () => {
  it("is refused with exit code 4 and the line that installs the agent when that is not there", () => {
    const before = process.env.PATH;
    process.env.PATH = "/nowhere";
    try {
      expect(() => acp("opencode acp --pure")).toThrow(UserError);
      expect(() => acp("opencode acp --pure")).toThrow(
        expect.objectContaining({ exitCode: 4, fix: expect.stringMatching(/opencode-ai/) }),
      );
    } finally {
      process.env.PATH = before;
    }
    expect(() => acp("/nowhere/agent --stdio")).toThrow(expect.objectContaining({ exitCode: 4 }));
    expect(() => acp("")).toThrow(UserError);
    expect(() => acp("/nowhere/agent.json")).toThrow(UserError);
  });

  it("may be a file, with variables and a name", async () => {
    const lab = labOf();
    const file = join(lab.root, "agent.json");
    const command = `${process.execPath} ${PROGRAM} env`;
    writeFileSync(file, JSON.stringify({ command, name: "mine", set: { MY_MODE: "careful" } }));
    const agent = acp(file);
    expect(agent.name).toBe("acp mine");
    await agent.propose(makeTurn(lab));
    expect(transcript(lab)).toMatch(/"MY_MODE":"careful"/);
  });
});

const { sandbox } = await probeSandbox();

describe.skipIf(!component(sandbox.kind !== "none", "bubblewrap", "apt-get install bubblewrap"))("in a fence", () => {
  it("edits, and neither writes beside its worktree nor leaves a process", async () => {
    const lab = labOf();
    expect(await play("client", lab, { sandbox })).toMatchObject({ kind: "proposed" });
    expect(read(lab, "new/file.ts")).toBe("made\n");
    const pidFile = join(lab.root, "tmp", "pid");
    expect(await play("endless", lab, { sandbox, timeoutSeconds: 2 }, pidFile)).toMatchObject({ kind: "failed" });
    const beside = join(lab.root, "taken");
    await play("endless", lab, { sandbox, timeoutSeconds: 2 }, beside);
    expect(existsSync(beside)).toBe(false);
  });
});
