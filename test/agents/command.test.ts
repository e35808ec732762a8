/**
 * Any program as an agent: the contract, what it is given, how its end is read, and what the fence keeps from it. The
 * programs are real, most of them a line of shell.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { basename, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Answer, Briefing, Turn } from "../../src/agent.ts";
import { commandSettings } from "../../src/agents/command/settings.ts";
import { command } from "../../src/agents/command.ts";
import { agentFence } from "../../src/fences.ts";
import { probeSandbox } from "../../src/sandbox/probe.ts";
import { UserError } from "../../src/util/user-error.ts";
import { openWorkspace } from "../../src/workspace.ts";
import { component } from "../support/component.ts";
import { startModelServer } from "../support/model-server.ts";
import { madeProgram } from "../support/night.ts";
import { agentContract, checkAnswer } from "./contract.ts";
import { makeLab, makeTurn, type TestLab } from "./turn.ts";

const { sandbox } = await probeSandbox();
const fenced = component(sandbox.kind !== "none", "a sandbox", "apt-get install bubblewrap");

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function folder(): string {
  const dir = mkdtempSync(join(os.tmpdir(), "nightyard command "));
  dirs.push(dir);
  return dir;
}

/** An agent file; answers what stands behind `--agent command:`. */
function agentFile(settings: object): string {
  const dir = mkdtempSync(join(os.tmpdir(), "nightyard-command-"));
  dirs.push(dir);
  const file = join(dir, "agent.json");
  writeFileSync(file, JSON.stringify(settings));
  return file;
}

interface Played {
  readonly lab: TestLab;
  readonly answer: Answer;
  readonly transcript: string;
}

async function play(argument: string, turn: Partial<Turn> = {}, briefing: Partial<Briefing> = {}): Promise<Played> {
  const lab = makeLab({ "train.py": "LR = 0.1\n" });
  dirs.push(lab.root);
  const asked = makeTurn(lab, briefing, turn);
  const answer = await command(argument).propose(asked);
  checkAnswer(answer);
  const transcript = existsSync(asked.transcriptFile) ? readFileSync(asked.transcriptFile, "utf8") : "";
  return { lab, answer, transcript };
}

/** What the program wrote into out.txt. */
const outOf = ({ lab }: Played) => readFileSync(join(lab.dir, "out.txt"), "utf8");

agentContract("command", {
  make: () => command("sed -i.bak 's/1e-3/2e-3/' train.ts; rm -f train.ts.bak; echo 'HYPOTHESIS: twice the rate'"),
  slow: (pidFile) => command(`sh -c 'trap "" TERM; echo $$ > ${pidFile}; sleep 300'`),
});

agentContract("command, detached children", {
  make: () => command("echo x >> notes.md"),
  slow: (pidFile) => command(`setsid sh -c 'echo $$ > ${pidFile}; sleep 300' & wait`),
});

