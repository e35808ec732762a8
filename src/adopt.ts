/**
 * Proposes what a folder in the original layout needs to be a lab of its own: front matter for program.md and, where
 * train.py exposes its model, a sealed evaluator. Reads the folder's files as text, runs and writes nothing.
 *
 * A number is never invented: what could not be found is said in `missing`, with the flag that answers it.
 * Not covered: labs in TypeScript, which `nightyard init` serves.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { AdoptAnswers, Missing } from "./adopt/answers.ts";
import { type Change, insertion } from "./adopt/change.ts";
import { EVALUATOR_FILE, evaluatorText, exportLines } from "./adopt/evaluator.ts";
import { frontMatter } from "./adopt/front-matter.ts";
import { guardOf } from "./adopt/guard.ts";
import { type Metric, metricOf } from "./adopt/metric.ts";
import { exposedModel } from "./adopt/model.ts";
import { wholeText } from "./adopt/text.ts";
import { classicBody, classicOf } from "./program/classic.ts";
import { classicFacts } from "./program/classic-facts.ts";
import { cutFrontMatter } from "./program/yaml.ts";
import { UserError } from "./util/user-error.ts";

export interface Adoption {
  readonly metric: Metric | undefined;
  readonly provenance: "evaluated" | "self-reported";
  /** Empty when something needed is missing. */
  readonly changes: readonly Change[];
  readonly missing: readonly Missing[];
}

/** Looks at a lab's folder; throws UserError when it has no train.py or has front matter already. */
export async function proposeAdoption(labDir: string, answers: AdoptAnswers): Promise<Adoption> {
  const entries = await readdir(labDir, { withFileTypes: true });
  const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
  const train = await wholeText(join(labDir, "train.py"));
  if (train === undefined) {
    throw new UserError(`${labDir}: found no train.py; adopt is for the original layout`, { fix: "nightyard init" });
  }
  const program = await programAsIs(labDir);
  const facts = await classicFacts(labDir);
  const classic = classicOf(names, facts);
  if (classic === undefined) throw new Error("train.py is there and the layout is not classic");
  const found = metricOf(train, answers);
  if (found.metric === undefined) {
    return { metric: undefined, provenance: "self-reported", changes: [], missing: found.missing };
  }
  const guard = await guardOf(labDir, train, answers.guards);
  const sealed = await sealedChanges({ labDir, names, train, metric: found.metric.name, answers });
  const front = frontMatter({ labDir, classic, metric: found.metric, guards: guard.guards, sealed: sealed.provided });
  const text = program === "" ? `${front}${classicBody(classic)}` : front;
  return {
    metric: found.metric,
    provenance: sealed.provided ? "evaluated" : "self-reported",
    changes: [insertion("program.md", program, 0, text), ...sealed.changes],
    missing: [...found.missing, ...guard.missing, ...sealed.missing],
  };
}

/** The text of program.md, "" when there is none; refuses what it must not touch. */
async function programAsIs(labDir: string): Promise<string> {
  const text = (await wholeText(join(labDir, "program.md"))) ?? "";
  const mark = text.startsWith("\uFEFF") || text.includes("\r");
  if (cutFrontMatter(text).kind !== "none") {
    throw new UserError("program.md has front matter already; adopt writes over none", { fix: "nightyard doctor" });
  }
  if (!mark) return text;
  throw new UserError("program.md: found a byte order mark or carriage returns; a diff of it could not be applied", {
    fix: "sed -i 's/\\r$//; 1s/^\\xEF\\xBB\\xBF//' program.md",
  });
}

interface Sealed {
  readonly provided: boolean;
  readonly changes: readonly Change[];
  readonly missing: readonly Missing[];
}

async function sealedChanges(input: {
  readonly labDir: string;
  readonly names: readonly string[];
  readonly train: string;
  readonly metric: string;
  readonly answers: AdoptAnswers;
}): Promise<Sealed> {
  const { labDir, names, train, metric, answers } = input;
  const none = (what: string, ask: string): Sealed => {
    return { provided: false, changes: [], missing: [{ what, ask, needed: false }] };
  };
  if (answers.noEvaluator === true) return { provided: false, changes: [], missing: [] };
  if (names.includes(EVALUATOR_FILE)) {
    return none(`${EVALUATOR_FILE} is there already`, `evaluate: uv run ${EVALUATOR_FILE}, if it measures a run`);
  }
  const model = exposedModel(train, (await wholeText(join(labDir, "prepare.py"))) ?? "", metric);
  if ("why" in model) return none(`no sealed evaluator: ${model.why}`, "the metric stays self-reported");
  const changes = [
    insertion("train.py", train, model.line, exportLines(model)),
    insertion(EVALUATOR_FILE, "", 0, evaluatorText(model, metric)),
  ];
  return { provided: true, changes, missing: [] };
}
