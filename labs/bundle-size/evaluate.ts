/**
 * Frozen: what a run is worth: the bytes of the bundle that it left, compressed by gzip at level 9. The bundle is data
 * here and never executed.
 *
 * The bundle is made once more from the run's sources, by the sealed build.ts, and must be the same to the byte: what
 * is weighed is what the gate had tested. Not covered: another version of Node may compress to a few bytes more or
 * less.
 *
 *   NIGHTYARD_RUN_DIR   the lab folder of the run; default: this one
 */
import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { bundle, MAX_BYTES } from "./build.ts";

const dir = process.env.NIGHTYARD_RUN_DIR ?? ".";
try {
  const left = readBundle(join(dir, "dist", "bundle.js"));
  if (left.length === 0) throw new Error("the bundle is empty");
  if (!left.equals(Buffer.from(bundle(dir)))) throw new Error("the bundle is not what the sources and settings make");
  console.log(`METRIC gzip_bytes=${gzipSync(left, { level: 9 }).length}`);
  console.log(`METRIC bundle_bytes=${left.length}`);
} catch (error) {
  const why = error instanceof Error ? error.message : String(error);
  console.error(`evaluate: ${why.replace(/[\x00-\x1f\x7f]+/g, " ").slice(0, 300)}`);
  process.exit(1);
}

function readBundle(file: string): Buffer {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined) throw new Error("the run left no dist/bundle.js");
  if (!stat.isFile()) throw new Error("dist/bundle.js is no plain file");
  if (stat.size > MAX_BYTES) throw new Error(`dist/bundle.js is larger than ${MAX_BYTES} bytes`);
  return readFileSync(file);
}
