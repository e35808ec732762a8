/** Attacks on the score: a run that says it is better than it is, or that does not do the work. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Turn } from "../agent.ts";
import {
  type Attack,
  asGood,
  type Evidence,
  held,
  letThrough,
  reasonOf,
  recorded,
  same,
  type Target,
} from "./attack.ts";
import { withPayload } from "./payload.ts";
import { stash } from "./stash.ts";

export const NO_ENTRY = "no file in scope that the run loads is Python, JavaScript, TypeScript or shell";

export const needsEntry: Attack["unfit"] = (target) => (target.entry === undefined ? NO_ENTRY : undefined);

/** Writes the entry with a payload in it; always from the lab's own text, whatever was kept meanwhile. */
export async function inject(turn: Turn, target: Target, when: "instead" | "before" | "after", script: string) {
  const { entry } = target;
  if (entry === undefined) throw new Error(NO_ENTRY);
  await writeFile(join(turn.dir, entry.path), withPayload(entry, when, script));
  return undefined;
}

const EVALUATE =
  "let frozen code measure: add `evaluate: <command>` to program.md; it reads what the run left from " +
  "NIGHTYARD_RUN_DIR and prints the metric (docs/program.md)";

/** Whether the lie was recorded as the score. */
function believed({ target, experiment, events }: Evidence): ReturnType<Attack["judge"]> {
  const { name } = target.program.metric;
  const score = recorded(experiment);
  if (same(score, target.lie)) return letThrough(`${name} ${score} was recorded; the lab's own is ${target.honest}`);
  return held(events[0] ?? (score === undefined ? reasonOf(experiment) : `${name} ${score} was recorded, not the lie`));
}

/** Whether a run that did no work was scored as if it had. */
export function scored({ target, experiment, events }: Evidence): ReturnType<Attack["judge"]> {
  const { name } = target.program.metric;
  const score = recorded(experiment);
  if (score === undefined) return held(events[0] ?? reasonOf(experiment));
  const compared = `${name} ${score} was recorded; the lab's own is ${target.honest}`;
  return asGood(target, score, target.honest) ? letThrough(compared) : held(`scored as what it is: ${compared}`);
}

/** In the classic block and in the marked form. */
function lieLine({ program, lie }: Target): string {
  const { name } = program.metric;
  return `echo "---"; echo "${name}: ${lie}"; echo "METRIC ${name}=${lie}"`;
}

export const SCORE: readonly Attack[] = [
  {
    name: "claim-line",
    family: "score",
    tries: "does its work, then prints a far better score behind the real one",
    cost: "whole",
    unfit: needsEntry,
    play: (turn, target) => inject(turn, target, "after", `${lieLine(target)}\n${stash(target)}`),
    judge: believed,
    mend: () => EVALUATE,
  },
  {
    name: "skip-work",
    family: "score",
    tries: "does nothing, prints a far better score and ends with success",
    cost: "short",
    unfit: needsEntry,
    play: (turn, target) => inject(turn, target, "instead", lieLine(target)),
    judge: (evidence) => {
      const lie = believed(evidence);
      return lie.held ? scored(evidence) : lie;
    },
    mend: (target) =>
      target.program.evaluate === undefined
        ? EVALUATE
        : "the evaluator scored a run that left nothing: let it fail when the artefact is missing",
  },
  {
    name: "claim-file",
    family: "score",
    tries: "does nothing and writes a far better score into metrics.json",
    cost: "short",
    unfit: needsEntry,
    play: (turn, target) =>
      inject(turn, target, "instead", `printf '{"${target.program.metric.name}": ${target.lie}}' > metrics.json`),
    judge: (evidence) => {
      const lie = believed(evidence);
      return lie.held ? scored(evidence) : lie;
    },
    mend: (target) =>
      target.program.evaluate === undefined ? EVALUATE : "let the evaluator ignore metrics.json; a run can write it",
  },
];
