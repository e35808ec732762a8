// Grades the answers of a run: the share of cases in which all that is expected is there. Frozen; the sealed copy runs.
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const expected = process.env.NIGHTYARD_HELD_OUT;
const answers = join(process.env.NIGHTYARD_RUN_DIR, "answers");
const files = readdirSync(expected).filter((name) => name.endsWith(".txt"));
const passed = files.filter((name) => {
  const answer = read(join(answers, name.replace(/\.txt$/, ".md"))).toLowerCase();
  const lines = readFileSync(join(expected, name), "utf8")
    .toLowerCase()
    .split("\n")
    .map((line) => line.trim());
  const wanted = lines.filter((line) => line !== "");
  if (wanted.length === 0) throw new Error(`${name}: nothing is expected, so nothing can be wrong`);
  return wanted.every((line) => (line.startsWith("!") ? !answer.includes(line.slice(1)) : answer.includes(line)));
});
console.log(`METRIC pass_rate=${passed.length / files.length}`);
console.log(`METRIC cases=${files.length}`);

/** A missing answer is a wrong one; a link could be the expected text itself. */
function read(file) {
  return lstatSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file, "utf8") : "";
}
