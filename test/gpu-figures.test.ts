/**
 * How busy a run's GPUs were: lines as nvidia-smi writes them, and a real run watched through an executable that stands
 * on PATH in nvidia-smi's place and prints such lines. No GPU takes part; only a machine with one can say that its
 * nvidia-smi speaks like this.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { progressLine } from "../src/cli/progress-line.ts";
import { gpuUseOf, tellGpuUse } from "../src/runners/local/job-folder.ts";
import { local } from "../src/runners/local.ts";
import { gpuWords } from "../src/util/format.ts";
import { addSample, devicesOf, figuresOf, NO_GPU, parseGpuLine } from "../src/util/gpu-lines.ts";
import { jobIn } from "./runners/jobs.ts";
import { nightyard } from "./support/after.ts";
import { makeRepo, removeTemps, tempDir } from "./support/repo.ts";
import { madeUp } from "./support/session.ts";

const PATH = process.env.PATH ?? "";
afterEach(() => {
  process.env.PATH = PATH;
});
afterAll(removeTemps);

const tally = (lines: readonly string[]) =>
  figuresOf(
    lines.map(parseGpuLine).reduce((sum, sample) => (sample === undefined ? sum : addSample(sum, sample)), NO_GPU),
  );

describe("lines of nvidia-smi", () => {
  it("are read, with and without units", () => {
    expect(parseGpuLine("0, 97, 23145, 412.35")).toEqual({ index: 0, use: 97, memory: 23145, watts: 412.35 });
    expect(parseGpuLine("1, 97 %, 23145 MiB, 412.35 W\r")).toEqual({ index: 1, use: 97, memory: 23145, watts: 412.35 });
  });

  it("leave out what the driver does not tell, which is never 0", () => {
    // A GPU cut by MIG has no use of its own; some consumer cards have no power.
    expect(parseGpuLine("0, [N/A], 1210, 61.20")).toEqual({ index: 0, use: undefined, memory: 1210, watts: 61.2 });
    expect(parseGpuLine("0, 12, 310, [Not Supported]")?.watts).toBeUndefined();
    expect(parseGpuLine("0, [Unknown Error], [GPU is lost], [GPU requires reset]")).toEqual({
      index: 0,
      use: undefined,
      memory: undefined,
      watts: undefined,
    });
    expect(tally(["0, [N/A], [N/A], [N/A]"])).toBeUndefined();
    expect(tally(["0, [N/A], 1210, [N/A]"])).toEqual({ peakMemoryMib: 1210 });
  });

  it("are refused when they are none", () => {
    const bad = [
      "",
      "No devices were found",
      "index, utilization.gpu [%], memory.used [MiB], power.draw [W]",
      "0, 1, 2",
    ];
    for (const line of [...bad, "0, 1, 2, 3, 4", "0, 1".padEnd(600, "0"), "-1, 2, 3, 4"]) {
      expect(parseGpuLine(line), line).toBeUndefined();
    }
    expect(parseGpuLine("0, 1e3, 0x10, nan")).toEqual({
      index: 0,
      use: undefined,
      memory: undefined,
      watts: undefined,
    });
    expect(parseGpuLine("0, 101, 5, 5")?.use).toBeUndefined();
  });

  it("of two devices make one figure each: use by mean, memory of the fullest, power together", () => {
    expect(tally(["0, 90, 1000, 100", "1, 70, 3000, 200", "0, 100, 2000, 150", "1, 100, 2500, 250"])).toEqual({
      use: 90,
      peakMemoryMib: 3000,
      meanWatts: 350,
      maxWatts: 400,
    });
    // One that does not tell makes the sum unknown, not smaller.
    expect(tally(["0, 90, 1000, 100", "1, 70, 3000, [N/A]"])).toEqual({ use: 80, peakMemoryMib: 3000 });
  });

  it("are asked of the run's own devices only", () => {
    expect(devicesOf(undefined)).toBe("");
    expect(devicesOf("2")).toBe("2");
    expect(devicesOf("0, GPU-8932f937-d72c-4106-c12f-20bd9faed9f6")).toBe("0,GPU-8932f937-d72c-4106-c12f-20bd9faed9f6");
    for (const none of ["", "-1", "NoDevFiles", "MIG-GPU-8932f937/1/0", "0 -l 1"])
      expect(devicesOf(none)).toBeUndefined();
  });

  it("become words that leave out what is not known", () => {
    expect(gpuWords({ use: 96.6, peakMemoryMib: 23654, meanWatts: 411.7, maxWatts: 448 })).toBe(
      "GPU 97 %, 23.1 GiB, 412 W (max 448 W)",
    );
    expect(gpuWords({ peakMemoryMib: 300 })).toBe("GPU 300 MiB");
    expect(gpuWords({})).toBeUndefined();
    expect(gpuWords(undefined)).toBeUndefined();
  });
});

/** A folder for PATH with an nvidia-smi that notes its words and prints `lines` again and again. */
function standIn(lines: string): { readonly dir: string; readonly words: () => string } {
  const dir = join(tempDir(), "bin");
  mkdirSync(dir);
  const noted = join(dir, "words");
  const script = `#!/bin/sh
case "$*" in *name,driver_version*) echo "NVIDIA Stand-in, 0.0, 81559 MiB"; exit 0;; esac
echo "$*" >> "${noted}"
while :; do printf '${lines}'; sleep 0.1; done
`;
  writeFileSync(join(dir, "nvidia-smi"), script);
  chmodSync(join(dir, "nvidia-smi"), 0o755);
  return { dir, words: () => readFileSync(noted, "utf8") };
}

