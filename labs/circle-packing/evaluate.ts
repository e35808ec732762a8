/**
 * Frozen: what a run is worth. Reads the `submission.json` that the run left, as data, and prints the exact sum of the
 * radii, or refuses.
 *
 *   NIGHTYARD_RUN_DIR   the lab folder of the run; default: this one
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { check, MAX_BYTES } from "./exact.ts";

const file = join(process.env.NIGHTYARD_RUN_DIR ?? ".", "submission.json");
const answer = check(readSubmission());
if (answer.kind === "refused") fail(answer.why);
// 17 digits are more than a double holds; cutting off never rounds up.
console.log(`METRIC sum_radii=${answer.sum.slice(0, 19)}`);

/** No link is followed and no pipe waited for; what is too large is not read. */
function readSubmission(): string {
  const handle = open();
  try {
    const stat = fstatSync(handle);
    if (!stat.isFile()) return fail("submission.json is no plain file");
    if (stat.size > MAX_BYTES) return fail(`submission.json has ${stat.size} bytes, more than ${MAX_BYTES}`);
    return readFileSync(handle, "utf8");
  } finally {
    closeSync(handle);
  }
}

function open(): number {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const isLink = (error as NodeJS.ErrnoException).code === "ELOOP";
    return fail(isLink ? "submission.json is no plain file" : "the run left no submission.json");
  }
}

function fail(why: string): never {
  console.error(`evaluate: ${why.slice(0, 300)}`);
  process.exit(1);
}
