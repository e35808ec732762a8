/**
 * What the local runner adds to a run: `npm run build && node --import tsx bench/runner/main.ts [times]`.
 *
 * Runs the command `true` again and again: by Node's own spawn (the peer), by `execute` (gates, evaluate), and as a job
 * (submit and wait, with a supervisor of its own). All interleaved, so that noise falls on all alike. "Right after"
 * comes in this order after an execution of some 20 ms: the spare supervisor has only begun to start. Uses the compiled
 * code in dist/, as an installed Nightyard does. Prints median and the slowest tenth, in milliseconds.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type * as ExecuteModule from "../../src/execute.ts";
import type { Job } from "../../src/runner.ts";
import type * as LocalModule from "../../src/runners/local.ts";

const times = Number(process.argv[2] ?? 30);
const dist = new URL("../../dist/src/", import.meta.url);
if (!existsSync(new URL("runners/local.js", dist))) {
  console.error("dist/ is not built\nfix: npm run build");
  process.exit(2);
}
const { execute } = (await import(new URL("execute.js", dist).href)) as typeof ExecuteModule;
const { local } = (await import(new URL("runners/local.js", dist).href)) as typeof LocalModule;

const root = mkdtempSync(join(tmpdir(), "nightyard-bench-"));
const env = { PATH: process.env.PATH ?? "/usr/bin:/bin" };
const runner = local();

function plainSpawn(): Promise<number> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn("/bin/sh", ["-c", "true"], { env, stdio: "ignore" });
    child.once("error", reject).once("close", () => resolve(performance.now() - start));
  });
}

async function executeOnce(): Promise<number> {
  const start = performance.now();
  await execute({ command: "true", dir: root, env, timeoutSeconds: 60, outputLimitBytes: 1000 });
  return performance.now() - start;
}

/** In a session evaluation, judgement and the next checkout lie between two runs; that is when the spare gets ready. */
const PAUSE_MS = 250;

async function submitAndWait(index: string): Promise<number> {
  const job: Job = {
    name: `empty-${index}`,
    dir: root,
    command: "true",
    fence: [],
    env,
    timeoutSeconds: 60,
    logFile: join(root, "empty.log"),
    logLimitBytes: 1_000_000,
    stateDir: join(root, "state"),
  };
  const start = performance.now();
  await runner.submit(job);
  const { outcome } = await runner.wait(job, new AbortController().signal);
  if (outcome.kind !== "finished") throw new Error(`an empty run ended as ${JSON.stringify(outcome)}`);
  return performance.now() - start;
}

const ways: readonly (readonly [name: string, once: (index: number) => Promise<number>])[] = [
  ["child_process.spawn, sh -c true", plainSpawn],
  ["execute, in this process", executeOnce],
  ["submit + wait, right after the last", (index) => submitAndWait(`at-once-${index}`)],
  [
    `submit + wait, ${PAUSE_MS} ms after the last`,
    (index) => sleep(PAUSE_MS).then(() => submitAndWait(`paused-${index}`)),
  ],
];
const taken = ways.map((): number[] => []);
for (let index = 0; index < times; index++) {
  for (const [way, [, once]] of ways.entries()) taken[way]?.push(await once(index));
}
rmSync(root, { recursive: true, force: true });

console.log(`an empty run, ${times} times each, ${cpus().length} cores, Node ${process.version}`);
console.log(`${"".padEnd(40)}${"median ms".padStart(12)}${"p90 ms".padStart(12)}`);
for (const [way, [name]] of ways.entries()) {
  const sorted = (taken[way] ?? []).sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(1).padStart(12);
  console.log(`${name.padEnd(40)}${at(0.5)}${at(0.9)}`);
}
