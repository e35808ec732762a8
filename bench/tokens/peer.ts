/**
 * PyTorch as an engine: a Python process of its own that trains peer.py's model and is told through its standard input how
 * many steps to do. Python is NIGHTYARD_TORCH_PYTHON, or python3.
 */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Beginning, Engine, Steps } from "./engine.ts";
import { parameterShapes, type Shapes } from "./shapes.ts";

const SCRIPT = fileURLToPath(new URL("./peer.py", import.meta.url));
const PYTHON = process.env.NIGHTYARD_TORCH_PYTHON ?? "python3";

/** What to do on a machine without PyTorch. */
export const INSTALL_LINE =
  "bash bench/tokens/install-torch.sh .venv/torch && export NIGHTYARD_TORCH_PYTHON=$PWD/.venv/torch/bin/python";

/** PyTorch's version, or undefined when it cannot be imported. */
export function torchVersion(): string | undefined {
  const found = spawnSync(PYTHON, ["-c", "import torch; print(torch.__version__)"], {
    encoding: "utf8",
    timeout: 120_000,
  });
  return found.status === 0 ? found.stdout.trim() : undefined;
}

/** How PyTorch is started. */
export interface PeerOptions {
  readonly threads: number;
  readonly mode: "eager" | "compile";
  /** Where the initial weights and the batches are handed over. */
  readonly folder: string;
}

/** PyTorch, started; its first steps include what it does once. */
export function peer(shapes: Shapes, beginning: Beginning, options: PeerOptions): Engine {
  const weights = join(options.folder, "weights.bin");
  const batches = join(options.folder, "batches.bin");
  writeFileSync(weights, beginning.weights);
  writeFileSync(batches, beginning.batches);
  const facts = { ...shapes, parameters: parameterShapes(shapes), batchTokens: beginning.batches.length };
  const words = [SCRIPT, JSON.stringify(facts), weights, batches, String(options.threads), options.mode];
  const child = spawn(PYTHON, words, { stdio: ["pipe", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (data: Buffer) => {
    complaint = (complaint + data.toString()).slice(-2000);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    name: `PyTorch, ${options.mode}`,
    async steps(count) {
      child.stdin.write(`${count}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`PyTorch ended: ${complaint}`);
      return JSON.parse(value) as Steps;
    },
    close: () => closed(child),
  };
}

async function closed(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null) return;
  child.stdin.end();
  await once(child, "exit");
}
