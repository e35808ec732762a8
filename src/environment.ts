/**
 * The environment of a lab's commands, made here and nowhere else: nothing is inherited but what is named.
 *
 * The variables are part of the contract with labs (docs/program.md lists them). HOME stays the person's, because
 * toolchains live there; the sandbox is what hides it.
 */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import os from "node:os";
import { delimiter, join } from "node:path";
import type { Program } from "./program.ts";
import type { TreeLimits } from "./util/tree-limits.ts";
import type { Workspace } from "./workspace.ts";

/** Folders that `prepare` filled: for runs, and for the evaluator only. Absolute. */
export interface DataFolders {
  readonly data: string;
  readonly heldOut: string;
}

const INHERITED = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "USER", "LOGNAME", "SSL_CERT_FILE", "UV_CACHE_DIR"] as const;

/**
 * What every command of a lab gets. `tmp` is a private temporary folder, removed after the command. `prepares`: the
 * command may install and download; every other one uses what is there.
 */
export function commandEnv(
  ws: Workspace,
  program: Program,
  folders: { tmp: string; data?: string | undefined; prepares?: boolean },
) {
  const env: Record<string, string> = {};
  for (const name of [...INHERITED, ...program.env]) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  if (folders.prepares !== true) Object.assign(env, { ...installedOnly(ws, program), ...env });
  Object.assign(env, program.fixedEnv);
  env.PATH = [join(ws.labDir, "node_modules", ".bin"), env.PATH ?? "/usr/bin:/bin"].join(delimiter);
  env.TMPDIR = folders.tmp;
  env.NIGHTYARD_BUDGET_SECONDS = String(program.budgetSeconds);
  if (folders.data !== undefined) env.NIGHTYARD_DATA = folders.data;
  return env;
}

/**
 * For a lab that links its `.venv`: uv starts what is installed there. Without this `uv run` would build the project's
 * environment anew in every run's folder, from a network that a run has not; Hugging Face's packages would wait for it.
 */
function installedOnly(ws: Workspace, { links, sandbox }: Program): Record<string, string> {
  if (!links.includes(".venv")) return {};
  // Named, because the sealed copy has no link, and because a run could put another `.venv` in its link's place.
  const place = { UV_PROJECT_ENVIRONMENT: join(ws.labDir, ".venv"), PYTHONDONTWRITEBYTECODE: "1" };
  // The cache is not needed without installing, and in a fence it may be hidden or read-only, which uv refuses.
  const uv = { ...place, UV_NO_SYNC: "1", UV_NO_CACHE: "1" };
  return sandbox.network ? uv : { ...uv, UV_OFFLINE: "1", HF_HUB_OFFLINE: "1" };
}

/** What a run or a gate may take, in the runner's words; `folders` are those it writes to, `slots` share the memory. */
export function limitsOf(program: Program, folders: readonly string[], slots = 1): TreeLimits {
  const { memoryMb, processes, diskMb } = program.sandbox;
  const memoryBytes = memoryMb === undefined ? Math.round((os.totalmem() * 0.9) / slots) : memoryMb * 2 ** 20;
  return { memoryBytes, processes, diskBytes: diskMb * 2 ** 20, folders };
}

/** A 31-bit number that is a function of its parts: seeds of runs and turns, the same after a restart. */
export function seedOf(...parts: readonly (string | number)[]): number {
  return createHash("sha256").update(parts.join("/")).digest().readUInt32BE(0) >>> 1;
}

/** What the numbers were measured on: hardware, system and versions. Nothing personal, no host name. */
export async function fingerprint(): Promise<Record<string, string>> {
  const gpu = await firstLine("nvidia-smi", ["--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]);
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model.trim() ?? "unknown",
    cores: String(os.availableParallelism()),
    memoryGib: (os.totalmem() / 2 ** 30).toFixed(1),
    platform: `${os.platform()} ${os.arch()} ${os.release()}`,
    node: process.version,
    ...(gpu === undefined ? {} : { gpu }),
  };
}

function firstLine(command: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, [...args], { timeout: 5000 }, (error, stdout) => {
      resolve(error === null ? stdout.split("\n")[0]?.trim() : undefined);
    });
  });
}
