/** How many kills, from which seed, and the processes that are killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type CrashLab, EXPERIMENTS } from "./lab.ts";

/** Kills of the whole suite: 210, more with NIGHTYARD_CRASH_KILLS. */
export const KILLS = Math.max(210, Number(process.env.NIGHTYARD_CRASH_KILLS ?? 0));

/** Printed with every failure; NIGHTYARD_CRASH_SEED repeats a course (the machine's own timing is not repeated). */
export const SEED = Number(process.env.NIGHTYARD_CRASH_SEED ?? Date.now() % 1_000_000);

/** Numbers in [0, 1) from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const path = (file: string) => fileURLToPath(new URL(file, import.meta.url));

export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly err: string;
}

/** A sitting that kills itself after its k-th event. */
export function startVictim(lab: CrashLab, tag: string, k: number): ChildProcess {
  const args = [path("victim.mjs"), lab.dir, tag, lab.script, String(EXPERIMENTS), String(k)];
  return spawn(process.execPath, args, { cwd: lab.dir, stdio: ["ignore", "ignore", "pipe"], detached: true });
}

/** The command as a person gives it; sessions named `wide…` have two runs at once and proposals made ahead. */
export function startRun(lab: CrashLab, tag: string): ChildProcess {
  const options = ["--agent", `scripted:${lab.script}`, "--experiments", String(EXPERIMENTS), "--tag", tag];
  const wide = tag.startsWith("wide") ? ["--slots", "2", "--bind", "none", "--lookahead", "1"] : ["--lookahead", "0"];
  const args = [path("../../bin/nightyard.js"), "run", ".", ...options, ...wide, "--confirm-runs", "1", "--no-sandbox"];
  return spawn(process.execPath, args, { cwd: lab.dir, stdio: ["ignore", "ignore", "pipe"], detached: true });
}

/** How a process ended. */
export function ended(child: ChildProcess): Promise<End> {
  let err = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    err += chunk.toString("utf8");
  });
  // Not "close": a supervisor may hold the pipe for a while.
  return new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal, err })));
}
