/**
 * The way out of a fence, for real: bubblewrap, the forwarder inside it, the gateway outside, a server behind that.
 * Both as it ships (compiled) and as it is run in a clone (TypeScript).
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { execute } from "../../src/execute.ts";
import { type Gateway, spentAt } from "../../src/gateway.ts";
import { probeSandbox } from "../../src/sandbox/probe.ts";
import { type Fence, fenceWords, type Sandbox } from "../../src/sandbox.ts";
import { closeAll, gateway, tempFolder, upstream } from "../gateway/open.ts";
import { events, json, type TestUpstream } from "../gateway/upstream.ts";

const COMPILED = new URL("../../dist/src/sandbox.js", import.meta.url);
const { sandbox } = await probeSandbox();
if (sandbox.kind === "none") console.error(`SKIPPED, nothing of the forwarder was tested: ${sandbox.why}`);

type Words = (sandbox: Sandbox, fence: Fence) => readonly string[];
const FORMS: readonly (readonly [string, Words])[] = [
  ["in a clone", fenceWords],
  [
    "as it ships",
    existsSync(COMPILED) ? ((await import(COMPILED.href)) as { fenceWords: Words }).fenceWords : fenceWords,
  ],
];

const usage = { prompt_tokens: 10, completion_tokens: 5 };

describe.skipIf(sandbox.kind === "none").each(FORMS)("inside a fence with only the gateway, %s", (_form, words) => {
  let server: TestUpstream;
  let gate: Gateway;
  let dir = "";
  let tmp = "";

  beforeAll(async () => {
    server = await upstream((asked, response) => {
      if (!asked.body.includes("stream")) return json(response, { asked: asked.body.length, usage });
      return events(response, ["x".repeat(3_000_000), { usage }, "[DONE]"], 60_000);
    });
    const folder = tempFolder();
    dir = join(folder, "lab");
    tmp = join(folder, "tmp");
    for (const each of [dir, tmp]) mkdirSync(each);
    const socketFile = join(folder, "gw.sock");
    gate = await gateway({ upstreams: [{ name: "up", baseUrl: server.url, wire: "openai-chat" }], socketFile });
  });
  afterAll(closeAll);

  function inside(command: string, env: Record<string, string> = {}, signal?: AbortSignal) {
    const { socketFile, port } = gate;
    const network = { gateway: socketFile, port };
    return execute({
      command,
      fence: words(sandbox, { writable: [dir], readable: [], hidden: [], covered: [], tmp, network }),
      dir,
      env: { PATH: process.env.PATH ?? "/usr/bin:/bin", HOME: tmp, ...env },
      timeoutSeconds: 40,
      outputLimitBytes: 1 << 20,
      signal,
    });
  }

  /** A program for Node, given as a file: no shell's quotes. */
  function program(text: string): string {
    const file = join(dir, `${Math.random()}.mjs`);
    writeFileSync(file, text);
    return `${process.execPath} ${file}`;
  }

  it("reaches the model through the gateway", async () => {
    const before = spentAt(gate).requests;
    const { outcome, stdout, stderr } = await inside(
      program(`
        const url = "http://127.0.0.1:${gate.port}/up/chat/completions";
        const ask = (body) => fetch(url, { method: "POST", body: JSON.stringify(body) });
        const replies = await Promise.all([1, 2, 3].map(() => ask({ model: "gpt-5", pad: "y".repeat(500_000) })));
        const sizes = await Promise.all(replies.map(async (r) => (await r.json()).asked));
        const long = await (await ask({ model: "gpt-5", stream: true })).text();
        console.log(JSON.stringify({ sizes, long: long.length }));
      `),
    );
    expect({ outcome, stderr }).toEqual({ outcome: { kind: "finished" }, stderr: "" });
    const { sizes, long } = JSON.parse(stdout) as { sizes: number[]; long: number };
    expect(sizes).toEqual([500_026, 500_026, 500_026]);
    expect(long).toBeGreaterThan(3_000_000);
    expect(spentAt(gate).requests).toBe(before + 4);
  });

  it("reaches nothing else: not that server's own port, not another port of the machine, not the world", async () => {
    const other = await upstream((_asked, response) => json(response, {}));
    const before = server.asked.length;
    const { outcome, stdout } = await inside(
      program(`
        import net from "node:net";
        const tryOne = (host, port) => new Promise((resolve) => {
          const socket = net.connect({ host, port });
          socket.on("connect", () => resolve(host + " connected"));
          socket.on("error", (error) => resolve(error.code));
        });
        const gateway = await tryOne("127.0.0.1", ${gate.port});
        const own = await tryOne("127.0.0.1", ${server.port});
        const another = await tryOne("127.0.0.1", ${other.port});
        const world = await tryOne("192.0.2.1", 443);
        const interfaces = Object.keys((await import("node:os")).networkInterfaces());
        console.log(JSON.stringify({ gateway, own, another, world, interfaces }));
        process.exit(0);
      `),
    );
    expect(outcome).toEqual({ kind: "finished" });
    expect(JSON.parse(stdout)).toEqual({
      gateway: "127.0.0.1 connected",
      own: "ECONNREFUSED",
      another: "ECONNREFUSED",
      world: "ENETUNREACH",
      interfaces: ["lo"],
    });
    expect(server.asked).toHaveLength(before);
    expect(other.asked).toEqual([]);
  });

  it("hands over the environment, standard input and both outputs", async () => {
    const { stdout, stderr } = await inside('echo "$MINE"; echo to-err >&2; pwd', { MINE: "a b" });
    expect(stdout).toBe(`a b\n${dir}\n`);
    expect(stderr).toBe("to-err\n");
  });

  it.each([
    ["exit 0", { kind: "finished" }],
    ["exit 7", { kind: "crashed", exitCode: 7 }],
    ["kill -TERM $$", { kind: "crashed", exitCode: 143 }],
    ["exec /no/such/program", { kind: "crashed", exitCode: 127 }],
  ])("ends with the command's own exit code: %s", async (command, outcome) => {
    expect((await inside(command)).outcome).toEqual(outcome);
  });

  it("ends what the command leaves behind, and all of it when it is stopped", async () => {
    const left = await inside("setsid sleep 100 & exit 3");
    expect(left.outcome).toEqual({ kind: "crashed", exitCode: 3 });
    const stop = new AbortController();
    const running = inside("setsid sleep 100 & sleep 100", {}, stop.signal);
    setTimeout(() => stop.abort(), 300);
    expect((await running).outcome).toEqual({ kind: "cancelled" });
  });
});

