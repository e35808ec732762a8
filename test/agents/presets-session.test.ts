/**
 * A session per coding agent by the compiled command, as a person runs it: `nightyard run LAB --agent claude:… -n 1` on
 * the toy lab. The model is scripted, everything else is real.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it, vi } from "vitest";
import { findAgent } from "../../src/agents/presets/find.ts";
import { PRESETS } from "../../src/agents/presets.ts";
import { closeLedger, experimentsOf, readLedger } from "../../src/ledger.ts";
import { editScript, startModelServer } from "../support/model-server.ts";
import { makeRepo, removeTemps, sh, TOY_FILES } from "../support/repo.ts";
import { AGENT_PATH, here, pointedAt } from "./presets-support.ts";

afterAll(removeTemps);

vi.setConfig({ testTimeout: 180_000 });

const BIN = fileURLToPath(new URL("../../bin/nightyard.js", import.meta.url));

/** Not `spawnSync`: the model server answers from this process. */
function nightyard(cwd: string, args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  const env = { ...process.env, NIGHTYARD_AGENT_PATH: AGENT_PATH };
  return new Promise((resolve) => {
    execFile(process.execPath, [BIN, ...args], { cwd, env, timeout: 170_000 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), text: `${out}\n${err}` });
    });
  });
}

describe("the coding agents of this machine", () => {
  for (const agent of PRESETS) {
    it.skipIf(!here.includes(agent))(`can be started, at a version that was tried: ${agent.title}`, () => {
      expect(findAgent(agent)).toMatchObject({ found: { version: agent.pinned }, note: undefined });
    });
  }
});

describe.each(here)("a session with $title", (agent) => {
  it("keeps the agent's change, with its words and its tokens in the ledger", async () => {
    const lab = makeRepo(TOY_FILES);
    const edit = { file: "value.txt", from: "10", to: "7", hypothesis: "seven is less than ten" };
    const server = await startModelServer((conversation) => editScript(edit)(conversation));
    const options = `${agent.name}:${pointedAt(agent, server.url)}`;
    const ran = await nightyard(lab, ["run", ".", "--tag", "t", "--agent", options, "-n", "1"]);
    await server.close();
    const ledger = readLedger(join(lab, ".nightyard"));
    if (ledger === undefined) throw new Error(`no ledger: ${ran.text}`);
    const [, first] = experimentsOf(ledger, "t");
    closeLedger(ledger);
    expect(first, ran.text).toMatchObject({
      verdict: { kind: "keep" },
      proposal: { hypothesis: "seven is less than ten", files: ["value.txt"], linesAdded: 1, linesRemoved: 1 },
      turns: [{ kind: "proposed", usage: { outputTokens: 50 * server.requests.filter((r) => r.conversation).length } }],
    });
    expect(ran.code).toBe(0);
    expect(sh(lab, "show", "autoresearch/t:value.txt")).toBe("7\n");
    // The person's checkout is as it was.
    expect(sh(lab, "status", "--porcelain")).toBe("");
  });
});
