/**
 * The fence, tried for real: the attacks of the probe, what runs of a lab can reach, limits, and the end of everything
 * that runs inside.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { execute } from "../../src/execute.ts";
import { probeSandbox } from "../../src/sandbox/probe.ts";
import { toolFolders } from "../../src/sandbox/tools.ts";
import { type Fence, fenceWords } from "../../src/sandbox.ts";
import { diskBytesOf } from "../../src/util/tree-limits.ts";
import { component } from "../support/component.ts";
import { removeTemps, tempDir } from "../support/repo.ts";

const { sandbox, protections } = await probeSandbox();
const fenced = component(sandbox.kind !== "none", "bubblewrap", "apt-get install bubblewrap");

afterAll(removeTemps);

function places(): { fence: Fence; own: string; secret: string; tmp: string } {
  const root = tempDir();
  const [own, secret, tmp] = ["own", "secret", "tmp"].map((name) => join(root, name)) as [string, string, string];
  for (const dir of [own, secret, tmp]) mkdirSync(dir);
  writeFileSync(join(secret, "held-out.txt"), "the answer");
  const fence: Fence = { readable: toolFolders(), writable: [own], hidden: [root], covered: [], tmp, network: "none" };
  return { fence, own, secret, tmp };
}

function run(fence: Fence, dir: string, command: string, more: Partial<Parameters<typeof execute>[0]> = {}) {
  const env = { PATH: process.env.PATH ?? "", TMPDIR: fence.tmp };
  const words = fenceWords(sandbox, fence);
  return execute({ command, dir, env, fence: words, timeoutSeconds: 30, outputLimitBytes: 65536, ...more });
}

describe.runIf(fenced)("the fence", () => {
  test("holds against every attack of the probe", () => {
    expect(protections.filter((p) => !p.held)).toEqual([]);
    expect(protections.map((p) => p.name)).toContain("a remount does not free it");
  });

  test("is not trusted when capabilities are left in it: the probe's remount gets through", async () => {
    const dir = tempDir();
    // A bubblewrap that forgets what makes it hold for root.
    const careless = [
      "#!/bin/bash",
      "args=()",
      'for a in "$@"; do case "$a" in --cap-drop|ALL|--disable-userns) ;; *) args+=("$a") ;; esac; done',
      `exec ${sandbox.kind === "none" ? "" : sandbox.path} "\${args[@]}"`,
    ];
    writeFileSync(join(dir, "bwrap"), careless.join("\n"), { mode: 0o755 });
    const probe = await probeSandbox(dir);
    expect(probe.sandbox.kind).toBe("none");
    const broken = probe.protections.filter((p) => !p.held).map((p) => p.name);
    expect(broken).toContain("no new user namespace");
    if (process.getuid?.() === 0) expect(broken).toContain("a remount does not free it");
  });

  test("shows a run its own folder and its own temporary folder, and nothing beside them", async () => {
    const { fence, own, secret, tmp } = places();
    const script = `echo mine > made; echo temp > "$TMPDIR/t"; echo also > /tmp/u; cat ${JSON.stringify(join(secret, "held-out.txt"))}`;
    const { outcome, stdout, stderr } = await run(fence, own, script);
    expect(outcome.kind).toBe("crashed");
    expect(stdout + stderr).toContain("No such file");
    expect(readFileSync(join(own, "made"), "utf8")).toBe("mine\n");
    expect(readFileSync(join(tmp, "t"), "utf8")).toBe("temp\n");
    expect(readFileSync(join(tmp, "u"), "utf8")).toBe("also\n");
  });

  test("has no network, and has one when it is asked for", async () => {
    const server = createServer((socket) => socket.end("hello from outside\n"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const { fence, own } = places();
    const script = `exec 3<>/dev/tcp/127.0.0.1/${port}; cat <&3`;
    const bash = { command: "bash", args: ["-c", script] };
    const closed = await run(fence, own, "", bash);
    const open = await run({ ...fence, network: "open" }, own, "", bash);
    server.close();
    expect(closed.outcome.kind).toBe("crashed");
    expect(closed.stdout).toBe("");
    expect(open.stdout).toBe("hello from outside\n");
  });

  test("answers the command's own exit code", async () => {
    const { fence, own } = places();
    expect((await run(fence, own, "exit 42")).outcome).toEqual({ kind: "crashed", exitCode: 42 });
    expect((await run(fence, own, "exit 0")).outcome).toEqual({ kind: "finished" });
  });
});

describe.runIf(fenced)("the end of what is fenced", () => {
  /** Clears its environment, forks twice, opens a session, ignores TERM: outside a process namespace this one escapes. */
  const daemon = (mark: string) =>
    `env -i setsid sh -c '(trap "" TERM HUP; exec -a ${mark} sleep 300) &' & nohup bash -c 'exec -a ${mark} sleep 300' >/dev/null 2>&1 &`;
  const alive = async (mark: string) =>
    (
      await execute({
        command: "pgrep",
        args: ["-fc", `^${mark} 300`],
        dir: "/",
        env: { PATH: process.env.PATH ?? "" },
        timeoutSeconds: 10,
        outputLimitBytes: 1000,
      })
    ).stdout.trim();

  test.each([
    ["ended by itself", "sleep 0.3", 30],
    ["ran into its timeout", "trap '' TERM; sleep 300", 1.5],
  ])("leaves nothing of a command that %s", async (_, end, timeoutSeconds) => {
    const { fence, own } = places();
    const mark = `nightyard-left-${Math.random().toString(36).slice(2)}`;
    const script = `${daemon(mark)} sleep 0.5; pgrep -fc '^${mark} 300'; ${end}`;
    const { stdout } = await run(fence, own, "", { command: "bash", args: ["-c", script], timeoutSeconds });
    expect(Number(stdout.trim())).toBeGreaterThan(0);
    expect(await alive(mark)).toBe("0");
  });

  test("leaves nothing of a fork bomb, and says that it was one", async () => {
    const { fence, own } = places();
    const limits = { memoryBytes: 2 ** 31, processes: 60, diskBytes: 2 ** 30, folders: [own] };
    const script = "bomb() { bomb | bomb & }; bomb; sleep 20";
    const { outcome } = await run(fence, own, "", {
      command: "bash",
      args: ["-c", script],
      limits,
      timeoutSeconds: 20,
    });
    expect(["crashed", "timedOut"]).toContain(outcome.kind);
    const left = await execute({
      command: "pgrep",
      args: ["-fc", "bomb [|] bomb"],
      dir: "/",
      env: { PATH: process.env.PATH ?? "" },
      timeoutSeconds: 10,
      outputLimitBytes: 1000,
    });
    expect(left.stdout.trim()).toBe("0");
  });
});

