/**
 * For a lab's own scripts: `import { metric } from "nightyard/metric"; metric("val_loss", 0.98);` prints the line that
 * Nightyard reads. The same in Python is `templates/shared/metric.py`, to copy. Imports nothing of the rest.
 */
import { writeSync } from "node:fs";

const NAME = /^[A-Za-z_][\w./-]{0,63}$/;
const STANDARD_OUTPUT = 1;

/** Writes `METRIC name=value` at once, on a line of its own; throws for NaN, Infinity, and a name nobody could read. */
export function metric(name: string, value: number): void {
  if (!NAME.test(name)) throw new RangeError(`metric "${name}": letters, digits and _ . / -, at most 64`);
  if (!Number.isFinite(value)) throw new RangeError(`metric ${name}: ${value} is not a finite number`);
  let rest = Buffer.from(`METRIC ${name}=${value}\n`);
  // Not console.log: what is buffered is lost when the process is ended.
  while (rest.length > 0) rest = rest.subarray(writeSome(rest));
}

/** A pipe that is full for the moment takes nothing; then it is tried again. */
function writeSome(bytes: Buffer): number {
  try {
    return writeSync(STANDARD_OUTPUT, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return 0;
    throw error;
  }
}
