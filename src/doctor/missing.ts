/**
 * A run that works where the person stands and fails in a fresh checkout usually lacks a path that git does not know:
 * data, a built extension, a settings file. Found by linking such paths in and running again: what works is proven.
 */
import { git, tryGit } from "../util/git.ts";
import type { Workspace } from "../workspace.ts";
import { type Finding, fault } from "./finding.ts";
import { leftSeconds, type Trial, type TriedRun, tryRun, withLinks } from "./trial.ts";

const MAX_PATHS = 50;
/** Paths that the output names are tried alone, so many of them. */
const MAX_ALONE = 3;

/** Undefined when there is nothing that a checkout lacks, or the run gives no number with it either. */
export async function missingFinding(trial: Trial, failed: TriedRun, seed: number): Promise<Finding | undefined> {
  const paths = (await unknownPaths(trial.real)).filter((path) => !trial.program.links.includes(path));
  const named = paths.filter((path) => failed.log.includes(path.split("/").at(-1) ?? path)).slice(0, MAX_ALONE);
  const trials = [...named.map((path) => [path]), ...(paths.length > 1 || named.length === 0 ? [paths] : [])];
  for (const links of trials) {
    if (links.length === 0 || leftSeconds(trial) < 1) continue;
    const tried = await tryRun(await withLinks(trial, links), "linked", seed);
    if (tried.measurement.metric !== undefined) return proven(trial, links);
  }
  return undefined;
}

async function proven({ real }: Trial, paths: readonly string[]): Promise<Finding> {
  const isIgnored = async (path: string) =>
    (await tryGit(["check-ignore", "-q", "--", path], { cwd: real.labDir })).code === 0;
  const ignored = await Promise.all(paths.map(isIgnored));
  const links = paths.filter((_, i) => ignored[i]);
  const unknown = paths.filter((_, i) => !ignored[i]);
  const what = paths.length === 1 ? "which git does not know" : "at least one of which, unknown to git,";
  const text = `the run needs ${paths.join(", ")}, ${what} a fresh checkout lacks: with it the metric is there`;
  const fixes = [
    ...(links.length === 0 ? [] : [`links: [${links.join(", ")}] in program.md`]),
    ...(unknown.length === 0 ? [] : [`git add ${unknown.map((p) => `'${p}'`).join(" ")} && git commit`]),
  ];
  return fault("missing files", text, fixes.join("; "));
}

/** Paths beside the committed files, ignored ones too, whole folders as one. */
async function unknownPaths(ws: Workspace): Promise<readonly string[]> {
  const out = await git(["ls-files", "--others", "--directory", "-z", "--", "."], { cwd: ws.labDir });
  const usual = /^(?:\.nightyard|node_modules|\.venv|\.git|__pycache__|program\.md)$/;
  return out
    .split("\0")
    .map((path) => path.replace(/\/$/, ""))
    .filter((path) => path !== "" && !usual.test(path))
    .slice(0, MAX_PATHS);
}
