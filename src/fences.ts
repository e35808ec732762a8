/**
 * What each command of a lab may see and do: the one place where fences are drawn.
 *
 * | command   | writes            | reads beside the system                     | network           |
 * |-----------|-------------------|---------------------------------------------|-------------------|
 * | run, gate | its folder        | packages, prepared data                     | none, or as asked |
 * | evaluate  | a temporary folder| sealed copy, what the run left, held-out    | none              |
 *
 * The home, the lab's repository (ledger, sealed copies, held-out data, other runs, git) and other labs' state are
 * hidden from all of them. `prepare` is the person's own frozen code, runs before any agent and is not fenced.
 */
import { existsSync, realpathSync } from "node:fs";
import os from "node:os";
import { dirname, join, sep } from "node:path";
import type { DataFolders } from "./environment.ts";
import type { Program } from "./program.ts";
import { toolFolders } from "./sandbox/tools.ts";
import type { Fence } from "./sandbox.ts";
import { modulesUp } from "./util/node-modules.ts";
import type { Checkout } from "./workspace/checkouts.ts";
import { packageRoot, type Workspace } from "./workspace.ts";

export interface FencedFolders {
  readonly checkout: Checkout;
  readonly tmp: string;
  /** What `prepare` made for runs; undefined before it was prepared. */
  readonly data: string | undefined;
}

/** For a run and for a gate: code that an agent wrote. */
export function runFence(ws: Workspace, program: Program, { checkout, tmp, data }: FencedFolders): Fence {
  const { read, write, network } = program.sandbox;
  return {
    ...hiddenOf(ws),
    readable: [...packages(ws), ...links(ws, program), ...(data === undefined ? [] : [data]), ...read.map(untilde)],
    writable: [checkout.dir, ...write.map(untilde)],
    tmp,
    network: network ? "open" : "none",
  };
}

/** For the evaluator: sealed code that loads data which an agent's code left. */
export function evaluateFence(
  ws: Workspace,
  program: Program,
  folders: { readonly sealed: Checkout; readonly run: Checkout; readonly tmp: string } & DataFolders,
): Fence {
  const { sealed, run, tmp, data, heldOut } = folders;
  return {
    ...hiddenOf(ws),
    readable: [
      ...packages(ws),
      ...links(ws, program),
      sealed.dir,
      run.dir,
      data,
      heldOut,
      ...program.sandbox.read.map(untilde),
    ],
    writable: [],
    tmp,
    network: "none",
  };
}

/** For an agent that is a program: it writes in its worktree and looks at the history, no more. */
export function agentFence(
  ws: Workspace,
  program: Program,
  at: { readonly root: string; readonly tmp: string },
): Fence {
  return {
    ...hiddenOf(ws),
    readable: [...packages(ws), ...links(ws, program), ws.gitDir],
    writable: [at.root],
    tmp: at.tmp,
    network: "none",
  };
}

function hiddenOf(ws: Workspace): Pick<Fence, "hidden" | "covered"> {
  const home = os.homedir();
  return {
    hidden: [ws.root, ws.gitDir, outerState(ws)].filter((p): p is string => p !== undefined),
    covered: [
      // Held-out text of the shipped labs is in here, and the key of a registry in there.
      join(packageRoot(), "texts"),
      join(home, ".cargo", "credentials.toml"),
      join(home, ".cargo", "credentials"),
    ],
  };
}

/** A shipped lab's copy has neighbours below the same `.nightyard/labs`, each with held-out data of its own. */
function outerState(ws: Workspace): string | undefined {
  const at = ws.root.indexOf(`${sep}.nightyard${sep}`);
  return at < 0 ? undefined : ws.root.slice(0, at + sep.length + ".nightyard".length);
}

/** Where Node, and what it starts, looks for packages on its way up from a run's folder, and what those links mean. */
function packages(ws: Workspace): readonly string[] {
  const own = packageRoot();
  const parts = ["package.json", "bin", "dist", "src", "tensor"].map((part) => join(own, part));
  const found = [...modulesUp(join(ws.stateDir, "runs")), ...parts, ...modulesUp(own), ...toolFolders()];
  return [...new Set(found)].filter((path) => existsSync(path));
}

/** Ignored folders of the checkout that runs get as links: both the link's target and what that is itself a link to. */
function links(ws: Workspace, program: Program): readonly string[] {
  return program.links
    .map((link) => join(ws.labDir, link))
    .filter((path) => existsSync(path))
    .flatMap((path) => [path, realpathSync(path), ...interpreterOf(path)]);
}

/** A virtual environment is only links and packages: its Python lies where it was installed, often in the home. */
function interpreterOf(venv: string): readonly string[] {
  const python = join(venv, "bin", "python");
  if (!existsSync(join(venv, "pyvenv.cfg")) || !existsSync(python)) return [];
  const home = dirname(dirname(realpathSync(python)));
  // Never a folder above or at the home, whatever the link says: only a toolchain's own.
  return home.startsWith(`${os.homedir()}${sep}`) && existsSync(join(home, "lib")) ? [home] : [];
}

function untilde(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(os.homedir(), path.slice(1)) : path;
}
