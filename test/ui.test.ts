/** `nightyard ui` as it ships: prints one address, answers on it, ends by a signal, and refuses what it cannot do. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeRepo, removeTemps, TOY_FILES, tempDir } from "./support/repo.ts";
import { play, playing } from "./support/toy.ts";

const BIN = fileURLToPath(new URL("../bin/nightyard.js", import.meta.url));

/** The first line that it prints. */
function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      out += chunk;
      if (out.includes("\n")) resolve(out.split("\n")[0] ?? "");
    });
    child.on("close", (code) => reject(new Error(`it ended with ${code} and printed ${JSON.stringify(out)}`)));
  });
}

describe("nightyard ui", () => {
  let lab = "";

  beforeAll(async () => {
    lab = makeRepo(TOY_FILES);
    const played = await play(lab, { agent: playing([]) });
    if (played.error !== undefined) throw played.error;
  });

  afterAll(removeTemps);

  it("prints its address, shows the newest session there, and ends by a signal", async () => {
    const child = spawn(process.execPath, [BIN, "ui", lab, "--port", "0"], { stdio: ["ignore", "pipe", "pipe"] });
    try {
      const url = await firstLine(child);
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
      const answer = await fetch(url);
      expect(answer.url).toBe(`${url}s/t`);
      expect(await answer.text()).toContain("the baseline");
      const ended = new Promise((resolve) => child.once("close", (code) => resolve(code)));
      child.kill("SIGTERM");
      expect(await ended).toBe(0);
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("prints the token behind the address where one is asked for", async () => {
    const child = spawn(process.execPath, [BIN, "ui", lab, "--port", "0", "--token"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    try {
      const url = await firstLine(child);
      expect(url).toMatch(/#token=[\w-]{43}$/);
      expect((await fetch(url)).status).toBe(401);
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("refuses a lab without a session, and a port that is in use, each with the way on", async () => {
    const none = spawnSync(process.execPath, [BIN, "ui", makeRepo(TOY_FILES, tempDir())], { encoding: "utf8" });
    expect(none.status).toBe(2);
    expect(none.stderr).toContain("no session was run here yet");
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as { port: number };
    // Not `spawnSync` alone: the other server lives in this process and only has to hold the port.
    const taken = spawnSync(process.execPath, [BIN, "ui", join(lab), "--port", String(port)], { encoding: "utf8" });
    other.close();
    expect(taken.status).toBe(2);
    expect(taken.stderr).toMatch(/the port is in use\nFix: nightyard ui --port 0/);
  });
});
