/**
 * Harness overhead per experiment with an empty run, beside the same steps as a bare shell script.
 *
 *     npm run build && node --import tsx bench/overhead/main.ts [experiments]
 *
 * Ours: the real command line on a repository whose run prints a number and ends, with the `scripted` agent; the time
 * of an experiment is taken from the ledger's own clock, from its opening to its verdict, less the agent's turn and
 * nothing else; once with every command in the sandbox, once with `--no-sandbox`. Bare: edit, `git commit`, `sh run.sh > run.log`, `grep`, `git reset --hard HEAD~1`, in one shell.
 * Interleaved A B C A B C.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { closeLedger, entriesOf, readLedger } from "../../src/ledger.ts";

const EXPERIMENTS = Number(process.argv[2] ?? 40);
const ROUNDS = 3;
const COMMAND = fileURLToPath(new URL("../../bin/nightyard.js", import.meta.url));

const PROGRAM = `---
name: empty
description: Nothing to train.
metric: { name: score, goal: minimize, deterministic: true }
scope: [value.txt]
budget: 1s
timeout: 20s
run: sh run.sh
---
`;

/** Milliseconds per experiment by the ledger's clock: opening to verdict. */
function ours(dir: string, ...sandbox: readonly string[]): readonly number[] {
  makeRepo(dir);
  const steps = Array.from({ length: EXPERIMENTS }, (_, i) => ({
    edits: [{ write: "value.txt", text: `${100 + i}\n` }],
  }));
  const script = join(dir, "..", "steps.json");
  writeFileSync(script, JSON.stringify(steps));
  const args = [
    COMMAND,
    "run",
    dir,
    "--agent",
    `scripted:${script}`,
    "--experiments",
    String(EXPERIMENTS),
    "--tag",
    "b",
    ...sandbox,
  ];
  const result = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (result.status !== 0) throw new Error(result.stderr);
  const ledger = readLedger(join(dir, ".nightyard"));
  if (ledger === undefined) throw new Error("no ledger");
  const opened = new Map<number, number>();
  const thought = new Map<number, number>();
  const times: number[] = [];
  for (const { event, clock } of entriesOf(ledger, "b")) {
    if (event.type === "experiment-opened") opened.set(event.experiment, clock);
    if (event.type === "proposed") thought.set(event.experiment, event.usage.seconds * 1000);
    if (event.type === "judged" && event.experiment > 0) {
      const n = event.experiment;
      times.push(clock - (opened.get(n) ?? clock) - (thought.get(n) ?? 0));
    }
  }
  closeLedger(ledger);
  return times;
}

const BARE = `
for i in $(seq 1 $1); do
  s=$(date +%s%N)
  echo $((100 + i)) > value.txt
  git commit -qam "try $i"
  sh run.sh > run.log 2>&1
  grep '^score:' run.log > /dev/null
  git reset -q --hard HEAD~1
  echo $(( ($(date +%s%N) - s) / 1000 ))
done`;

/** Milliseconds per experiment of the shell steps. */
function bare(dir: string): readonly number[] {
  makeRepo(dir);
  const out = execFileSync("sh", ["-c", BARE, "sh", String(EXPERIMENTS)], { cwd: dir, encoding: "utf8" });
  return out
    .trim()
    .split("\n")
    .map((line) => Number(line) / 1000);
}

function makeRepo(dir: string): void {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "program.md"), PROGRAM);
  writeFileSync(join(dir, "value.txt"), "100\n");
  writeFileSync(join(dir, "run.sh"), 'echo "score: $(cat value.txt)"\n');
  for (const args of [
    ["init", "-q"],
    ["config", "user.name", "bench"],
    ["config", "user.email", "b@example.invalid"],
  ]) {
    execFileSync("git", args, { cwd: dir });
  }
  execFileSync("sh", ["-c", "git add . && git commit -qm lab"], { cwd: dir });
}

function quantile(xs: readonly number[], q: number): number {
  const sorted = [...xs].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

const root = mkdtempSync(join(os.tmpdir(), "nightyard-overhead-"));
const all = { fenced: [] as number[], ours: [] as number[], bare: [] as number[] };
for (let round = 0; round < ROUNDS; round++) {
  all.fenced.push(...ours(join(root, `fenced${round}`)));
  all.ours.push(...ours(join(root, `ours${round}`), "--no-sandbox"));
  all.bare.push(...bare(join(root, `bare${round}`)));
}
rmSync(root, { recursive: true, force: true });
console.log(`harness overhead per experiment, empty run, ${ROUNDS} × ${EXPERIMENTS} experiments, interleaved`);
console.log("                          median ms    p90 ms");
for (const [name, label] of [
  ["fenced", "nightyard, sandboxed"],
  ["ours", "nightyard --no-sandbox"],
  ["bare", "bare shell steps"],
] as const) {
  const xs = all[name];
  console.log(
    `${label.padEnd(24)} ${quantile(xs, 0.5).toFixed(1).padStart(10)} ${quantile(xs, 0.9).toFixed(1).padStart(9)}`,
  );
}
