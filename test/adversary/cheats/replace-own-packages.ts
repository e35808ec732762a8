/** Replaces the link by which labs find nightyard's own packages. */
import { runs } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "replace-own-packages",
  tries: "Replaces the link by which labs find nightyard's own packages.",
  acts: [runs('s="$(cd ../..; pwd)"; rm -f "$s/node_modules/nightyard"; mkdir -p "$s/node_modules/nightyard"; true')],
  open: { event: /^sealed files changed: /m, verdict: /^discard integrity/ },
  fenced: { noEvent: "what is to be written is hidden or read-only inside the sandbox", verdict: /^discard judge/ },
};
