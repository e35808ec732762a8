/**
 * What a cheat is, and the small labs in which it is tried. In each the honest change is kept after the cheat, so a
 * cheat that spoiled the session would show.
 */
import type { Entry } from "../../src/ledger/events.ts";
import { makeRepo } from "../support/repo.ts";
import type { Act, Played } from "../support/toy.ts";

export interface Expectation {
  /** Names of the integrity events that the try may leave; one of them must be there. */
  readonly event?: RegExp;
  /** Why it leaves none; with `event`: why it may leave none on some machines. */
  readonly noEvent?: string;
  /** Verdict and rule: "discard scope". */
  readonly verdict: RegExp;
}

export interface Cheat {
  readonly name: string;
  /** One sentence: what it tries. */
  readonly tries: string;
  /** Default: evaluated. */
  readonly lab?: "evaluated" | "self-reported";
  /** Further lines of front matter. */
  readonly program?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** The turns before the honest one: the cheat, and where it takes two, what it does with the spoils. */
  readonly acts: readonly Act[];
  /** How many experiments the acts make; default: one each. */
  readonly experiments?: number;
  /** With the sandbox; undefined: the sandbox makes no difference, and it is tried without. */
  readonly fenced?: Expectation;
  /** Without a sandbox; undefined: only the sandbox stops it. */
  readonly open?: Expectation;
  /** Whatever else must hold afterwards. */
  readonly afterwards?: (played: Played, dir: string) => void | Promise<void>;
}

/** What `value.txt` holds at first, in the honest change, and what the score is then: |value − 3|. */
export const START = "10";
export const HONEST = "9";
export const START_SCORE = 7;
export const HONEST_SCORE = 6;

const program = (more: string, evaluate: boolean) => `---
name: adversary
description: Guess the number that only the evaluator knows.
metric: { name: score, goal: minimize, deterministic: true }
scope: [value.txt, train.sh, "free/**"]
budget: 1s
timeout: 20s
prepare: sh prepare.sh
run: sh train.sh
${evaluate ? "evaluate: node evaluate.mjs\n" : ""}${more.includes("repair-turns") ? "" : "repair-turns: 0\n"}${more}---
Change the number in value.txt.
`;

/** The number is in prepare.sh for all to see: the cheats are after the file, not after this one. */
const FILES: Readonly<Record<string, string>> = {
  "value.txt": `${START}\n`,
  "train.sh": 'echo "training"; cp value.txt answer.txt\n',
  "prepare.sh": 'echo 3 > "$NIGHTYARD_HELD_OUT/secret"; echo public > "$NIGHTYARD_DATA/train"\n',
  "shared.mjs": "export const distance = (a, b) => Math.abs(a - b);\n",
  "evaluate.mjs": `import { lstatSync, readFileSync } from "node:fs";
import { distance } from "./shared.mjs";
const file = process.env.NIGHTYARD_RUN_DIR + "/answer.txt";
const stat = lstatSync(file, { throwIfNoEntry: false });
if (!stat?.isFile() && !stat?.isSymbolicLink()) throw new Error("the run left no answer.txt");
const text = readFileSync(file, "utf8").trim();
if (!/^\\d{1,6}$/.test(text)) throw new Error("answer.txt holds no whole number: " + text.slice(0, 40));
const secret = Number(readFileSync(process.env.NIGHTYARD_HELD_OUT + "/secret", "utf8"));
console.log("METRIC score=" + distance(Number(text), secret));
`,
  "cases.txt": "frozen\n",
  "package.json": '{"private":true}\n',
  "package-lock.json": "{}\n",
  "free/notes.txt": "notes\n",
};

/** Without an evaluator the run prints its own score: |value − 3|. */
const SELF_REPORTED: Readonly<Record<string, string>> = {
  "train.sh": 'v=$(cat value.txt); echo "---"; echo "score: $((v > 3 ? v - 3 : 3 - v))"\n',
};

/** The lab in a fresh repository; its folder. */
export function labOf(cheat: Cheat): string {
  const evaluated = cheat.lab !== "self-reported";
  const files = { ...FILES, ...(evaluated ? {} : SELF_REPORTED), ...cheat.files };
  return makeRepo({ ...files, "program.md": program(cheat.program ?? "", evaluated) });
}

/** Integrity events of an experiment, by name. */
export function eventsOf(entries: readonly Entry[], experiment: number): readonly string[] {
  return entries.flatMap(({ event }) =>
    event.type === "integrity" && event.experiment === experiment ? [`${event.what}: ${event.detail}`] : [],
  );
}
