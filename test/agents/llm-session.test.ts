/** A whole session with our own agent through the compiled command: real processes, a real ledger, a scripted model. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { editScript, startModelServer } from "../support/model-server.ts";
import { makeRepo, removeTemps, TOY_FILES } from "../support/repo.ts";

afterAll(removeTemps);

const BIN = fileURLToPath(new URL("../../bin/nightyard.js", import.meta.url));
const KEY = "sk-secret-0123456789";

/** Not spawnSync: the model server lives in this process. */
function nightyard(cwd: string, env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const child = spawn(process.execPath, [BIN, ...args], { cwd, env: { PATH: process.env.PATH, HOME: cwd, ...env } });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return new Promise<{ code: number | null; text: string }>((resolve) =>
    child.once("close", (code) => resolve({ code, text })),
  );
}

describe("a session with llm", () => {
  it("makes proposals that are run and judged, and leaves the key nowhere", async () => {
    const server = await startModelServer(
      editScript([
        { file: "value.txt", from: "10", to: "9", hypothesis: "nine is less" },
        { file: "value.txt", from: "9", to: "8", hypothesis: "eight is less still" },
      ]),
    );
    const dir = makeRepo(TOY_FILES);
    const address = `llm:${server.url}/v1#m`;
    const env = { NIGHTYARD_LLM_KEY: KEY };
    const run = await nightyard(dir, env, "run", ".", "--agent", address, "-n", "2", "--lookahead", "0", "--tag", "n1");
    await server.close();
    expect(run).toMatchObject({ code: 0, text: expect.stringContaining("2 kept") });
    expect(server.requests.length).toBe(6);
    const tsv = readFileSync(join(dir, ".nightyard/sessions/n1/results.tsv"), "utf8");
    expect(tsv).toContain("eight is less still");
    const transcripts = holding(join(dir, ".nightyard/sessions/n1/transcripts"), "## Tool edit");
    expect(transcripts.length).toBe(2);
    expect(run.text).not.toContain(KEY);
    expect(holding(join(dir, ".nightyard"), KEY)).toEqual([]);
    expect(holding(join(dir, ".nightyard"), "nine is less")).not.toEqual([]);
  });

  it("ends with 4 before it begins when the key is missing", async () => {
    const dir = makeRepo(TOY_FILES);
    const { code, text } = await nightyard(dir, {}, "run", ".", "--agent", "llm:anthropic/claude-x");
    expect([code, text]).toEqual([4, expect.stringContaining("ANTHROPIC_API_KEY is not set")]);
    expect(text).toContain("export ANTHROPIC_API_KEY=");
    expect(existsSync(join(dir, ".nightyard"))).toBe(false);
  });
});

/** Files below a folder that contain a text. */
function holding(folder: string, text: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((e) => e.isFile()).map((e) => join(e.parentPath, e.name));
  return files.filter((file) => readFileSync(file).includes(text));
}
