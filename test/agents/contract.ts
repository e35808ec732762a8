/**
 * The contract of `Agent` (src/agent.ts) as a suite: call it in the test file of every agent.
 *
 * Real folders and real processes. An agent that starts processes also gives `slow`.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Agent, Answer, Turn } from "../../src/agent.ts";
import { makeLab, makeTurn, type TestLab } from "./turn.ts";

export interface ContractOptions {
  /** An agent that proposes a change of the lab below when asked for experiment 1. */
  readonly make: (lab: TestLab) => Agent;
  /** An agent whose turn starts a process that writes its pid to the file given and lives for minutes. */
  readonly slow?: ((pidFile: string) => Agent) | undefined;
}

/** A lab that every agent can change. */
export const CONTRACT_LAB = {
  "train.ts": "export const LEARNING_RATE = 1e-3; // 1e-4..1e-2 log\n",
  "notes.md": "hello\n",
};

/** Registers the contract's tests for one kind of agent. */
export function agentContract(name: string, options: ContractOptions): void {
  const labs: TestLab[] = [];
  const fresh = (files: Readonly<Record<string, string>> = CONTRACT_LAB) => {
    const lab = makeLab(files);
    labs.push(lab);
    return lab;
  };
  afterEach(() => {
    for (const lab of labs.splice(0)) rmSync(lab.root, { recursive: true, force: true });
  });

  describe(`the agent contract: ${name}`, () => {
    it("makes one proposal, says why in one line, and changes files only below the lab folder", async () => {
      const lab = fresh();
      const before = outside(lab);
      const answer = await options.make(lab).propose(makeTurn(lab));
      expect(answer.kind).toBe("proposed");
      checkAnswer(answer);
      expect(outside(lab)).toEqual(before);
      expect(changedFiles(lab)).not.toEqual([]);
    });

    it("commits nothing and leaves git alone", async () => {
      const lab = fresh();
      const before = gitState(lab);
      await options.make(lab).propose(makeTurn(lab));
      expect(gitState(lab)).toEqual(before);
    });

    it("rejects with the signal's own reason when the turn is aborted before it begins", async () => {
      const lab = fresh();
      const reason = new Error("stopped by the test");
      const turn = makeTurn(lab, {}, { signal: AbortSignal.abort(reason) });
      await expect(options.make(lab).propose(turn)).rejects.toBe(reason);
      expect(changedFiles(lab)).toEqual([]);
    });

    it("answers with a value, not an exception, for a lab with nothing in it", async () => {
      const lab = fresh({});
      const answer = await options.make(lab).propose(makeTurn(lab, { championMetric: undefined }));
      checkAnswer(answer);
    });

    // An agent that starts no process has none to leave behind.
    if (options.slow === undefined) return;

    it("leaves no process behind after an abort", async () => {
      const lab = fresh();
      const stop = new AbortController();
      const reason = new Error("stopped by the test");
      const { pid, ended } = await startSlow(lab, { signal: stop.signal });
      stop.abort(reason);
      expect(await ended).toBe(reason);
      expect(isAlive(pid)).toBe(false);
    });

    it("leaves no process behind after the timeout, and says that it failed", async () => {
      const lab = fresh();
      const { pid, ended } = await startSlow(lab, { timeoutSeconds: 2 });
      expect(await ended).toMatchObject({ kind: "failed" });
      expect(isAlive(pid)).toBe(false);
    });
  });

  async function startSlow(lab: TestLab, turn: Partial<Turn>): Promise<{ pid: number; ended: Promise<unknown> }> {
    const pidFile = join(lab.dir, "pid");
    const ended = options.slow!(pidFile)
      .propose(makeTurn(lab, {}, turn))
      .catch((error: unknown) => error);
    await expect
      .poll(() => existsSync(pidFile) && readFileSync(pidFile, "utf8").trim(), { timeout: 20_000 })
      .toMatch(/^\d+$/);
    return { pid: Number(readFileSync(pidFile, "utf8")), ended };
  }
}

/** What holds for every answer. */
export function checkAnswer(answer: Answer): void {
  expect(answer.usage.seconds).toBeGreaterThanOrEqual(0);
  if (answer.kind !== "proposed") {
    expect(answer.why).not.toBe("");
    return;
  }
  expect(answer.hypothesis).not.toBe("");
  expect(answer.hypothesis).not.toMatch(/[\n\r\u001b]/);
  const memo = JSON.stringify(answer.memo ?? null);
  expect(memo.length).toBeLessThanOrEqual(64 * 1024);
  expect(JSON.parse(memo)).toEqual(answer.memo ?? null);
}

/** Every file outside the lab folder but for git's own and the transcript, with its content's hash. */
function outside(lab: TestLab): Record<string, string> {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(lab.root, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(lab.root, path);
    if (!entry.isFile() || path.startsWith(lab.dir) || name === "transcript.txt" || name.includes(".git/")) continue;
    // The turn's private folder is the agent's to write.
    if (name.startsWith("tmp/")) continue;
    files[name] = createHash("sha256").update(readFileSync(path)).digest("hex");
  }
  return files;
}

/** Files of the lab that differ from the commit, as git sees them. */
export function changedFiles(lab: TestLab): readonly string[] {
  const out = execFileSync("git", ["status", "--porcelain", "-uall", "."], { cwd: lab.dir, encoding: "utf8" });
  return out.split("\n").filter((line) => line !== "");
}

function gitState(lab: TestLab): string {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: lab.dir, encoding: "utf8" });
  const config = readFileSync(join(lab.root, "repo", ".git", "config"), "utf8");
  return [git("for-each-ref"), git("rev-parse", "HEAD"), git("ls-files", "-s"), git("stash", "list"), config].join(
    "\n",
  );
}

/** A zombie has ended: who must collect it is the system's first process, in its own time. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/s.test(existsSync("/proc/self/stat") ? readFileSync(`/proc/${pid}/stat`, "utf8") : "");
  } catch {
    // ESRCH or no such file: it is gone, which is what the contract wants.
    return false;
  }
}
