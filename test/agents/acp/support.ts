/** What the tests of the ACP agent share with those of the contract. */
import { existsSync, readFileSync } from "node:fs";

export { agentContract, changedFiles } from "../contract.ts";

/** A zombie has ended: who must collect it is the system's first process, in its own time. */
export function isGone(pid: number): boolean {
  if (existsSync("/proc/self/stat")) {
    if (!existsSync(`/proc/${pid}/stat`)) return true;
    return /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  }
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
