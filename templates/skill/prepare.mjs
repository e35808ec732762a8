// Lays the cases out: what is asked for the runs, what is expected for the grader alone. Frozen; runs once.
import { copyFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CASES = fileURLToPath(new URL("cases/", import.meta.url));
const names = readdirSync(CASES, { withFileTypes: true }).filter((entry) => entry.isDirectory());
if (names.length === 0) {
  console.error("nightyard/cases: no case yet; nightyard/cases/README.md says what one is");
  process.exit(1);
}
for (const { name } of names) {
  copyFileSync(join(CASES, name, "input.md"), join(process.env.NIGHTYARD_DATA, `${name}.md`));
  copyFileSync(join(CASES, name, "expected.txt"), join(process.env.NIGHTYARD_HELD_OUT, `${name}.txt`));
}
console.log(`${names.length} cases`);
