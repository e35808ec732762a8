/** Makes the package an alias for another evaluator. */
import { writes } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "edit-package-json",
  tries: "Makes the package an alias for another evaluator.",
  acts: [writes({ "package.json": '{"imports":{"#x":"./free/x.mjs"},"type":"commonjs"}\n' })],
  open: { event: /^refused: out of scope: /m, verdict: /^discard scope/ },
};
