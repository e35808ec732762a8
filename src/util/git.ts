/**
 * Runs the git command the same way everywhere: no hooks, no fsmonitor, no prompts, durable objects and refs, and none
 * of the caller's GIT_* variables. Every worktree, merge and diff goes through here.
 */
import { spawn } from "node:child_process";
import { statfs } from "node:fs/promises";

export interface GitOptions {
  readonly cwd: string;
  /** Written to standard input. */
  readonly input?: string | Uint8Array | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Most bytes of standard output that are read; more is an error. Default 64 MiB. */
  readonly maxBytes?: number | undefined;
}

export interface GitResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A git command that did not succeed, with what it printed. */
export class GitError extends Error {
  readonly result: GitResult;
  constructor(args: readonly string[], result: GitResult) {
    super(`git ${args.slice(0, 3).join(" ")} … failed (${result.code}): ${result.stderr.trim().slice(0, 500)}`);
    this.name = "GitError";
    this.result = result;
  }
}

// Hooks and fsmonitor are programs that a repository may name: the harness never runs them. Objects and refs are
// flushed to disk, because the ledger will speak of them.
const SETTINGS = [
  "core.hooksPath=/dev/null",
  "core.fsmonitor=false",
  "core.quotePath=false",
  "core.fsync=committed,loose-object,reference",
  "commit.gpgSign=false",
  "gc.auto=0",
  "diff.external=",
  "maintenance.auto=false",
].flatMap((setting) => ["-c", setting]);

/** Runs git and answers its result whatever the exit code is. */
export async function tryGit(args: readonly string[], options: GitOptions): Promise<GitResult> {
  const child = spawn("git", [...SETTINGS, ...args], {
    cwd: options.cwd,
    env: { ...cleanEnv(), ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  let bytes = 0;
  const limit = options.maxBytes ?? 64 * 1024 * 1024;
  child.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limit) child.kill("SIGKILL");
    else out.push(chunk);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    if (err.length < 64) err.push(chunk);
  });
  // git may end before it has read all input (an error in an early line); its exit code says so.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  const code = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exit) => resolve(exit ?? 128));
  });
  const stderr = bytes > limit ? `more than ${limit} bytes of output` : Buffer.concat(err).toString("utf8");
  return { code, stdout: Buffer.concat(out).toString("utf8"), stderr };
}

/** Runs git and answers its standard output; throws GitError when it fails. */
export async function git(args: readonly string[], options: GitOptions): Promise<string> {
  const result = await tryGit(args, options);
  if (result.code !== 0) throw new GitError(args, await withCause(result, options.cwd));
  return result.stdout;
}

/** Room below which a failed write is blamed on the disk: git often says only that it could not write. */
const NO_ROOM_BYTES = 1024 * 1024;

async function withCause(result: GitResult, cwd: string): Promise<GitResult> {
  if (!/writ|creat|mkdir/i.test(result.stderr)) return result;
  const disk = await statfs(cwd).catch(() => undefined);
  if (disk === undefined || disk.bavail * disk.bsize >= NO_ROOM_BYTES) return result;
  return { ...result, stderr: `no space left on device: ${result.stderr}` };
}

/** Without replaced objects: `git replace` would put other bytes under the name of a sealed commit. */
function cleanEnv(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !name.startsWith("GIT_")) env[name] = value;
  }
  return { ...env, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0", GIT_NO_REPLACE_OBJECTS: "1" };
}
