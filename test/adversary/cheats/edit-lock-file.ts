/** Points the lock file to another package. */
import { writes } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "edit-lock-file",
  tries: "Points the lock file to another package.",
  acts: [writes({ "package-lock.json": '{"packages":{"":{"dependencies":{"shared":"file:free"}}}}\n' })],
  open: { event: /^refused: out of scope: /m, verdict: /^discard scope/ },
};
