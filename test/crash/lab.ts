/**
 * The lab on which the crash suite kills: a session with a bit of everything (keeps, discards, a duplicate, a proposal
 * out of scope, a turn without a change, a crash with and one without a repair, confirming runs), whose course does not
 * depend on when it is killed, and a person's checkout with work in it.
 *
 * Each execution of a run appends a line to a witness file outside the lab, so it is started without a sandbox.
 */
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeRepo, sh, TOY_FILES, TOY_PROGRAM, tempDir, writeFiles } from "../support/repo.ts";

export interface CrashLab {
  readonly dir: string;
  /** Steps of the scripted agent. */
  readonly script: string;
  /** One line per execution of a run: the job's mark and a value that no two executions share. */
  readonly witness: string;
  /** What the person's checkout and git are like, hashed. */
  readonly person: ReadonlyMap<string, string>;
}

export const EXPERIMENTS = 8;

const usage = { inputTokens: 100, outputTokens: 10, dollars: 0.25 };
const write = (text: string) => ({ edits: [{ write: "value.txt", text }], hypothesis: `try ${text}`, usage });

const STEPS = [
  write("9\n"),
  write("12\n"),
  write("12\n"),
  {
    edits: [
      { write: "run.sh", text: "echo score: 0\n" },
      // Within the scope: what can be kept of a refused proposal is, as evidence.
      { write: "value.txt", text: "1\n" },
    ],
    hypothesis: "cheat",
    usage,
  },
  // The repair turn begins on the crashed change: so it is known without memory which turn this is.
  {
    command: 'if grep -q bad value.txt; then echo 8 > value.txt; else echo "bad one" > value.txt; fi',
    hypothesis: "crash, then mend",
    usage,
  },
  { answer: "noChange", usage },
  { edits: [{ write: "value.txt", text: "bad two\n" }], hypothesis: "crash for good", usage },
  write("7\n"),
];

/** What the ledger must say in the end, whenever it was killed. */
export const EXPECTED = {
  verdicts: [
    "0 keep baseline",
    "1 keep judge",
    "2 discard judge",
    "3 discard duplicate",
    "4 discard scope",
    "5 keep judge",
    "6 discard no change",
    "7 crash crash",
    "8 keep judge",
  ],
  turns: [
    [],
    ["proposed"],
    ["proposed"],
    ["duplicate"],
    ["outOfScope"],
    ["proposed", "proposed"],
    ["noChange"],
    ["proposed", "duplicate"],
    ["proposed"],
  ],
  /** Runs that ended by themselves, per experiment; the first and the last have one fresh run to confirm the gain. */
  runs: [2, 1, 1, 0, 0, 2, 0, 1, 2],
  usage: { inputTokens: 1000, outputTokens: 100, dollars: 2.5 },
  /** Hypotheses on the branch, newest first. */
  branch: ["try 7", "crash, then mend", "try 9", "the lab"],
  refs: ["1", "2", "4-refused-0", "5", "5-repair-1", "7", "8"],
};

export function makeLab(): CrashLab {
  const outside = tempDir();
  const witness = join(outside, "witness");
  const script = join(outside, "steps.json");
  writeFileSync(witness, "");
  writeFileSync(script, JSON.stringify(STEPS));
  const run = [
    `echo "$NIGHTYARD_JOB $(cat /proc/sys/kernel/random/uuid)" >> '${witness}'`,
    "if grep -q bad value.txt; then exit 1; fi",
    'echo "---"; echo "score: $(cat value.txt)"',
  ];
  const dir = makeRepo({
    ...TOY_FILES,
    "program.md": TOY_PROGRAM.replace("run: sh run.sh", 'run: sh run.sh\ngates: ["test -s value.txt"]'),
    "run.sh": `${run.join("\n")}\n`,
  });
  sh(dir, "switch", "--quiet", "-c", "work");
  writeFiles(dir, { "README.md": "put away\n" });
  sh(dir, "stash", "push", "--quiet", "-m", "for later");
  writeFiles(dir, { "staged.txt": "staged\n", "notes.txt": "not tracked\n", "README.md": "being edited\n" });
  sh(dir, "add", "staged.txt");
  return { dir, script, witness, person: personOf(dir) };
}

/** What of the git folder is the harness's, or only grows (objects). */
const OURS =
  /^\.nightyard\/|^\.git\/(objects|worktrees|refs\/nightyard|logs\/refs\/nightyard|(logs\/)?refs\/heads\/autoresearch)(\/|$)/;

/** A hash per file of the person's checkout and of git's own files: index, HEAD, branches, stash, settings, hooks. */
export function personOf(dir: string): ReadonlyMap<string, string> {
  const names = readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((name) => !OURS.test(`${name}/`));
  const files = names.filter((name) => !OURS.test(name) && lstatSync(join(dir, name)).isFile()).toSorted();
  return new Map(
    files.map((name) => {
      const mode = lstatSync(join(dir, name)).mode.toString(8);
      const hash = createHash("sha256")
        .update(readFileSync(join(dir, name)))
        .digest("hex");
      return [name, `${mode} ${hash}`];
    }),
  );
}
