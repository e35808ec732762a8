/**
 * Runs a lab's `prepare` once per state of its inputs, from the sealed copy, and keeps what it made.
 *
 * The folder's name is a hash of the command and of every frozen file, so an edit of a frozen file prepares anew and
 * nothing else does. It appears under its final name only when the command succeeded.
 */
import { createHash } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { commandEnv, type DataFolders } from "./environment.ts";
import { execute } from "./execute.ts";
import { describeOutcome } from "./experiment.ts";
import { inScope, type Program } from "./program.ts";
import { digest, type Manifest, takeManifest } from "./util/manifest.ts";
import { tail } from "./util/text.ts";
import { EXIT, UserError } from "./util/user-error.ts";
import type { Seal } from "./workspace/seal.ts";
import { exists, type Workspace } from "./workspace.ts";

export interface Prepared extends DataFolders {
  /** Of both folders, to notice a change; paths begin with `data/` or `held-out/`. */
  readonly manifest: Manifest;
  readonly dir: string;
}

/** Makes sure that the data is there; throws UserError with the end of the log when `prepare` fails. */
export async function prepare(ws: Workspace, program: Program, seal: Seal, signal: AbortSignal): Promise<Prepared> {
  const dir = join(ws.stateDir, "data", keyOf(ws, program, seal));
  if (!(await exists(dir))) await make(ws, program, seal, { dir, signal });
  return { dir, data: join(dir, "data"), heldOut: join(dir, "held-out"), manifest: await takeManifest(dir) };
}

async function make(
  ws: Workspace,
  program: Program,
  seal: Seal,
  { dir, signal }: { dir: string; signal: AbortSignal },
): Promise<void> {
  const fresh = `${dir}.new`;
  await rm(fresh, { recursive: true, force: true });
  for (const folder of ["data", "held-out", "tmp"]) await mkdir(join(fresh, folder), { recursive: true });
  if (program.prepare !== undefined) {
    const env = {
      ...commandEnv(ws, program, { tmp: join(fresh, "tmp"), data: join(fresh, "data"), prepares: true }),
      ...(await pythonHome(ws)),
      NIGHTYARD_HELD_OUT: join(fresh, "held-out"),
    };
    const timeoutSeconds = program.prepareTimeoutSeconds;
    const result = await execute({
      command: program.prepare,
      dir: seal.checkout.labDir,
      env,
      timeoutSeconds,
      outputLimitBytes: 256 * 1024,
      signal,
    });
    signal.throwIfAborted();
    if (result.outcome.kind !== "finished") {
      const log = tail(`${result.stdout}\n${result.stderr}`.trim(), 2000);
      throw new UserError(`${log}\nprepare: \`${program.prepare}\` ${describeOutcome(result.outcome)}`, {
        exitCode: EXIT.failed,
      });
    }
  }
  await rm(join(fresh, "tmp"), { recursive: true, force: true });
  await rename(fresh, dir);
}

/**
 * Nothing may be written to the sealed copy, where `prepare` runs: uv makes the environment where the person's own
 * `uv run` would, in the lab's folder, and Python leaves no compiled files beside the sources.
 */
async function pythonHome(ws: Workspace): Promise<Record<string, string>> {
  const isProject = await exists(join(ws.labDir, "pyproject.toml"));
  return { PYTHONDONTWRITEBYTECODE: "1", ...(isProject ? { UV_PROJECT: ws.labDir } : {}) };
}

function keyOf(ws: Workspace, program: Program, seal: Seal): string {
  const frozen = Object.entries(seal.manifest).filter(
    ([path]) => path.startsWith(ws.prefix) && !inScope(program, path.slice(ws.prefix.length)),
  );
  // Without a command there is nothing that could depend on a file: one empty folder serves every state.
  const inputs = program.prepare === undefined ? "" : digest(Object.fromEntries(frozen));
  return createHash("sha256")
    .update(`${program.prepare ?? ""}\0${inputs}`)
    .digest("hex")
    .slice(0, 16);
}
