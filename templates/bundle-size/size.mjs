// Measures what a build made: `node nightyard/size.mjs dist`. Frozen; runs from the sealed copy and only reads.
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const folder = join(process.env.NIGHTYARD_RUN_DIR ?? ".", process.argv[2] ?? "dist");
const files = readdirSync(folder, { recursive: true })
  .map((name) => join(folder, name))
  // Source maps are not shipped to anybody; links could point at anything.
  .filter((path) => lstatSync(path).isFile() && !path.endsWith(".map"));
if (files.length === 0) {
  console.error(`${folder}: no file was built, so there is nothing to measure`);
  process.exit(1);
}
const contents = files.map((path) => readFileSync(path));
const sum = (sizes) => sizes.reduce((total, size) => total + size, 0);
console.log(`METRIC gzip_bytes=${sum(contents.map((bytes) => gzipSync(bytes, { level: 9 }).length))}`);
console.log(`METRIC bytes=${sum(contents.map((bytes) => bytes.length))}`);
console.log(`METRIC files=${files.length}`);
