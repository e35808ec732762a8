/**
 * Frozen: what a run is worth. Reads the measured.json that the run left, as data, makes every input and its right
 * answer once more, and prints the median speed when all answers were right.
 *
 *   NIGHTYARD_RUN_DIR   the lab folder of the run; default: this one
 */
import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { worthOf } from "./measured.ts";

const MAX_BYTES = 65_536;

try {
  const worth = worthOf(readMeasured(join(process.env.NIGHTYARD_RUN_DIR ?? ".", "measured.json")));
  console.log(`METRIC mb_per_second=${worth.mbPerSecond.toFixed(3)}`);
  console.log(`METRIC drift_percent=${worth.driftPercent.toFixed(1)}`);
  console.log(`METRIC spread_percent=${worth.spreadPercent.toFixed(1)}`);
} catch (error) {
  const why = error instanceof SyntaxError ? "measured.json is no JSON" : (error as Error).message;
  console.error(`evaluate: ${why.replace(/[\x00-\x1f\x7f]+/g, " ").slice(0, 300)}`);
  process.exit(1);
}

function readMeasured(file: string): string {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined) throw new Error("the run left no measured.json");
  if (!stat.isFile()) throw new Error("measured.json is no plain file");
  if (stat.size > MAX_BYTES) throw new Error(`measured.json is larger than ${MAX_BYTES} bytes`);
  return readFileSync(file, "utf8");
}
