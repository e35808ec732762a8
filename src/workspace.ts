/**
 * Where a lab lives: its git repository, its folder in it, and the state folder `.nightyard` beside its files.
 *
 * The person's checkout, index, stash and current branch are never touched: proposals are made in worktrees, runs take
 * place in plain checkouts, both below the state folder, which ignores itself. The rest of this idea is in
 * `workspace/`: checkouts, proposal (scope and commit), refs (branch and kept proposals), seal (frozen files).
 */
import { access, mkdir, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Commit } from "./experiment.ts";
import { git, tryGit } from "./util/git.ts";
import { UserError } from "./util/user-error.ts";

export interface Workspace {
  /** Top of the repository's checkout; absolute. */
  readonly root: string;
  /** The lab's folder; absolute, inside `root`. */
  readonly labDir: string;
  /** Path of the lab inside the repository, with a trailing slash; "" when it is the whole repository. */
  readonly prefix: string;
  /** The repository's common git folder; absolute. */
  readonly gitDir: string;
  /** `<lab>/.nightyard`; absolute. */
  readonly stateDir: string;
}

/** Finds the repository of a lab folder; throws UserError when there is none or git is missing. Changes nothing. */
export async function openWorkspace(lab: string): Promise<Workspace> {
  const labDir = await realpath(resolve(lab)).catch(() => {
    throw new UserError(`${lab}: there is no such folder`, { fix: "nightyard init <folder>" });
  });
  const found = await tryGit(["rev-parse", "--path-format=absolute", "--show-toplevel", "--git-common-dir"], {
    cwd: labDir,
  }).catch((cause) => {
    throw new UserError("git was not found on PATH; a lab is a git folder", { fix: "apt-get install git", cause });
  });
  if (found.code !== 0) throw notARepository(labDir, found.stderr);
  const [top = "", gitDir = ""] = found.stdout.trimEnd().split("\n");
  const root = await realpath(top);
  const inside = relative(root, labDir).split(sep).join("/");
  const prefix = inside === "" ? "" : `${inside}/`;
  return { root, labDir, prefix, gitDir, stateDir: join(labDir, ".nightyard") };
}

function notARepository(labDir: string, stderr: string): UserError {
  if (/dubious ownership/.test(stderr)) {
    return new UserError(`${labDir}: git refuses this repository, because another user owns it`, {
      fix: `git config --global --add safe.directory '${labDir}'`,
    });
  }
  if (/must be run in a work tree/.test(stderr)) {
    return new UserError(`${labDir}: a bare repository has no files to work on; clone it first`);
  }
  return new UserError(`${labDir}: expected a git repository, found none`, {
    fix: `cd '${labDir}' && git init && git add . && git commit -m "the lab as it stands"`,
  });
}

/** The commit that HEAD names; throws UserError in a repository without commits or without the lab's files. */
export async function headCommit(ws: Workspace): Promise<Commit> {
  const head = await tryGit(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], { cwd: ws.root });
  if (head.code !== 0) {
    throw new UserError(`${ws.root}: the repository has no commit yet; a session starts from one`, {
      fix: `cd '${ws.root}' && git add . && git commit -m "the lab as it stands"`,
    });
  }
  const commit = head.stdout.trim() as Commit;
  const files = await git(["ls-tree", "--name-only", commit, ws.prefix === "" ? "." : ws.prefix], { cwd: ws.root });
  if (files.trim() === "") {
    throw new UserError(`${ws.labDir}: none of the lab's files are in the last commit (${commit.slice(0, 7)})`, {
      fix: `cd '${ws.labDir}' && git add . && git commit -m "add the lab"`,
    });
  }
  return commit;
}

/** Files of the checkout that differ from the last commit, at most 20: they are not part of a session. */
export async function uncommittedFiles(ws: Workspace): Promise<readonly string[]> {
  const out = await git(["status", "--porcelain", "--untracked-files=no", "-z", "--", "."], { cwd: ws.labDir });
  return out
    .split("\0")
    .filter((line) => line !== "")
    .slice(0, 20)
    .map((line) => line.slice(3));
}

/** Makes the state folder with its own .gitignore, and the links by which a lab finds `nightyard` and `tsx`. */
export async function ensureStateDir(ws: Workspace): Promise<void> {
  try {
    await mkdir(join(ws.stateDir, "node_modules"), { recursive: true });
    await writeFile(join(ws.stateDir, ".gitignore"), "*\n");
  } catch (cause) {
    throw new UserError(
      `${ws.stateDir}: cannot be written (${(cause as Error).message}); the state of a lab lives there`,
      {
        fix: `chmod u+w '${ws.labDir}'`,
        cause,
      },
    );
  }
  await link(packageRoot(), join(ws.stateDir, "node_modules", "nightyard"));
  await link(
    dirname(createRequire(import.meta.url).resolve("tsx/package.json")),
    join(ws.stateDir, "node_modules", "tsx"),
  );
}

/** The folder of this package: two levels above `src/` or `dist/src/`. */
export function packageRoot(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return here.endsWith(join("dist", "src")) ? resolve(here, "../..") : resolve(here, "..");
}

async function link(target: string, path: string): Promise<void> {
  const current = await realpath(path).catch(() => undefined);
  if (current === (await realpath(target))) return;
  await rm(path, { recursive: true, force: true });
  await symlink(target, path, "dir");
}

/** Whether a path is there. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
