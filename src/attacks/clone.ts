/**
 * A throw-away copy of a lab's repository to attack: the person's checkout, branch and ledger are not touched.
 *
 * The copy measures each thing once (its program.md says `deterministic`), because an attack is judged by what was
 * recorded, not by whether it would be kept. What `prepare` made for the lab before is copied and not made again.
 */
import { constants } from "node:fs";
import { cp, lstat, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import { dirname, join } from "node:path";
import { parseDocument, stringify } from "yaml";
import type { Commit } from "../experiment.ts";
import type { Program } from "../program.ts";
import { git } from "../util/git.ts";
import { exists, openWorkspace, type Workspace } from "../workspace.ts";

export interface Clone {
  readonly ws: Workspace;
  /** Removes it. */
  readonly remove: () => Promise<void>;
}

/** Folders that git ignores and without which most labs do not run. */
const USUAL_LINKS = ["node_modules", ".venv"];

/** Copies the lab as it stands at `commit`, with the person's program.md. */
export async function cloneLab(ws: Workspace, program: Program, commit: Commit, budget?: number): Promise<Clone> {
  const dir = await mkdtemp(join(os.tmpdir(), "nightyard-attack-"));
  const remove = () => rm(dir, { recursive: true, force: true });
  try {
    const root = join(dir, "lab");
    await git(["clone", "--quiet", "--no-hardlinks", "--no-checkout", ws.root, root], { cwd: dir });
    await git(["checkout", "--quiet", "--detach", commit], { cwd: root });
    await git(["remote", "remove", "origin"], { cwd: root });
    const labDir = join(root, ws.prefix);
    for (const link of new Set([...USUAL_LINKS, ...program.links])) await linkInto(ws.labDir, labDir, link);
    for (const link of USUAL_LINKS) if (ws.prefix !== "") await linkInto(ws.root, root, link);
    await writeFile(join(labDir, "program.md"), programFor(program, budget));
    await copyData(ws, labDir);
    return { ws: await openWorkspace(labDir), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function linkInto(from: string, to: string, path: string): Promise<void> {
  const [target, at] = [join(from, path), join(to, path)];
  if (!(await exists(target)) || (await exists(at))) return;
  await mkdir(dirname(at), { recursive: true });
  await symlink(target, at);
}

async function copyData(ws: Workspace, labDir: string): Promise<void> {
  const from = join(ws.stateDir, "data");
  if (!(await lstat(from).catch(() => undefined))?.isDirectory()) return;
  const unfinished = (path: string) => path.endsWith(".new");
  await cp(from, join(labDir, ".nightyard", "data"), {
    recursive: true,
    filter: (path) => !unfinished(path),
    mode: constants.COPYFILE_FICLONE,
  });
}

/** The program with one run for each measurement, no repairs and no confirmation. */
export function programFor(program: Program, budget?: number): string {
  const cut = /^\uFEFF?---\r?\n([\s\S]*?\n)---[ \t]*(?:\r?\n|$)/.exec(program.text);
  const doc = parseDocument(cut?.[1] ?? stringify(classicFields(program)));
  doc.setIn(["metric", "deterministic"], true);
  for (const field of ["early-stop", "confirm-runs", "repair-turns"]) doc.delete(field);
  // A file that is replaced as a whole loses its seed lines too; the attack is after something else.
  doc.set("randomness", "flag");
  doc.set("confirm-runs", 0);
  doc.set("repair-turns", 0);
  if (budget !== undefined) {
    doc.set("budget", `${budget}s`);
    doc.set("timeout", `${Math.max(budget + 60, Math.min(program.timeoutSeconds, 3 * budget + 60))}s`);
  }
  const body = cut === null ? program.body : program.text.slice(cut[0].length);
  return `---\n${doc.toString()}---\n${body}`;
}

/** A lab without front matter is given what it has by default. */
function classicFields(program: Program): Record<string, unknown> {
  const { metric, prepare } = program;
  return {
    name: "lab",
    description: program.description,
    metric: { name: metric.name, goal: metric.goal },
    scope: [...program.scope],
    budget: `${program.budgetSeconds}s`,
    timeout: `${program.timeoutSeconds}s`,
    ...(prepare === undefined ? {} : { prepare }),
    run: program.run,
    ...(program.links.length === 0 ? {} : { links: [...program.links] }),
  };
}

/** A file of the lab as text; undefined when it is not there or is no text. */
export async function readLabFile(labDir: string, path: string): Promise<string | undefined> {
  const bytes = await readFile(join(labDir, path)).catch(() => undefined);
  return bytes === undefined || bytes.includes(0) ? undefined : bytes.toString("utf8");
}