describe("a program as an agent", () => {
  it("finds the prompt on standard input and in a file, and not among its arguments", async () => {
    const played = await play(
      'cat > out.txt; cat "$NIGHTYARD_PROMPT_FILE" >> out.txt; tr "\\0" "\\n" < /proc/$$/cmdline > argv.txt',
      {},
      {
        program: "a rare word: zyzzyva",
      },
    );
    expect(outOf(played).match(/zyzzyva/g)).toHaveLength(2);
    expect(outOf(played)).toContain("HYPOTHESIS");
    expect(readFileSync(join(played.lab.dir, "argv.txt"), "utf8")).not.toContain("zyzzyva");
  });

  it("gets it as a file or as an argument where the line says so, whatever is in it", async () => {
    const program = 'it\'s $(touch pwned) `touch pwned` "quoted"';
    const file = await play("cat {prompt-file} > out.txt", {}, { program });
    const argument = await play("printf %s {prompt} > out.txt", {}, { program });
    for (const played of [file, argument]) {
      expect(outOf(played)).toContain(program);
      expect(existsSync(join(played.lab.dir, "pwned"))).toBe(false);
    }
  });

  it("says its words at the end of its output, which is the transcript", async () => {
    const { answer, transcript } = await play(
      "echo thinking; echo HYPOTHESIS: smaller is better; echo INTENT: simplify",
    );
    expect(answer).toMatchObject({ kind: "proposed", hypothesis: "smaller is better", intent: "simplify" });
    expect(transcript).toContain("thinking\n");
  });

  it("has a bounded transcript, however much it prints", async () => {
    const { answer, transcript } = await play("yes | head -c 30000000; echo; echo HYPOTHESIS: loud");
    expect(answer).toMatchObject({ hypothesis: "loud" });
    expect(transcript.length).toBeLessThan(9 * 1024 * 1024);
  });

  it("has failed when its exit code is not 0, also when it changed files", async () => {
    const { answer } = await play("echo x >> train.py; echo HYPOTHESIS: fine; echo 'went \u001b[31mwrong' >&2; exit 3");
    expect(answer).toMatchObject({ kind: "failed", why: expect.stringMatching(/exit code 3: .*went wrong/) });
  });

  it("has failed when it is not there", async () => {
    expect((await play("no-such-agent --now")).answer).toMatchObject({
      kind: "failed",
      why: expect.stringContaining("127"),
    });
  });

  it("is rate-limited by exit code 75, or by an error that says so", async () => {
    const later = await play("echo 'come back: retry after 90 s'; exit 75");
    expect(later.answer).toMatchObject({ kind: "rateLimited", until: expect.stringMatching(/^\d{4}-.*Z$/) });
    const told = await play("echo 'API error: 429 Too Many Requests' >&2; exit 1");
    expect(told.answer).toMatchObject({ kind: "rateLimited", until: undefined });
  });

  it("reports no usage that nobody counted", async () => {
    const { answer } = await play("true");
    expect(Object.keys(answer.usage)).toEqual(["seconds"]);
  });

  it("starts in a clean environment, with a home and a temporary folder of its own", async () => {
    process.env.NIGHTYARD_TEST_SECRET = "do-not-tell";
    try {
      const played = await play('env > out.txt; echo "$HOME" > "$HOME/mine"; echo x > "$TMPDIR/mine"');
      expect(outOf(played)).not.toContain("do-not-tell");
      const names = outOf(played)
        .split("\n")
        .map((line) => line.split("=")[0] ?? "");
      const known =
        /^(PATH|LANG|TZ|HOME|TMPDIR|TERM|NO_COLOR|GIT_OPTIONAL_LOCKS|NIGHTYARD_PROMPT_FILE|NIGHTYARD_JOB.*|PWD|OLDPWD|SHLVL|_|)$/;
      expect(names.filter((name) => !known.test(name))).toEqual([]);
      expect(outOf(played)).toContain(`HOME=${played.lab.root}/tmp/home`);
    } finally {
      delete process.env.NIGHTYARD_TEST_SECRET;
    }
  });

  it("gets the variables that its file names, and their values reach no record", async () => {
    process.env.NIGHTYARD_TEST_KEY = "sk-test-0123456789";
    try {
      const file = agentFile({
        command: 'echo "$A $NIGHTYARD_TEST_KEY" | tee out.txt; echo HYPOTHESIS: key $NIGHTYARD_TEST_KEY',
        env: ["NIGHTYARD_TEST_KEY"],
        set: { A: "b" },
      });
      const played = await play(file);
      expect(outOf(played)).toBe("b sk-test-0123456789\n");
      expect(played.transcript).not.toContain("sk-test");
      expect(played.transcript).toContain("[key removed]");
      expect(JSON.stringify(played.answer)).not.toContain("sk-test");
    } finally {
      delete process.env.NIGHTYARD_TEST_KEY;
    }
  });

  it("is looked for beside its file, never in the lab", async () => {
    const dir = folder();
    writeFileSync(join(dir, "my agent.sh"), "");
    writeFileSync(join(dir, "agent.sh"), '#!/bin/sh\necho "from beside: $1" > out.txt\n', { mode: 0o755 });
    writeFileSync(join(dir, "a.json"), JSON.stringify({ command: "./agent.sh {prompt-file}", name: "mine" }));
    // A path with a space in it is no JSON file for the command line; the link has none.
    const plain = mkdtempSync(join(os.tmpdir(), "nightyard-plain-"));
    dirs.push(plain);
    execFileSync("cp", [join(dir, "agent.sh"), join(dir, "a.json"), plain]);
    const played = await play(join(plain, "a.json"));
    expect(outOf(played)).toMatch(/^from beside: .*prompt\.md/);
    expect(command(join(plain, "a.json")).name).toBe("command mine");
    expect(() => command("./no-such-agent")).toThrow(/there is no such program/);
  });
});

