/**
 * The defaults for a folder without front matter, so that the original autoresearch repository runs unchanged.
 *
 * The metric is what `train` prints itself (self-reported), and `prepare` keeps its data in the user's cache. Examples
 * and reasons: docs/original-layout.md.
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
  readonly budgetSeconds: number;
  readonly timeoutSeconds: number;
  /** Readable in spite of the hidden home: the data, and what was downloaded from Hugging Face. */
  readonly read: readonly string[];
}

/** What prepare.py says about itself, read from its text (`classic-facts.ts`). */
export interface ClassicFacts {
  /** Folders below ~/.cache that it names. */
  readonly caches: readonly string[];
  /** What it makes is there already. */
  readonly prepared: boolean;
  /** Its TIME_BUDGET, seconds. */
  readonly budgetSeconds?: number | undefined;
}

export const CLASSIC_METRIC = "val_bpb";
export const CLASSIC_BUDGET_SECONDS = 300;
export const CLASSIC_TIMEOUT_SECONDS = 600;

const NO_FACTS: ClassicFacts = { caches: ["autoresearch"], prepared: false };

/** The classic reading of a folder by the file names at its top, or undefined when there is nothing to train. */
export function classicOf(labFiles: readonly string[], facts: ClassicFacts = NO_FACTS): Classic | undefined {
  const has = (name: string) => labFiles.includes(name) || labFiles.includes(`${name}/`);
  if (has("train.py")) return classicPython(has, facts);
  if (!has("train.ts")) return undefined;
  const prepare = has("prepare.ts") ? "npx tsx prepare.ts" : undefined;
  const links = ["node_modules", ".venv"].filter(has);
  const times = { budgetSeconds: CLASSIC_BUDGET_SECONDS, timeoutSeconds: CLASSIC_TIMEOUT_SECONDS };
  return { train: "train.ts", run: "npx tsx train.ts", prepare, links, ambiguous: false, ...times, read: [] };
}

function classicPython(has: (name: string) => boolean, facts: ClassicFacts): Classic {
  const isProject = has("pyproject.toml");
  const links = ["node_modules", ".venv"].filter((name) => has(name) || (isProject && name === ".venv"));
  const budgetSeconds = facts.budgetSeconds ?? CLASSIC_BUDGET_SECONDS;
  return {
    train: "train.py",
    run: "uv run train.py",
    prepare: prepareOf(has("prepare.py") && !facts.prepared, isProject),
    links,
    ambiguous: has("train.ts"),
    budgetSeconds,
    timeoutSeconds: Math.max(CLASSIC_TIMEOUT_SECONDS, 2 * budgetSeconds),
    // Only the folder of downloads: the one above it holds the person's token.
    read: [...facts.caches.map((name) => `~/.cache/${name}`), "~/.cache/huggingface/hub"],
  };
}

/**
 * The data is made only where it is missing, as in the original: prepare.py run again could download more of it, and
 * numbers from before would mean something else. Inexact, because packages that the person added by hand stay.
 */
function prepareOf(data: boolean, isProject: boolean): string | undefined {
  if (data) return "uv run prepare.py";
  return isProject ? "uv sync --inexact" : undefined;
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
