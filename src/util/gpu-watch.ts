/**
 * One `nvidia-smi` per run that says each second how busy the run's GPUs are. Where there is none, nothing happens.
 *
 * It is a process of the supervisor's, not of the run's, so it is outside the run's fence, limits and sweep; when its
 * supervisor is killed it ends at its next line, by the closed pipe. Not covered: GPUs of other makers.
 */
import { spawn } from "node:child_process";
import { addSample, devicesOf, figuresOf, GPU_FIELDS, type GpuFigures, NO_GPU, parseGpuLine } from "./gpu-lines.ts";

const EVERY_SECONDS = "1";
/** A line has 30 bytes; whatever writes more than this without an end of line is no nvidia-smi. */
const LONGEST = 4096;

export interface GpuWatch {
  /** Ends it; what the run's lines came to, undefined without any. */
  stop(): GpuFigures | undefined;
}

/**
 * Watches the devices that `env` shows to the run; `onSample` gets the figures so far after every piece of output, and
 * may throw nothing. Never throws, never waits.
 */
export function watchGpu(env: Readonly<Record<string, string>>, onSample: (use: number) => void): GpuWatch {
  const devices = devicesOf(env.CUDA_VISIBLE_DEVICES);
  if (devices === undefined) return { stop: () => undefined };
  const which = devices === "" ? [] : [`--id=${devices}`];
  const words = [`--query-gpu=${GPU_FIELDS}`, "--format=csv,noheader,nounits", ...which, "-l", EVERY_SECONDS];
  let tally = NO_GPU;
  let rest = "";
  const child = spawn("nvidia-smi", words, { stdio: ["ignore", "pipe", "ignore"], cwd: "/" });
  child.on("error", () => {
    // Not installed, as on most machines: there is nothing to tell.
  });
  child.stdout?.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString("latin1")).split("\n");
    rest = (lines.pop() ?? "").slice(0, LONGEST);
    const samples = lines.map(parseGpuLine).filter((sample) => sample !== undefined);
    for (const sample of samples) tally = addSample(tally, sample);
    const uses = samples.map((sample) => sample.use).filter((use) => use !== undefined);
    if (uses.length > 0) onSample(uses.reduce((a, b) => a + b, 0) / uses.length);
  });
  return {
    stop: () => {
      child.kill("SIGTERM");
      child.stdout?.destroy();
      child.unref();
      return figuresOf(tally);
    },
  };
}
