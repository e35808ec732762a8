/**
 * `--slots` and `--bind`: how many runs take place at once, and what each is bound to on this machine.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";
import { type Binding, type Machine, makeSlots, parseCores, type Slot } from "../slots.ts";
import { UserError } from "../util/user-error.ts";

/** The slots asked for; throws UserError when this machine cannot have them. */
export function chooseSlots(count: number | undefined, bind: string | undefined): readonly Slot[] {
  const binding = bindingOf(bind);
  if (count === 0) throw new UserError("--slots: expected at least 1, found 0", { fix: "nightyard run --slots 1" });
  const slots = makeSlots(count ?? 1, binding, machineNow());
  if (typeof slots !== "string") return slots;
  throw new UserError(`--slots ${count}: ${slots}`, {
    fix: `nightyard run --slots ${count} --bind none   # unbound: the runs disturb each other, and the metric shows it`,
  });
}

function bindingOf(text: string | undefined): Binding | undefined {
  if (text === undefined || text === "gpu" || text === "cores" || text === "none") return text;
  throw new UserError(`--bind: expected gpu, cores or none, found "${text}"`, {
    fix: "nightyard run --slots 2 --bind cores",
  });
}

/** The GPUs and cores that are ours to give. */
export function machineNow(): Machine {
  return { gpus: gpusNow(), cores: coresNow() };
}

/** Also here CUDA_VISIBLE_DEVICES rules: what is hidden from us is not ours to give. */
function gpusNow(): readonly number[] {
  const visible = process.env.CUDA_VISIBLE_DEVICES;
  if (visible !== undefined)
    return visible
      .split(",")
      .filter((id) => /^\d+$/.test(id))
      .map(Number);
  try {
    const options = { encoding: "utf8" as const, timeout: 5000 };
    const out = execFileSync("nvidia-smi", ["--query-gpu=index", "--format=csv,noheader"], options);
    return out
      .split("\n")
      .filter((line) => /^\d+$/.test(line.trim()))
      .map(Number);
  } catch {
    return [];
  }
}

function coresNow(): readonly number[] {
  try {
    const list = /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    if (list !== undefined) return parseCores(list);
  } catch {
    // Not Linux: there is no affinity to bind by either.
  }
  return process.platform === "linux" ? os.cpus().map((_, index) => index) : [];
}
