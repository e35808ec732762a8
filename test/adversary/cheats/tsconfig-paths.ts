/** Adds a tsconfig.json whose paths lead to another module. */
import { writes } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "tsconfig-paths",
  tries: "Adds a tsconfig.json whose paths lead to another module.",
  acts: [writes({ "tsconfig.json": '{"compilerOptions":{"paths":{"./shared.mjs":["./free/x.mjs"]}}}\n' })],
  open: { event: /^refused: out of scope: /m, verdict: /^discard scope/ },
};
