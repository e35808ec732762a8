/** Fills the disk. */
import { runs } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "flood-disk",
  tries: "Fills the disk.",
  program: "sandbox: { disk-mb: 20 }\n",
  acts: [runs("head -c 60000000 /dev/zero > big; sleep 5; true")],
  open: { event: /^past a limit: /m, verdict: /^crash crash/ },
};
