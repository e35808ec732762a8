/**
 * Where the output of runs is stored.
 */
import { join } from "node:path";
import type { Yard } from "../yard.ts";

/** The log of a run; absolute. */
export function logFileOf(yard: Pick<Yard, "ws" | "tag">, job: string): string {
  return join(yard.ws.stateDir, "sessions", yard.tag, "logs", `${job}.log`);
}
