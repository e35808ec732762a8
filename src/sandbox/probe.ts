/**
 * Finds what there is to fence with, by trying it: a fenced process attacks what the fence is to protect, and a fence
 * that lets one attack through counts as none. Takes some 150 ms.
 *
 * The attacks are those that worked on fences made carelessly: writing to a file that is visible, remounting the root
 * writable (works for root without `--cap-drop ALL`), a new user namespace to get the capabilities back, reading what
 * is hidden, a connection to a port outside, and seeing (so: signalling) processes outside.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import os from "node:os";
import { delimiter, dirname, join } from "node:path";
import { execute } from "../execute.ts";
import { type Fence, fenceWords, type Sandbox } from "../sandbox.ts";
import { isExecutable } from "../util/executable.ts";
import { oneLine } from "../util/text.ts";

/** One thing that a fence protects, and whether it did. */
export interface Protection {
  readonly name: string;
  readonly held: boolean;
  /** What the attacker saw, or why the attack failed: one line. */
  readonly detail: string;
}

export interface Probe {
  readonly sandbox: Sandbox;
  readonly protections: readonly Protection[];
}

/** Tries what this machine has. `path`: where to look for programs, as in PATH. */
export async function probeSandbox(path = process.env.PATH ?? ""): Promise<Probe> {
  if (process.platform !== "linux") {
    const why = `there is no sandbox for ${process.platform} yet that was tried (docs/sandbox.md)`;
    return { sandbox: { kind: "none", why }, protections: [] };
  }
  const bwrap = path
    .split(delimiter)
    .map((dir) => join(dir, "bwrap"))
    .find(isExecutable);
  if (bwrap === undefined) return { sandbox: { kind: "none", why: "bubblewrap is not installed" }, protections: [] };
  const version = await versionOf(bwrap);
  const candidate: Sandbox = { kind: "bubblewrap", path: bwrap, version };
  const protections = await attack(candidate);
  const broken = protections.filter((p) => !p.held);
  if (broken.length === 0) return { sandbox: candidate, protections };
  const why = `bubblewrap ${version} did not hold: ${broken.map((p) => `${p.name} (${p.detail})`).join("; ")}`;
  return { sandbox: { kind: "none", why: oneLine(why, 1000) }, protections };
}

async function versionOf(bwrap: string): Promise<string> {
  const { stdout } = await execute({ ...QUICK, command: bwrap, args: ["--version"], dir: "/", env: {} });
  return /\d+(\.\d+)+/.exec(stdout)?.[0] ?? "of an unknown version";
}

const QUICK = { timeoutSeconds: 20, outputLimitBytes: 64 * 1024 } as const;

async function attack(sandbox: Sandbox): Promise<readonly Protection[]> {
  const dir = await mkdtemp(join(os.tmpdir(), "nightyard-probe-"));
  const server = await listen();
  try {
    return await attackFrom(sandbox, dir, (server.address() as { port: number }).port);
  } finally {
    server.close();
    await rm(dir, { recursive: true, force: true });
  }
}

function listen(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

async function attackFrom(sandbox: Sandbox, dir: string, port: number): Promise<readonly Protection[]> {
  const [open, secret, own, tmp] = ["open", "secret", "own", "tmp"].map((name) => join(dir, name)) as Four;
  for (const folder of [open, secret, own, tmp]) await mkdir(folder);
  for (const folder of [open, secret]) await writeFile(join(folder, "file"), "as it was");
  const fence: Fence = {
    // Readable by a binding of its own, so that the attacked file lies on a mount point: a remount could free it.
    readable: [open, ...nodeFolders()],
    writable: [own],
    hidden: [secret],
    covered: [],
    tmp,
    network: "none",
  };
  const args = ["-e", ATTACKS, open, secret, own, String(port), String(process.pid), os.homedir(), process.execPath];
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
  const words = fenceWords(sandbox, fence);
  const run = await execute({ ...QUICK, fence: words, command: process.execPath, args, dir: own, env });
  const tried = resultsIn(run.stdout);
  if (tried === undefined) {
    const detail = oneLine(`${run.stderr.trim()}`, 300) || "it printed nothing";
    return [{ name: "a fenced process starts", held: false, detail }];
  }
  const untouched = (await readFile(join(open, "file"), "utf8")) === "as it was";
  const outside = {
    name: "files outside stay as they are",
    held: untouched,
    detail: untouched ? "same bytes" : "changed",
  };
  return [...tried, outside];
}

type Four = [string, string, string, string];

/** Node itself may live in the home that is hidden. */
export function nodeFolders(): readonly string[] {
  const bin = dirname(process.execPath);
  return process.execPath.startsWith(`${os.homedir()}/`) ? [dirname(bin)] : [];
}

function resultsIn(stdout: string): readonly Protection[] | undefined {
  try {
    const all = JSON.parse(stdout) as readonly Protection[];
    return all.map((p) => ({ name: String(p.name), held: p.held === true, detail: oneLine(String(p.detail), 200) }));
  } catch {
    return undefined;
  }
}

/**
 * Runs inside the fence, by `node -e`; prints what held. Plain JavaScript, because nothing of ours is visible there.
 */
const ATTACKS = `
const fs = require("fs"), net = require("net"), { spawnSync } = require("child_process");
const [open, secret, own, port, pid, home, node] = process.argv.slice(1);
const out = [];
const tried = (name, attack) => {
  try { out.push({ name, held: false, detail: String(attack() ?? "it worked") }); }
  catch (e) { out.push({ name, held: true, detail: String(e.code || e.message) }); }
};
const run = (...words) => {
  const r = spawnSync(words[0], words.slice(1), { encoding: "utf8" });
  if (r.error) throw r.error;
  if (r.status !== 0) throw new Error((r.stderr || "exit " + r.status).trim().split("\\n")[0]);
};
tried("what is readable cannot be written", () => fs.writeFileSync(open + "/file", "x"));
tried("a remount does not free it", () => {
  run("mount", "-o", "remount,bind,rw", open);
  fs.writeFileSync(open + "/file", "x");
});
tried("the root cannot be remounted", () => run("mount", "-o", "remount,bind,rw", "/"));
tried("no new user namespace", () => run("unshare", "--user", "--map-root-user", "true"));
tried("what is hidden cannot be read", () => fs.readFileSync(secret + "/file", "utf8"));
tried("the home is hidden", () => {
  const names = fs.readdirSync(home).filter((n) => !(node + "/").startsWith(home + "/" + n + "/"));
  if (names.length === 0) throw new Error("empty");
  return names.slice(0, 3).join(", ");
});
tried("processes outside are not seen", () => { process.kill(Number(pid), 0); return "pid " + pid; });
const name = "its own folder can be written";
try { fs.writeFileSync(own + "/made", "x"); out.push({ name, held: true, detail: "written" }); }
catch (e) { out.push({ name, held: false, detail: String(e.code) }); }
const end = (held, detail) => {
  out.push({ name: "no network", held, detail });
  console.log(JSON.stringify(out));
  process.exit(0);
};
const socket = net.connect(Number(port), "127.0.0.1", () => end(false, "connected to port " + port + " outside"));
socket.on("error", (e) => end(true, String(e.code)));
setTimeout(() => end(true, "no answer"), 3000);
`;
