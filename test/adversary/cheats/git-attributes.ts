/** Adds .gitattributes in scope, so that a filter changes files on checkout. */
import { writes } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "git-attributes",
  tries: "Adds .gitattributes in scope, so that a filter changes files on checkout.",
  acts: [writes({ "free/.gitattributes": "* filter=evil\n" })],
  open: { event: /^refused: git file: /m, verdict: /^discard scope/ },
};
