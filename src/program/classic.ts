/**
 * The defaults for a folder without front matter, so that the original autoresearch repository runs unchanged.
 *
 * The metric is what `train` prints itself (self-reported), and `prepare` keeps its data in the user's cache.
 */
import { basename, resolve } from "node:path";

/** What a classic folder stands for; the rest are the ordinary defaults. */
export interface Classic {
  readonly train: "train.py" | "train.ts";
  readonly run: string;
  readonly prepare: string | undefined;
  /** Ignored folders that the classic commands need: the virtual environment, the packages. */
  readonly links: readonly string[];
  /** Both train.py and train.ts are there; the first was taken. */
  readonly ambiguous: boolean;
}

export const CLASSIC_METRIC = "val_bpb";
export const CLASSIC_BUDGET_SECONDS = 300;
export const CLASSIC_TIMEOUT_SECONDS = 600;

/** The classic reading of a folder by the file names at its top, or undefined when there is nothing to train. */
export function classicOf(labFiles: readonly string[]): Classic | undefined {
  const has = (name: string) => labFiles.includes(name);
  const links = ["node_modules", ".venv"].filter((folder) => has(folder) || has(`${folder}/`));
  if (has("train.py")) {
    const prepare = has("prepare.py") ? "uv run prepare.py" : undefined;
    return { train: "train.py", run: "uv run train.py", prepare, links, ambiguous: has("train.ts") };
  }
  if (!has("train.ts")) return undefined;
  const prepare = has("prepare.ts") ? "npx tsx prepare.ts" : undefined;
  return { train: "train.ts", run: "npx tsx train.ts", prepare, links, ambiguous: false };
}

/** The instruction for an agent when the person wrote none. */
export function classicBody(classic: Classic): string {
  const frozen = classic.prepare === undefined ? "" : ` ${classic.train.replace("train", "prepare")} is frozen.`;
  const task = `Lower ${CLASSIC_METRIC} by changing ${classic.train}, and nothing else.`;
  return `${task}${frozen} The time of a run is fixed.\n`;
}

/** A lab's name made from its folder's: lower-case letters and digits joined by hyphens, `lab` when nothing is left. */
export function labName(dir: string): string {
  const plain = basename(resolve(dir))
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-");
  const name = plain.slice(0, 64).replace(/^-+|-+$/g, "");
  return name === "" ? "lab" : name;
}
