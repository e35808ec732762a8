/**
 * Where a graph is executed, and on how many threads.
 */
import { availableParallelism } from "node:os";
import ort from "onnxruntime-node";

/**
 * How long an idle thread waits for work before it sleeps. Longer gains nothing on an idle machine, and on a busy one
 * the waiting threads take the processor from those that have work: with the default of 1 ms a step takes up to 3 times
 * as long.
 */
const SPIN_MICROSECONDS = "50";

/** The processor is always there; the others need a build of onnxruntime that has them. */
export type Device = "cpu" | "cuda" | "coreml" | "dml" | "webgpu";

/** How a graph is to be executed. */
export interface ExecuteOptions {
  /** Default: the processor. */
  readonly device?: Device;
  /** Threads inside one operation. Default: the environment's NIGHTYARD_THREADS, else one for each core. */
  readonly threads?: number;
}

/** Threads as the environment asks for them; throws when NIGHTYARD_THREADS is no count. */
export function threadsFromEnvironment(environment: NodeJS.ProcessEnv = process.env): number {
  const text = environment.NIGHTYARD_THREADS;
  if (text === undefined || text === "") return availableParallelism();
  const threads = Number(text);
  if (!Number.isInteger(threads) || threads < 1) {
    throw new Error(`NIGHTYARD_THREADS must be a whole number of at least 1, found "${text}"`);
  }
  return threads;
}

/** Opens an ONNX model for execution. Throws, naming those there are, when the device is not in this onnxruntime. */
export async function openSession(bytes: Uint8Array, options: ExecuteOptions): Promise<ort.InferenceSession> {
  const { device = "cpu", threads = threadsFromEnvironment() } = options;
  const available = ["cpu", ...ort.listSupportedBackends().map((backend) => backend.name)];
  if (!available.includes(device)) {
    throw new Error(`device "${device}" is not in this onnxruntime; there are: ${[...new Set(available)].join(", ")}`);
  }
  return ort.InferenceSession.create(bytes, {
    executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
    extra: { session: { intra_op: { spin_duration_us: SPIN_MICROSECONDS } } },
  });
}
