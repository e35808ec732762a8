/**
 * `nightyard adopt`: shows what a repository in the original layout needs to say its constraints itself, as a diff on
 * standard output; what could not be found goes to standard error. Writes only with `--write`, and commits nothing.
 */
import { chmod, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Missing } from "../adopt/answers.ts";
import { diffOf } from "../adopt/change.ts";
import { wholeText } from "../adopt/text.ts";
import { type Adoption, proposeAdoption } from "../adopt.ts";
import { oneLine } from "../util/text.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import type { Workspace } from "../workspace.ts";
import { folderOrLab } from "./lab.ts";

export interface AdoptOptions {
  readonly metric?: string | undefined;
  readonly goal?: "minimize" | "maximize" | undefined;
  readonly guard: readonly string[];
  /** False: propose none. */
  readonly evaluator?: boolean | undefined;
  readonly write?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Answers 0 when there is a proposal, 3 when the person must say something first. */
export async function adoptCommand(lab: string, options: AdoptOptions): Promise<number> {
  const ws = await folderOrLab(lab);
  const { metric, goal } = options;
  const noEvaluator = options.evaluator === false;
  const adoption = await proposeAdoption(ws.labDir, { metric, goal, guards: options.guard, noEvaluator });
  const diff = adoption.changes.map((change) => diffOf(change, ws.prefix)).join("");
  const write = options.write === true && options.dryRun !== true && adoption.changes.length > 0;
  if (write) await writeAll(ws, adoption);
  process.stdout.write(options.json === true ? jsonOf(ws, adoption, diff, write) : diff);
  for (const missing of adoption.missing) process.stderr.write(`${lineOf(missing)}\n`);
  if (adoption.changes.length === 0) return EXIT.needsYou;
  process.stderr.write(nextText(lab, adoption, write));
  return EXIT.ok;
}

/** All files beside their places first, then each put in its place at once. */
async function writeAll(ws: Workspace, { changes }: Adoption): Promise<void> {
  const files = changes.map((change) => ({ ...change, file: join(ws.labDir, change.path) }));
  for (const { file, path, before } of files) {
    const now = (await wholeText(file)) ?? "";
    if (now !== before) {
      throw new UserError(`${path}: is not as it was read; nothing was written`, { fix: "nightyard adopt" });
    }
  }
  try {
    for (const { file, after } of files) {
      await writeFile(`${file}.nightyard-new`, after, { flag: "wx" });
      const mode = await stat(file).catch(() => undefined);
      if (mode !== undefined) await chmod(`${file}.nightyard-new`, mode.mode & 0o777);
    }
    for (const { file } of files) await rename(`${file}.nightyard-new`, file);
  } finally {
    for (const { file } of files) await rm(`${file}.nightyard-new`, { force: true });
  }
}

function lineOf({ what, ask, needed }: Missing): string {
  return oneLine(`${needed ? "needed" : "not found"}: ${what}. ${needed ? "Say" : "Then"}: ${ask}`, 1000);
}

function nextText(lab: string, { changes, provenance }: Adoption, written: boolean): string {
  const files = changes.map((change) => change.path).join(" ");
  const how = provenance === "evaluated" ? "evaluated by evaluate.py" : "self-reported";
  const first = written ? `written: ${files}; the metric is ${how}` : `would change: ${files}; the metric is ${how}`;
  const next = written
    ? `git add ${files} && git commit, then: nightyard doctor ${lab}`
    : `nightyard adopt ${lab} --write`;
  return `${first}\nnext: ${next}\n`;
}

function jsonOf(ws: Workspace, { metric, provenance, changes, missing }: Adoption, diff: string, written: boolean) {
  const files = changes.map(({ path, before, added }) => ({ path, isNew: before === "", added }));
  const whole = { version: 1, lab: ws.labDir, metric, provenance, written, changes: files, diff, missing };
  return `${JSON.stringify(whole)}\n`;
}
