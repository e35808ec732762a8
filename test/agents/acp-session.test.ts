/**
 * A session by the compiled command with an ACP agent, as a person runs it; the agent is the scripted one.
 */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { closeLedger, experimentsOf, readLedger } from "../../src/ledger.ts";
import { makeRepo, removeTemps, sh, TOY_FILES, tempDir } from "../support/repo.ts";

afterAll(removeTemps);

const BIN = fileURLToPath(new URL("../../bin/nightyard.js", import.meta.url));
const PROGRAM = fileURLToPath(new URL("./acp/agent.mjs", import.meta.url));

function nightyard(args: readonly string[]): Promise<{ readonly code: number; readonly text: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [BIN, ...args], { timeout: 100_000 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), text: `${out}\n${err}` });
    });
  });
}

describe("a session with an ACP agent", () => {
  it("keeps its change, made by our file handler in the fence", { timeout: 120_000 }, async () => {
    const program = (TOY_FILES["program.md"] ?? "").replace("[value.txt]", "[train.ts, 'new/**']");
    const files = {
      ...TOY_FILES,
      "program.md": program,
      "train.ts": "1e-3\n",
      "run.sh": 'echo "score: $(cat train.ts)"\n',
    };
    const lab = makeRepo({ ...files, "program.md": program.replace("minimize", "maximize") });
    const file = join(tempDir(), "agent.json");
    // This repository may stand below /tmp, of which a fence shows its own.
    const read = ["../../node_modules", ".."].map((folder) => fileURLToPath(new URL(folder, import.meta.url)));
    const command = `'${process.execPath}' '${PROGRAM}' client`;
    writeFileSync(file, JSON.stringify({ command, name: "scripted", read }));
    const ran = await nightyard(["run", lab, "--tag", "t", "--agent", `acp:${file}`, "-n", "1"]);
    expect(ran.code, ran.text).toBe(0);
    const ledger = readLedger(join(lab, ".nightyard"));
    if (ledger === undefined) throw new Error(ran.text);
    const [, first] = experimentsOf(ledger, "t");
    closeLedger(ledger);
    expect(first).toMatchObject({
      verdict: { kind: "keep" },
      proposal: { hypothesis: "a larger step", files: ["new/file.ts", "train.ts"] },
      turns: [{ kind: "proposed", usage: { inputTokens: 3000, cachedTokens: 1200, outputTokens: 50 } }],
    });
    expect(sh(lab, "show", "autoresearch/t:train.ts")).toBe("2e-3\n");
    expect(sh(lab, "status", "--porcelain")).toBe("");
  });

  it("does not begin without its program: exit code 4", async () => {
    const ran = await nightyard(["run", makeRepo(TOY_FILES), "--agent", "acp:no-such-agent-here acp", "-n", "1"]);
    expect(ran.code).toBe(4);
    expect(ran.text).toMatch(/there is no program no-such-agent-here on PATH/);
  });
});
