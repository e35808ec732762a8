/**
 * Where the configuration of notifications is looked for, and what stands there. The first file found counts alone:
 * `$NIGHTYARD_NOTIFY`, `<lab>/.nightyard/notify.yaml`, `~/.config/nightyard/notify.yaml`.
 *
 * Promises: a file that git tracks is refused: a configuration names commands to start, and one that came with somebody
 * else's repository must not. A sandboxed run or agent cannot write any of the three; without a sandbox it could.
 */
import { readFileSync, realpathSync } from "node:fs";
import os from "node:os";
import { dirname, join } from "node:path";
import { formatProblem } from "../program/problem.ts";
import { tryGit } from "../util/git.ts";
import { UserError } from "../util/user-error.ts";
import { type Channel, readConfig } from "./config.ts";

export interface Configured {
  /** Missing when there is no file. */
  readonly file?: string | undefined;
  readonly channels: readonly Channel[];
}

const NAME = "notify.yaml";

/** The person's own file. */
export function ownConfigFile(env: NodeJS.ProcessEnv): string {
  const base = env.XDG_CONFIG_HOME || join(env.HOME || os.homedir(), ".config");
  return join(base, "nightyard", NAME);
}

/** The channels; throws UserError with every fault in the file. `stateDir`: of the lab, when there is one. */
export async function loadChannels(stateDir: string | undefined, env: NodeJS.ProcessEnv): Promise<Configured> {
  const named = env.NIGHTYARD_NOTIFY;
  if (named) return { file: named, channels: checked(named, read(named) ?? missing(named)) };
  const labSide = stateDir === undefined ? undefined : join(stateDir, NAME);
  const text = labSide === undefined ? undefined : read(labSide);
  if (labSide !== undefined && text !== undefined) {
    await refuseTracked(labSide);
    return { file: labSide, channels: checked(labSide, text) };
  }
  const own = ownConfigFile(env);
  const found = read(own);
  return found === undefined ? { channels: [] } : { file: own, channels: checked(own, found) };
}

function checked(file: string, text: string): readonly Channel[] {
  const config = readConfig(text, file);
  if (config.ok) return config.channels;
  throw new UserError(config.problems.map(formatProblem).join("\n"), { fix: "docs/notifications.md has an example" });
}

async function refuseTracked(file: string): Promise<void> {
  // By its real path: the state folder might be a link to a folder of the repository.
  const real = realpathSync(file);
  const cwd = dirname(real);
  const listed = await tryGit(["ls-files", "--error-unmatch", "--", real], { cwd }).catch(() => undefined);
  if (listed?.code !== 0) return;
  throw new UserError(`${file}: is part of the repository; a file that names commands must not come with it`, {
    fix: `git rm --cached '${file}'`,
  });
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new UserError(`${file}: cannot be read: ${(error as Error).message}`);
  }
}

function missing(file: string): never {
  throw new UserError(`NIGHTYARD_NOTIFY: expected a file, found nothing at ${file}`, { fix: "unset NIGHTYARD_NOTIFY" });
}
