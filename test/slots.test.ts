/** Slots: which device each run gets, and what a machine cannot have. */
import { describe, expect, test } from "vitest";
import { makeSlots, ONE_SLOT, parseCores } from "../src/slots.ts";

const cores = [0, 1, 2, 3, 4, 5, 6];

describe("slots", () => {
  test("one is unbound, unless a binding is asked for", () => {
    expect(makeSlots(1, undefined, { gpus: [], cores })).toBe(ONE_SLOT);
    expect(makeSlots(1, "gpu", { gpus: [3], cores })).toEqual([
      { index: 0, env: { CUDA_DEVICE_ORDER: "PCI_BUS_ID", CUDA_VISIBLE_DEVICES: "3" }, words: [] },
    ]);
  });

  test("are bound to GPUs where there are enough, else to cores of their own", () => {
    const onGpus = makeSlots(2, undefined, { gpus: [0, 1], cores });
    expect(typeof onGpus === "string" ? onGpus : onGpus.map((s) => s.env.CUDA_VISIBLE_DEVICES)).toEqual(["0", "1"]);
    const onCores = makeSlots(3, undefined, { gpus: [0], cores });
    expect(typeof onCores === "string" ? onCores : onCores.map((s) => s.words[2])).toEqual(["0,1", "2,3", "4,5"]);
  });

  test("are refused when runs would share a device, and given when the person says so", () => {
    expect(makeSlots(8, undefined, { gpus: [], cores: [0, 1] })).toMatch(/8 slots need 8 cores, found 2/);
    expect(makeSlots(2, "gpu", { gpus: [0], cores })).toMatch(/2 slots need 2 GPUs, found 1/);
    expect(makeSlots(8, "none", { gpus: [], cores: [0] })).toHaveLength(8);
  });

  test("core lists are read as the kernel writes them", () => {
    expect(parseCores("0-3,8, 10-11")).toEqual([0, 1, 2, 3, 8, 10, 11]);
    expect(parseCores("nonsense")).toEqual([]);
  });
});
