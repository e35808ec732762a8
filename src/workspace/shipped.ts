/**
 * Labs that ship with the package are worked on in a repository of their own: a copy below `.nightyard/labs/` of the
 * folder in which the person is. The package's (or the clone's) own branch, index and history are left alone.
 */
import { cp, lstat, mkdir, readdir, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { git } from "../util/git.ts";
import { UserError } from "../util/user-error.ts";
import { exists, packageRoot } from "../workspace.ts";

const IDENTITY = {
  GIT_AUTHOR_NAME: "Nightyard",
  GIT_AUTHOR_EMAIL: "harness@nightyard.invalid",
  GIT_COMMITTER_NAME: "Nightyard",
  GIT_COMMITTER_EMAIL: "harness@nightyard.invalid",
};

/** Names of the labs that ship with this package. */
export async function shippedLabs(): Promise<readonly string[]> {
  const entries = await readdir(join(packageRoot(), "labs"), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** The name of the shipped lab that a path or a bare name means; undefined when it means something else. */
export async function shippedName(lab: string, cwd: string): Promise<string | undefined> {
  const at = await realpath(resolve(cwd, lab)).catch(() => undefined);
  const names = await shippedLabs();
  if (at === undefined) return names.includes(lab) ? lab : undefined;
  const labs = await realpath(join(packageRoot(), "labs"));
  const name = basename(at);
  return at === join(labs, name) && names.includes(name) ? name : undefined;
}

/** Where the copy of a shipped lab is or will be. */
export function copyOf(name: string, cwd: string): string {
  return join(cwd, ".nightyard", "labs", name);
}

/**
 * Makes the copy, or brings it to the package's present state by one more commit. Sessions that were begun on an
 * earlier state keep their base. Throws UserError when the place cannot be written.
 */
export async function copyShipped(name: string, cwd: string): Promise<string> {
  const to = copyOf(name, cwd);
  try {
    await mkdir(to, { recursive: true });
    await writeFile(join(cwd, ".nightyard", ".gitignore"), "*\n");
  } catch (cause) {
    throw new UserError(`${to}: cannot be written; the lab's copy lives there (${(cause as Error).message})`, {
      fix: "run from a folder of yours, for example: mkdir ~/night && cd ~/night",
      cause,
    });
  }
  if (!(await exists(join(to, ".git")))) await git(["init", "--quiet", "--initial-branch=main", to], { cwd });
  for (const entry of await readdir(to)) {
    if (![".git", ".nightyard", ".venv"].includes(entry)) await rm(join(to, entry), { recursive: true, force: true });
  }
  const from = join(packageRoot(), "labs", name);
  const wanted = (path: string) =>
    !/[\\/](node_modules|__pycache__|\.venv|\.nightyard[^\\/]*)$/.test(path.slice(from.length));
  await cp(from, to, { recursive: true, filter: wanted });
  await linkEnvironment(from, to);
  await git(["add", "--all", "."], { cwd: to });
  const changed = await git(["status", "--porcelain"], { cwd: to });
  const message = `the lab ${name} as it ships with nightyard`;
  if (changed !== "") await git(["commit", "--quiet", "-m", message], { cwd: to, env: IDENTITY });
  return to;
}

/** A Python environment may take gigabytes: that of the clone or package is linked, unless the copy has its own. */
async function linkEnvironment(from: string, to: string): Promise<void> {
  const link = join(to, ".venv");
  if ((await lstat(link).catch(() => undefined))?.isSymbolicLink()) await rm(link);
  if ((await exists(join(from, ".venv"))) && !(await exists(link))) await symlink(join(from, ".venv"), link);
}
