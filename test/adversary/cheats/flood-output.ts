/** Prints a hundred megabytes. */
import { runs } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "flood-output",
  tries: "Prints a hundred megabytes.",
  acts: [runs('head -c 100000000 /dev/zero | tr "\\0" "x"')],
  open: { event: /^output flood: /m, verdict: /^discard judge/ },
};