describe("the forwarder by itself", () => {
  const FORWARDER = new URL("../../dist/src/sandbox/forwarder.js", import.meta.url).pathname;
  const dir = mkdtempSync(join(os.tmpdir(), "ny-fw-"));
  afterAll(async () => {
    await closeAll();
    rmSync(dir, { recursive: true, force: true });
  });

  function forwarder(args: readonly string[]) {
    const env = { PATH: process.env.PATH ?? "/usr/bin:/bin" };
    const words = [FORWARDER, ...args];
    return execute({ command: process.execPath, args: words, dir, env, timeoutSeconds: 30, outputLimitBytes: 1 << 16 });
  }

  it("passes a signal on and ends as the command does with it", async () => {
    const { port } = await freePort();
    const script = "trap 'echo told; exit 9' TERM; kill -TERM $PPID; while :; do sleep 0.05; done";
    const { outcome, stdout } = await forwarder([join(dir, "none"), String(port), "--", "/bin/sh", "-c", script]);
    expect(outcome).toEqual({ kind: "crashed", exitCode: 9 });
    expect(stdout).toBe("told\n");
  });

  it("says what is wrong: words, a taken port, a command that is not there", async () => {
    const usage = await forwarder(["socket", "port"]);
    expect(usage).toMatchObject({ outcome: { kind: "crashed", exitCode: 125 } });
    expect(usage.stderr).toContain("usage: forwarder");
    const taken = await upstream(() => {});
    const port = await forwarder(["/none", String(taken.port), "--", "/bin/true"]);
    expect(port).toMatchObject({ outcome: { kind: "crashed", exitCode: 125 } });
    expect(port.stderr).toContain("EADDRINUSE");
    const { port: free } = await freePort();
    const command = await forwarder(["/none", String(free), "--", "no-such-command"]);
    expect(command).toMatchObject({ outcome: { kind: "crashed", exitCode: 127 } });
    expect(command.stderr).toContain("no-such-command");
  });

  it("gives an agent a closed connection when the gateway is gone", async () => {
    const { port } = await freePort();
    // Not fetch: Node 20's sometimes neither settles nor keeps its process alive when a connection ends this early.
    const text = `require("node:http").get("http://127.0.0.1:${port}/").on("error", (e) => console.log(e.code))`;
    const words = [join(dir, "none"), String(port), "--", process.execPath, "-e", text];
    const { outcome, stdout, stderr } = await forwarder(words);
    expect({ outcome, stderr }).toEqual({ outcome: { kind: "finished" }, stderr: "" });
    expect(stdout).toBe("ECONNRESET\n");
  });
});

/** A port that was free a moment ago. */
async function freePort(): Promise<{ port: number }> {
  const taken = await upstream(() => {});
  await taken.close();
  return { port: taken.port };
}
