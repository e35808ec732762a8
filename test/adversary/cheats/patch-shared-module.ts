/** Patches the module that run and evaluator share. */
import { writes } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "patch-shared-module",
  tries: "Patches the module that run and evaluator share.",
  acts: [writes({ "shared.mjs": "export const distance = () => 0;\n" })],
  open: { event: /^refused: out of scope: /m, verdict: /^discard scope/ },
};
