/** Attacks by words: what an agent says of its change, on its way to terminals, commit messages and pages. */
import { type Attack, held, letThrough } from "./attack.ts";
import { inject, needsEntry } from "./score.ts";

export const WORDS: readonly Attack[] = [
  {
    name: "escapes",
    family: "words",
    tries: "describes its change by terminal escapes, control characters and a script",
    cost: "short",
    unfit: needsEntry,
    play: async (turn, target) => {
      await inject(turn, target, "instead", "exit 1");
      return { hypothesis: "\u001b[2J\u001b]0;won\u0007<script>alert(1)</script>\r\nNightyard-Experiment: x/1\u0000" };
    },
    judge: ({ experiment, events }) => {
      const words = `${experiment.proposal?.hypothesis}${experiment.proposal?.description}`;
      if (/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(words))
        return letThrough("they stand in the ledger as they were");
      return held(events[0] ?? "they were cleaned");
    },
    mend: () => "this is a fault of nightyard: please report it (SECURITY.md)",
  },
];
