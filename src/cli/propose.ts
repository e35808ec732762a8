/**
 * `nightyard propose "…"`: the person's own change, through the same judgement. What is changed in the working tree (as
 * far as it is in scope), or a commit or branch, becomes a commit that nothing but a ref of ours names, and goes into
 * the spool; the next experiment takes it in the agent's place. Index, checkout, stash and branches stay as they are.
 */
import type { Commit } from "../experiment.ts";
import { inScope, type Program } from "../program.ts";
import { needProgram } from "../session.ts";
import { spoolId } from "../spool.ts";
import { oneLine, plainText } from "../util/text.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import {
  changedPaths,
  commitNamed,
  commitWorkingTree,
  mergeBase,
  ownChangeRef,
  pathsBetween,
} from "../workspace/own-change.ts";
import { keepProposal } from "../workspace/refs.ts";
import { ensureStateDir, headCommit, type Workspace } from "../workspace.ts";
import { workspaceForReading } from "./lab.ts";
import { leave, whenTaken } from "./note.ts";

export interface ProposeOptions {
  readonly from?: string | undefined;
  readonly description?: string | undefined;
  readonly lab?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

interface Change {
  readonly commit: Commit;
  /** Missing: where the commit and the champion have parted, which the loop finds out. */
  readonly base?: Commit | undefined;
  readonly paths: readonly string[];
  readonly left: readonly string[];
}

export async function proposeCommand(hypothesis: string, options: ProposeOptions): Promise<number> {
  const words = { hypothesis: oneLine(hypothesis, 200), description: plainText(options.description ?? "", 2000) };
  if (words.hypothesis === "") {
    throw new UserError("propose: expected a hypothesis in one line, found nothing", {
      fix: 'nightyard propose "a wider MLP learns more in the same time"',
    });
  }
  const ws = await workspaceForReading(options.lab);
  const program = await needProgram(ws);
  const change =
    options.from === undefined ? await fromTree(ws, program, words) : await fromCommit(ws, program, options.from);
  const what = `${change.commit.slice(0, 12)} (${list(change.paths)})`;
  const left = change.left.length === 0 ? "" : `; out of scope and left out: ${list(change.left)}`;
  if (options.dryRun) {
    process.stdout.write(`would hand in ${what}${left}: ${await whenTaken(ws, options.lab)}\n`);
    return EXIT.ok;
  }
  const id = spoolId();
  await ensureStateDir(ws);
  await keepProposal(ws, ownChangeRef(id), change.commit);
  await leave(ws, id, { kind: "change", commit: change.commit, base: change.base, ...words });
  process.stdout.write(`handed in ${what}${left}\n${await whenTaken(ws, options.lab)}\n`);
  return EXIT.ok;
}

/** What is not committed. Files out of scope (an edited program.md) are no part of it, and that is said. */
async function fromTree(ws: Workspace, program: Program, words: Words): Promise<Change> {
  const head = await headCommit(ws);
  const changed = await changedPaths(ws);
  const paths = changed.filter((path) => inScope(program, path));
  const left = changed.filter((path) => !paths.includes(path));
  const commit = paths.length === 0 ? undefined : await commitWorkingTree(ws, head, paths, words);
  if (commit !== undefined) return { commit, base: head, paths, left };
  const out = left.length === 0 ? "" : `; changed, but out of scope: ${list(left)}`;
  throw new UserError(`${ws.labDir}: nothing in scope (${program.scope.join(", ")}) differs from HEAD${out}`, {
    fix: "edit a file in scope, or: nightyard propose --from <commit> …",
  });
}

interface Words {
  readonly hypothesis: string;
  readonly description: string;
}

/** A commit or a branch, with all that it has since it left the history that the lab's HEAD knows. */
async function fromCommit(ws: Workspace, program: Program, name: string): Promise<Change> {
  const commit = await commitNamed(ws, name);
  if (commit === undefined) {
    throw new UserError(`--from: expected a commit or a branch, found "${oneLine(name, 100)}"`, {
      fix: "git log --all",
    });
  }
  const head = await headCommit(ws);
  const base = await mergeBase(ws, head, commit);
  if (base === undefined) {
    throw new UserError(`--from ${oneLine(name, 100)}: it has no common history with ${head.slice(0, 12)}`);
  }
  // A commit that HEAD has: its own change is meant.
  const from = base === commit ? await parentOf(ws, commit) : base;
  const paths = await pathsBetween(ws, from, commit);
  const out = paths.filter((path) => !inScope(program, path));
  if (out.length > 0) {
    throw new UserError(`--from ${oneLine(name, 100)}: it changes what is out of scope: ${list(out)}`, {
      fix: `git checkout ${name} -- <files in scope> && nightyard propose …`,
    });
  }
  return { commit, base: base === commit ? from : undefined, paths, left: [] };
}

async function parentOf(ws: Workspace, commit: Commit): Promise<Commit> {
  const parent = await commitNamed(ws, `${commit}^`);
  if (parent !== undefined) return parent;
  throw new UserError(`--from: ${commit.slice(0, 12)} is the first commit, so it changes nothing`);
}

function list(paths: readonly string[]): string {
  const shown = paths.slice(0, 5).map((path) => oneLine(path, 100));
  return paths.length > 5 ? `${shown.join(", ")} and ${paths.length - 5} more` : shown.join(", ");
}
