// Prints how often per second the function is called, over all inputs in turn. Frozen: no agent edits it.
import { call, inputs } from "./cases.mjs";

if (typeof call !== "function" || inputs.length === 0) {
  console.error("nightyard/cases.mjs does not say yet which function is called, and with what");
  process.exit(1);
}
const SECONDS = Number(process.env.NIGHTYARD_MEASURE_SECONDS ?? 1);
let keep;
const callsFor = (seconds) => {
  const began = performance.now();
  let calls = 0;
  do {
    for (const args of inputs) keep = await_(call(...structuredClone(args)));
    calls += inputs.length;
  } while (performance.now() - began < seconds * 1000);
  return calls / ((performance.now() - began) / 1000);
};
// A promise that nobody waits for would make any function fast.
const await_ = (value) => {
  if (typeof value?.then === "function") throw new Error("the function is asynchronous: await it in cases.mjs");
  return value;
};
callsFor(SECONDS / 4);
console.log(`METRIC calls_per_second=${callsFor(SECONDS)}`);
if (keep === Symbol.for("never")) console.log(keep);
