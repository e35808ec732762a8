// A gate: every test that passed when it was recorded still runs and still passes. Frozen: no agent edits it.
//
//   node nightyard/check-tests.mjs --record -- <command that prints a JUnit report>   once, then commit tests.txt
//   node nightyard/check-tests.mjs -- <the same command>
//
// A test that is skipped, renamed or gone is named; more tests than recorded are fine.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const LIST = fileURLToPath(new URL("tests.txt", import.meta.url));
const words = process.argv.slice(2);
const record = words[0] === "--record";
const [command, ...args] = process.argv.slice(process.argv.indexOf("--") + 1);

const ran = spawnSync(command, args, { encoding: "utf8", maxBuffer: 2 ** 28, stdio: ["ignore", "pipe", "inherit"] });
const passed = passedIn(ran.stdout ?? "");
if (record) {
  if (ran.status !== 0 || passed.length === 0)
    fail(`recorded nothing: ${passed.length} passed, exit code ${ran.status}`);
  writeFileSync(LIST, `${passed.join("\n")}\n`);
  console.log(`recorded ${passed.length} tests in nightyard/tests.txt; commit it`);
} else {
  if (!existsSync(LIST))
    fail(`nightyard/tests.txt is missing. Fix: node nightyard/check-tests.mjs --record ${words.join(" ")}`);
  const wanted = readFileSync(LIST, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  const missing = wanted.filter((name) => !passed.includes(name));
  if (missing.length > 0) fail(`${missing.length} of ${wanted.length} tests no longer pass, first: ${missing[0]}`);
  if (ran.status !== 0) fail(`the tests ended with exit code ${ran.status ?? ran.signal}`);
  console.log(`${wanted.length} tests still pass`);
}

/** Names of the test cases that passed, from a JUnit report; a case with a child element failed or was skipped. */
function passedIn(xml) {
  const names = [];
  for (const [, attributes, body = ""] of xml.matchAll(/<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g)) {
    if (/<(?:failure|error|skipped)\b/.test(body)) continue;
    const of = (name) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? "";
    names.push(`${of("classname")} ${of("name")}`.trim());
  }
  return [...new Set(names)].sort();
}

function fail(why) {
  console.error(why);
  process.exit(1);
}
