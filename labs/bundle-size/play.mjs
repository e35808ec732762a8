/**
 * Frozen: runs a bundle on inputs and answers its outputs; `check.ts` starts it in a process that may read no other
 * file, write none and start nothing. The expected outputs are never in this process.
 *
 * Reads `{ bundle, inputs: [[name, text], …] }` from standard input, writes a JSON list of the outputs. The bundle runs
 * in a context without require, process, timers or a host object, and cannot make code from strings.
 */
import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";

const SECONDS = 20;

const { bundle, inputs } = JSON.parse(readFileSync(0, "utf8"));
const context = createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false } });
const script = `"use strict"; var module = { exports: {} }, exports = module.exports;
${bundle}
;JSON.stringify(${JSON.stringify(inputs)}.map(([name, text]) => (typeof kit === "object" ? kit : module.exports)[name](text)))`;
const answer = runInContext(script, context, { timeout: SECONDS * 1000 });
process.stdout.write(typeof answer === "string" ? answer : "null");