describe("limits", () => {
  const node = (script: string) => ({ command: process.execPath, args: ["-e", script] });

  test("memory: a hog is ended, and it is called out of memory", async () => {
    const dir = tempDir();
    const limits = { memoryBytes: 200 * 2 ** 20, processes: 100, diskBytes: 2 ** 30, folders: [dir] };
    const hog = "const a = []; setInterval(() => a.push(Buffer.alloc(2e7, 1)), 20)";
    const env = { PATH: process.env.PATH ?? "" };
    const end = await execute({ ...node(hog), dir, env, limits, timeoutSeconds: 60, outputLimitBytes: 1000 });
    expect(end.outcome.kind).toBe("outOfMemory");
  });

  test("disk: a flood is ended, and what was written is said", async () => {
    const dir = tempDir();
    const limits = { memoryBytes: 2 ** 31, processes: 100, diskBytes: 30 * 2 ** 20, folders: [dir] };
    const flood = 'const fs = require("fs"); setInterval(() => fs.appendFileSync("flood", Buffer.alloc(5e6)), 50)';
    const env = { PATH: process.env.PATH ?? "" };
    const end = await execute({ ...node(flood), dir, env, limits, timeoutSeconds: 60, outputLimitBytes: 1000 });
    expect(end.outcome.kind).toBe("crashed");
    expect((end.outcome as { why: string }).why).toMatch(/^\d+ MiB written; 30 MiB are allowed$/);
    expect(diskBytesOf([dir])).toBeGreaterThan(30 * 2 ** 20);
  });

  test("an honest command within its limits is not touched", async () => {
    const dir = tempDir();
    const limits = { memoryBytes: 2 ** 31, processes: 100, diskBytes: 2 ** 30, folders: [dir] };
    const env = { PATH: process.env.PATH ?? "" };
    const end = await execute({ command: "echo fine", dir, env, limits, timeoutSeconds: 60, outputLimitBytes: 1000 });
    expect(end.outcome).toEqual({ kind: "finished" });
    expect(end.stdout).toBe("fine\n");
  });
});

describe("folders of tools", () => {
  test("are those that PATH names below the home, never the home, its settings or its caches", () => {
    const home = tempDir();
    for (const dir of [".pyenv/shims", ".local/bin", ".config/x/bin", ".cargo/bin", ".rustup", "conda/bin", "bin"]) {
      mkdirSync(join(home, dir), { recursive: true });
    }
    const path = [".pyenv/shims", ".config/x/bin", ".cargo/bin", "conda/bin", "bin"]
      .map((d) => join(home, d))
      .join(":");
    const found = toolFolders(path, home).map((folder) => folder.slice(home.length + 1));
    expect(found.sort()).toEqual([".cargo", ".config/x/bin", ".pyenv", ".rustup", "bin", "conda"]);
  });
});
