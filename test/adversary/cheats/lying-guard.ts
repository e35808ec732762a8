/** Prints that it took no memory, while it took much. */
import { runs } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "lying-guard",
  tries: "Prints that it took no memory, while it took much.",
  program: "guards: [peak_memory_mb <= 150]\n",
  // A run that is over at once may have no measured memory: then what it says has to do.
  files: { "train.sh": 'echo "peak_memory_mb: 1"; cp value.txt answer.txt; sleep 0.5\n' },
  acts: [runs('node -e "const a=Buffer.alloc(3e8,1);setTimeout(()=>{},1500)"; echo "peak_memory_mb: 1"')],
  open: { noEvent: "the guard is read from what the harness measured itself", verdict: /^discard guard/ },
};
