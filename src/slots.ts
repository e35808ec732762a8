/**
 * Slots: how many runs take place at once, each bound to a device of its own, so that one run does not slow another's
 * clock: a GPU by CUDA_VISIBLE_DEVICES, or a set of processor cores by affinity. Pure.
 *
 * Bound cores still share caches and memory bandwidth; where that matters the canary's drift shows it.
 */

export type Binding = "gpu" | "cores" | "none";

export interface Slot {
  /** 0, 1, … */
  readonly index: number;
  /** Put into the environment of what runs in it, beside NIGHTYARD_SLOT. */
  readonly env: Readonly<Record<string, string>>;
  /** Put in front of the command, outside its fence. */
  readonly words: readonly string[];
}

export interface Machine {
  /** Indices of the GPUs, as nvidia-smi lists them. */
  readonly gpus: readonly number[];
  /** Cores that this process may use. */
  readonly cores: readonly number[];
}

/** One run at a time with all that the machine has. */
export const ONE_SLOT: readonly Slot[] = [{ index: 0, env: {}, words: [] }];

/** The slots, or in words why this machine cannot have them. */
export function makeSlots(count: number, binding: Binding | undefined, machine: Machine): readonly Slot[] | string {
  if (count === 1 && binding === undefined) return ONE_SLOT;
  const by = binding ?? (machine.gpus.length >= count ? "gpu" : "cores");
  const indices = Array.from({ length: count }, (_, index) => index);
  if (by === "none") return indices.map((index) => ({ index, env: {}, words: [] }));
  if (by === "gpu") {
    if (machine.gpus.length < count) return `${count} slots need ${count} GPUs, found ${machine.gpus.length}`;
    // CUDA's own order is by speed; the indices here are nvidia-smi's, which are by place.
    const order = { CUDA_DEVICE_ORDER: "PCI_BUS_ID" };
    return indices.map((index) => ({
      index,
      env: { ...order, CUDA_VISIBLE_DEVICES: String(machine.gpus[index]) },
      words: [],
    }));
  }
  const each = Math.floor(machine.cores.length / count);
  if (each < 1) {
    return `${count} slots need ${count} cores, found ${machine.cores.length}: runs would slow each other's clock`;
  }
  return indices.map((index) => {
    const own = machine.cores.slice(index * each, (index + 1) * each);
    return { index, env: { OMP_NUM_THREADS: String(each) }, words: ["taskset", "-c", own.join(",")] };
  });
}

/** Parses "0-3,8" as /proc/self/status has it. */
export function parseCores(list: string): readonly number[] {
  return list.split(",").flatMap((part) => {
    const [, from, to] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ?? [];
    if (from === undefined) return [];
    const last = Number(to ?? from);
    return Array.from({ length: last - Number(from) + 1 }, (_, i) => Number(from) + i);
  });
}