describe("a run", () => {
  it("has its GPUs' figures among its resources, and leaves no watcher behind", async () => {
    const { dir, words } = standIn("1, 97, 23145, 412.35\\n");
    process.env.PATH = [dir, PATH].join(delimiter);
    const root = tempDir();
    const env = { PATH, CUDA_VISIBLE_DEVICES: "1" };
    const job = jobIn(root, "until [ -e seen ]; do sleep 0.1; done", { env });
    const runner = local({ abandonAfterSeconds: 2 });
    await runner.submit(job);
    const folder = join(job.stateDir, job.name);
    await expect.poll(() => gpuUseOf(folder), { timeout: 20_000 }).toBe(97);
    writeFileSync(join(root, "seen"), "");
    const { outcome, resources } = await runner.wait(job, new AbortController().signal);
    expect(outcome).toEqual({ kind: "finished" });
    expect(resources.gpu).toMatchObject({ use: 97, peakMemoryMib: 23145, maxWatts: 412.35 });
    expect(resources.gpu?.meanWatts).toBeCloseTo(412.35, 6);
    expect(words()).toContain("--query-gpu=index,utilization.gpu,memory.used,power.draw");
    expect(words()).toContain("--format=csv,noheader,nounits --id=1 -l 1");
  });

  it("has none, and goes on, where nvidia-smi has nothing to tell", async () => {
    const { dir } = standIn("NVIDIA-SMI has failed because it could not communicate with the NVIDIA driver.\\n");
    process.env.PATH = [dir, PATH].join(delimiter);
    const job = jobIn(tempDir(), "sleep 1", { env: { PATH } });
    const runner = local({ abandonAfterSeconds: 2 });
    await runner.submit(job);
    const { outcome, resources } = await runner.wait(job, new AbortController().signal);
    expect(outcome).toEqual({ kind: "finished" });
    expect(resources.gpu).toBeUndefined();
  });

  it("is shown with them: show, report, JSON", () => {
    const { dir } = standIn("0, 88, 2048, 300.00\\n");
    process.env.PATH = [dir, PATH].join(delimiter);
    const program = `---
name: toy
description: Lower the score of a toy.
metric: { name: score, goal: minimize, deterministic: true }
scope: [value.txt]
budget: 2s
timeout: 20s
run: sleep 2; echo "METRIC score=1"
---
Nothing to do.
`;
    const lab = makeRepo({ "program.md": program, "value.txt": "1\n" });
    const words = ["run", ".", "--agent", "tuner", "--experiments", "0", "--tag", "t", "--sandbox", "auto"];
    expect(nightyard(lab, ...words, "--confirm-runs", "0").err).not.toContain("error");
    expect(nightyard(lab, "show", "0").out).toContain("GPU 88 %, 2.0 GiB, 300 W (max 300 W)");
    expect(nightyard(lab, "report", "--format", "md").out).toContain("- **GPU** 88 %, 2.0 GiB, 300 W (max 300 W)");
    const report = JSON.parse(nightyard(lab, "report", "--format", "json").out) as { machine: unknown };
    expect(report.machine).toMatchObject({ gpu: { use: 88, peakMemoryMib: 2048 } });
    expect(nightyard(lab, "ledger", "check").code).toBe(0);
  });

  it("is told on the progress line while it is on, and not by an old word", () => {
    const folder = tempDir();
    tellGpuUse(folder, 96.7);
    expect(gpuUseOf(folder)).toBe(97);
    writeFileSync(join(folder, "gpu-use"), "\u001b[31m");
    expect(gpuUseOf(folder)).toBeUndefined();
    expect(gpuUseOf(join(folder, "nowhere"))).toBeUndefined();
  });
});

it("the progress line says how busy the GPU is, and nothing where there is none", () => {
  const input = {
    session: madeUp(),
    phase: "train",
    phaseSeconds: 5,
    budgetSeconds: 10,
    runSeconds: 0,
    sinceEventMs: 0,
  };
  expect(progressLine({ ...input, gpuUse: 97 })).toContain("│ GPU 97%");
  expect(progressLine(input)).not.toContain("GPU");
});
