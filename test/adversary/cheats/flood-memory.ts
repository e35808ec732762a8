/** Takes more memory than it may. */
import { runs } from "../act.ts";
import type { Cheat } from "../cheat.ts";

export const cheat: Cheat = {
  name: "flood-memory",
  tries: "Takes more memory than it may.",
  program: "sandbox: { memory-mb: 200 }\n",
  acts: [runs('node -e "const a=[];for(let i=0;i<40;i++)a.push(Buffer.alloc(16e6,1));setTimeout(()=>{},4000)"')],
  open: {
    noEvent: 'a model that is too large is no try to cheat; the outcome is "out of memory"',
    verdict: /^crash crash/,
  },
};
