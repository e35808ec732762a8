// A gate: the function gives the right answers, each of them twice. Frozen: no agent edits it.
import { deepStrictEqual } from "node:assert";
import { answers, call } from "./cases.mjs";

if (typeof call !== "function" || answers.length === 0) {
  console.error("nightyard/cases.mjs does not say yet what the function must answer");
  process.exit(1);
}
for (const { args, answer } of answers) {
  for (let time = 0; time < 2; time += 1) deepStrictEqual(call(...structuredClone(args)), answer);
}
console.log(`${answers.length} answers are right`);
