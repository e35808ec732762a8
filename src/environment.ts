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

/** What every command of a lab gets. `tmp` is a private temporary folder, removed after the command. */
export function commandEnv(ws: Workspace, program: Program, folders: { tmp: string; data?: string | undefined }) {
  const env: Record<string, string> = {};
  for (const name of [...INHERITED, ...program.env]) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  Object.assign(env, program.fixedEnv);
  env.PATH = [join(ws.labDir, "node_modules", ".bin"), env.PATH ?? "/usr/bin:/bin"].join(delimiter);
  env.TMPDIR = folders.tmp;
  env.NIGHTYARD_BUDGET_SECONDS = String(program.budgetSeconds);
  if (folders.data !== undefined) env.NIGHTYARD_DATA = folders.data;
  return env;
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