describe("a program in the fence", () => {
  const inFence = (argument: string, turn: Partial<Turn> = {}) => play(argument, { sandbox, ...turn });

  it.skipIf(!fenced)("writes in its worktree and its private folder and nowhere else", async () => {
    // The lab lies in /tmp, which is the private folder in there: what it writes beside the worktree goes nowhere.
    const mine = `/tmp/nightyard-test-${process.pid}`;
    const files = `./out.txt "$HOME/x" "$TMPDIR/x" ${mine} ../../beside.txt /usr/x /root/../etc/x`;
    const line = `for f in ${files}; do (echo x > "$f") 2>/dev/null && echo "$f"; done; true`;
    const played = await inFence(line);
    const written = played.transcript.trim().split("\n");
    expect(written).toContain("./out.txt");
    expect(written).not.toContain("/usr/x");
    expect(written).not.toContain("/root/../etc/x");
    expect(existsSync(mine)).toBe(false);
    expect(readFileSync(join(played.lab.root, "beside.txt"), "utf8")).toBe("nobody's business\n");
  });

  it.skipIf(!fenced)("sees neither the home, nor other processes, nor a network", async () => {
    const home = os.homedir();
    const server = await startModelServer([]);
    const line = `ls -A ${home} | wc -l; ls /proc | grep -c '^[0-9]'; ${process.execPath} -e 'fetch("${server.url}").then(() => console.log("reached"), () => console.log("no network"))'`;
    const { transcript } = await inFence(line);
    await server.close();
    const [names = "", processes = "", network] = transcript.trim().split("\n");
    expect(Number(names)).toBeLessThan(readdirSync(home).length);
    expect(Number(processes)).toBeLessThan(12);
    expect(network).toBe("no network");
  });

  it.skipIf(!fenced)("reads the history of a worktree and cannot write it, nor see the lab's state", async () => {
    const lab = makeLab({ "train.py": "LR = 0.1\n" });
    dirs.push(lab.root);
    const repo = join(lab.root, "repo");
    const state = join(lab.dir, ".nightyard");
    const root = join(state, "worktrees", "t-e1");
    mkdirSync(join(state, "data", "held-out"), { recursive: true });
    writeFileSync(join(state, "data", "held-out", "labels"), "secret");
    execFileSync("git", ["worktree", "add", "-q", "--detach", root], { cwd: repo });
    const tries = [
      "echo LR = 0.2 > train.py",
      "git log --oneline | wc -l",
      "git diff --stat | tail -1",
      "git commit -qam mine 2>&1 | tail -1 | cut -c1-60",
      `cat ${state}/data/held-out/labels ${repo}/lab/train.py`,
      `touch ${repo}/.git/hooks/post-commit`,
    ];
    const tmp = `${root}.tmp`;
    const fence = agentFence(await openWorkspace(lab.dir), madeProgram(), { root, tmp });
    const turn = makeTurn(lab, {}, { dir: join(root, "lab"), root, tmp, sandbox, fence });
    const answer = await command(tries.join("; ").concat("; true")).propose(turn);
    const transcript = readFileSync(turn.transcriptFile, "utf8");
    expect(answer.kind).toBe("proposed");
    expect(readFileSync(join(root, "lab", "train.py"), "utf8")).toBe("LR = 0.2\n");
    expect(transcript).toContain("1 file changed");
    expect(transcript).toMatch(/[Rr]ead-only file system/);
    expect(transcript).not.toContain("secret");
    expect(existsSync(join(repo, ".git", "hooks", "post-commit"))).toBe(false);
    expect(
      execFileSync("git", ["log", "--oneline", "--all"], { cwd: repo, encoding: "utf8" }).trim().split("\n"),
    ).toHaveLength(1);
  });

  it.skipIf(!fenced)("reads what its file names, but no folder around the lab", async () => {
    const shared = mkdtempSync(join(os.homedir(), ".nightyard-test-"));
    dirs.push(shared);
    writeFileSync(join(shared, "lesson"), "learnt");
    const read = await inFence(
      agentFile({ command: `cat ${shared}/lesson; echo x > ${shared}/y; true`, read: [shared] }),
    );
    expect(read.transcript).toContain("learnt");
    expect(existsSync(join(shared, "y"))).toBe(false);
    const write = await inFence(agentFile({ command: `echo x > ${shared}/y`, write: [shared] }));
    expect(write.answer.kind).toBe("proposed");
    expect(existsSync(join(shared, "y"))).toBe(true);
    const other = folder();
    const command = `ls -A ${os.homedir()} ${os.tmpdir()}`;
    const names = await inFence(agentFile({ command, read: ["/", os.tmpdir()] }));
    expect(names.transcript).not.toContain(basename(shared));
    expect(names.transcript).not.toContain(basename(other));
  });

  it.skipIf(!fenced)("reaches its model through the gateway, which counts", async () => {
    const server = await startModelServer([{ text: "hello" }]);
    const ask = `fetch(process.env.BASE + "/chat/completions", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "hi" }] }) }).then((r) => r.json()).then((j) => console.log("HYPOTHESIS: " + j.choices[0].message.content))`;
    const upstreams = [{ name: "local", url: `${server.url}/v1`, wire: "openai-chat", env: "BASE" }];
    const file = agentFile({ command: `${process.execPath} -e '${ask}'`, upstreams });
    const { answer } = await inFence(file);
    await server.close();
    expect(answer).toMatchObject({
      kind: "proposed",
      hypothesis: "hello",
      usage: { inputTokens: 1000, cachedTokens: 400, outputTokens: 50 },
    });
    expect(answer.usage.dollars).toBeUndefined();
  });

  it.skipIf(!fenced)("leaves nothing running when its time is over, whatever it did to stay", async () => {
    const mark = `777${process.pid}${Date.now() % 100_000}`;
    const line = `trap "" TERM; setsid nohup sleep ${mark} >/dev/null 2>&1 & sleep ${mark}`;
    const { answer } = await inFence(line, { timeoutSeconds: 2 });
    expect(answer).toMatchObject({ kind: "failed", why: expect.stringContaining("timed out") });
    expect(running(mark)).toEqual([]);
  });
});

