/**
 * Finds a coding agent's command and asks its version, once, before a session begins.
 *
 * Looked for in the folders of NIGHTYARD_AGENT_PATH, then of PATH. `--version` is run with an empty home and nothing
 * of the environment. Not covered: a command that says one version and behaves like another.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import os from "node:os";
import { delimiter, dirname, join } from "node:path";
import { isExecutable } from "../../util/executable.ts";
import { modulesAround } from "../../util/node-modules.ts";
import { oneLine } from "../../util/text.ts";
import { EXIT, UserError } from "../../util/user-error.ts";
import type { Found, Preset } from "./preset.ts";

/** Some take seconds to start when the machine is busy. */
const VERSION_TIMEOUT_MS = 60_000;

export interface Finding {
  readonly found: Found;
  /** What a person should know: the version was not tried. */
  readonly note: string | undefined;
}

/** The line that installs the version that was tried. */
export function installLine(preset: Preset): string {
  return `npm install -g ${preset.npm}@${preset.pinned}`;
}

/** Throws UserError (exit 4) when it is missing, does not start, or is too old. */
export function findAgent(preset: Preset): Finding {
  const path = whereIs(preset.bin);
  if (path === undefined) {
    throw unavailable(preset, `${preset.title} is not installed: no ${preset.bin} on PATH or NIGHTYARD_AGENT_PATH`);
  }
  const version = versionOf(preset, path);
  if (isOlder(version, preset.oldest)) {
    throw unavailable(preset, `${path}: expected version ${preset.oldest} or newer, found ${version}`);
  }
  const note = isOlder(version, preset.untriedFrom)
    ? undefined
    : `${preset.title} ${version} was not tried with this nightyard; ${preset.pinned} was`;
  return { found: { path, version, folders: foldersOf(path) }, note };
}

/** Absolute path of a command; undefined when there is none. */
export function whereIs(bin: string): string | undefined {
  const { NIGHTYARD_AGENT_PATH = "", PATH = "" } = process.env;
  const folders = [...NIGHTYARD_AGENT_PATH.split(delimiter), ...PATH.split(delimiter)].filter((dir) => dir !== "");
  return folders.map((dir) => join(dir, bin)).find(isExecutable);
}

function versionOf(preset: Preset, path: string): string {
  const home = mkdtempSync(join(os.tmpdir(), "nightyard-version-"));
  try {
    const { PATH = "/usr/bin:/bin" } = process.env;
    const env = { PATH, HOME: home, TMPDIR: home, TERM: "dumb" };
    const ran = spawnSync(path, ["--version"], {
      env,
      cwd: home,
      encoding: "utf8",
      timeout: VERSION_TIMEOUT_MS,
      input: "",
    });
    const version = /\d+\.\d+\.\d+/.exec(`${ran.stdout ?? ""}\n${ran.stderr ?? ""}`)?.[0];
    if (version !== undefined) return version;
    const said = oneLine(`${ran.error?.message ?? ""} ${ran.stderr ?? ""} ${ran.stdout ?? ""}`, 300);
    throw unavailable(preset, `${path} --version: expected a version, found: ${said === "" ? "nothing" : said}`);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function unavailable(preset: Preset, message: string): UserError {
  return new UserError(message, { exitCode: EXIT.agentUnavailable, fix: installLine(preset) });
}

/** The package that a link leads to, with its dependencies; for a program of its own, the folder it lies in. */
export function foldersOf(path: string): readonly string[] {
  const real = realpathSync(path);
  const modules = modulesAround(real);
  if (modules !== undefined) return [modules, path];
  // A program that lies in the home itself must not make all of the home readable.
  const folder = dirname(real);
  return folder === os.homedir() ? [real, path] : [folder, path];
}

/** Compares "1.18.33" part by part. */
export function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((v) => v.split(".").map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
