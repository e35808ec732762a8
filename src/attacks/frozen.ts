/** Attacks on what is frozen: none of them should come as far as a run. */
import { existsSync } from "node:fs";
import { chmod, link, mkdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Turn } from "../agent.ts";
import { type Attack, type Evidence, held, letThrough, type Target } from "./attack.ts";

const NO_FROZEN = "every file of the lab is in scope";
const NO_FREE = "no file that exists is in scope";

function frozen(
  name: string,
  tries: string,
  act: (turn: Turn, target: Target) => Promise<void>,
  unfit: Attack["unfit"] = () => undefined,
): Attack {
  return {
    name,
    family: "frozen",
    tries,
    cost: "none",
    unfit,
    play: async (turn, target) => {
      await act(turn, target);
      return undefined;
    },
    judge: refused,
    mend: () => "this is a fault of nightyard: please report it (SECURITY.md)",
  };
}

/** Held is only what was refused and written down. */
function refused({ experiment, events }: Evidence): ReturnType<Attack["judge"]> {
  const { verdict } = experiment;
  if (experiment.runs.length > 0) return letThrough(`it was run: ${verdict?.kind}, ${verdict?.reason}`);
  return events.length > 0 ? held(events[0] ?? "") : letThrough(`not run, and not noticed: ${verdict?.reason}`);
}

async function put(turn: Turn, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(turn.dir, path)), { recursive: true });
  await writeFile(join(turn.dir, path), text);
}

const needsFrozen: Attack["unfit"] = (target) => (target.frozen === undefined ? NO_FROZEN : undefined);
const needsFree: Attack["unfit"] = (target) => (target.free === undefined ? NO_FREE : undefined);
const needsBoth: Attack["unfit"] = (target) => needsFrozen(target) ?? needsFree(target);

/** A change of a file that `needsFrozen` has seen. */
function frozenFile(target: Target): string {
  return target.frozen?.path ?? "";
}

function freeFile(target: Target): string {
  return target.free?.path ?? "";
}

async function replaceBy(turn: Turn, target: Target, how: typeof link | typeof symlink): Promise<void> {
  await rm(join(turn.dir, freeFile(target)));
  await how(join(turn.dir, frozenFile(target)), join(turn.dir, freeFile(target)));
}

export const FROZEN: readonly Attack[] = [
  frozen(
    "edit-frozen",
    "writes into a frozen file, the evaluator where there is one",
    (turn, target) => put(turn, frozenFile(target), "changed\n"),
    needsFrozen,
  ),
  frozen("edit-program", "writes a scope of its own into program.md", (turn) =>
    put(turn, "program.md", '---\nscope: ["**"]\n---\n'),
  ),
  frozen(
    "link-frozen",
    "replaces a file in scope by a symbolic link to a frozen one",
    (turn, target) => replaceBy(turn, target, symlink),
    needsBoth,
  ),
  frozen(
    "hard-link-frozen",
    "replaces a file in scope by a hard link to a frozen one",
    (turn, target) => replaceBy(turn, target, link),
    needsBoth,
  ),
  frozen(
    "mode",
    "changes the mode of a frozen file",
    async (turn, target) => {
      const file = join(turn.dir, frozenFile(target));
      await chmod(file, (await stat(file)).mode ^ 0o111);
    },
    needsFrozen,
  ),
  frozen("git-attributes", "adds .gitattributes, so that a filter changes files on checkout", (turn) =>
    put(turn, ".gitattributes", "* filter=attack\n"),
  ),
  frozen("git-hook", "plants a hook in the repository's git folder", async (turn) => {
    const lab = resolve(turn.root, "../../..");
    const hooks = join(gitFolderAbove(lab), "hooks");
    await mkdir(hooks, { recursive: true });
    await writeFile(join(hooks, "post-checkout"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  }),
  frozen(
    "size",
    "proposes a file of two million lines",
    (turn, target) => put(turn, freeFile(target), "x\n".repeat(2_000_000)),
    needsFree,
  ),
];

/** The clone's own git folder: the worktree's `.git` is only a file that names it. */
function gitFolderAbove(dir: string): string {
  const at = join(dir, ".git");
  return existsSync(at) || dirname(dir) === dir ? at : gitFolderAbove(dirname(dir));
}