/** Pids of processes with this word among their arguments. */
function running(word: string): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(word);
    } catch {
      return false;
    }
  });
}

describe("what stands behind command:", () => {
  it.each([
    ["nothing", "", /found nothing/],
    ["a file that is not there", "/nowhere/agent.json", /\/nowhere\/agent\.json/],
  ])("is refused: %s", (_what, argument, message) => {
    expect(() => commandSettings(argument)).toThrow(UserError);
    expect(() => commandSettings(argument)).toThrow(message);
  });

  it.each([
    ["no command", {}, /command/],
    ["an unknown field", { command: "x", shell: true }, /shell/],
    ["a key in place of its variable", { command: "x", env: ["sk-123"] }, /environment variable/],
    ["a variable that is not set", { command: "x", env: ["NIGHTYARD_NOT_SET"] }, /NIGHTYARD_NOT_SET/],
    ["a gateway that leads nowhere", { command: "x", network: "gateway" }, /nowhere/],
    [
      "an address that is none",
      { command: "x", upstreams: [{ name: "a", url: "file:///x", wire: "gemini", env: "B" }] },
      /url/,
    ],
  ])("is refused in a file: %s", (_what, settings, message) => {
    const file = agentFile(settings);
    expect(() => commandSettings(file)).toThrow(UserError);
    expect(() => commandSettings(file)).toThrow(message);
    expect(() => commandSettings(file)).toThrow(file);
  });

  it("has no network unless it says so", () => {
    expect(commandSettings("./agent").network).toBe("none");
    expect(commandSettings(agentFile({ command: "x", network: "open" })).network).toBe("open");
  });
});
