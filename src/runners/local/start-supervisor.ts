/**
 * Starts the supervisor of a job, and keeps one more ready for the next.
 *
 * A supervisor takes some 70 ms until it can start a command, nearly all of it Node's own start. So after a run has
 * ended, while its result is judged, a spare one is started that waits for the name of a folder on its standard input.
 * It costs 40 MB, never while a run is on that it was meant for, and ends with this process: then its input ends.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { JOB_TOKEN } from "../../runner.ts";
import { readText } from "../../util/processes.ts";
import { oneLine } from "../../util/text.ts";
import { readRecord } from "./job-folder.ts";
import { untilChanged } from "./until-changed.ts";

export interface Supervisors {
  readonly abandonAfterSeconds: number;
  spare: ChildProcess | undefined;
}

/** Resolves when the job has a supervisor (undefined), this or another; or with why this one ended without. */
export async function startSupervisor(supervisors: Supervisors, folder: string): Promise<string | undefined> {
  const child = takeSpare(supervisors, folder) ?? startFor(supervisors, folder);
  const state: { gone: string | undefined } = { gone: undefined };
  child.once("error", (error) => {
    state.gone = error.message;
  });
  child.once("exit", (code, signal) => {
    state.gone = oneLine(
      `it ended with ${signal ?? code} ${readText(join(folder, "supervisor.log")).slice(-2000)}`,
      500,
    );
  });
  const found = await untilChanged(folder, () => readRecord(folder, "supervisor.json") ?? state.gone);
  return typeof found === "string" ? found : undefined;
}

/** Has a supervisor ready for the next job; called when no run is on that it could disturb. */
export function prepareSpare(supervisors: Supervisors): void {
  if (supervisors.spare !== undefined) return;
  const child = launch(supervisors, "-", ["pipe", "ignore", "ignore"]);
  const forget = () => {
    if (supervisors.spare === child) supervisors.spare = undefined;
  };
  child.once("error", forget);
  child.once("exit", forget);
  // It may have ended by the time it is needed; then another is started.
  child.stdin?.on("error", () => {});
  // Neither the spare nor the pipe to it keeps this process alive.
  (child.stdin as unknown as { unref(): void } | null)?.unref();
  supervisors.spare = child;
}

function takeSpare(supervisors: Supervisors, folder: string): ChildProcess | undefined {
  const { spare } = supervisors;
  supervisors.spare = undefined;
  if (spare === undefined || spare.exitCode !== null || spare.signalCode !== null) return undefined;
  spare.stdin?.end(`${folder}\n`);
  return spare;
}

function startFor(supervisors: Supervisors, folder: string): ChildProcess {
  const log = openSync(join(folder, "supervisor.log"), "a", 0o600);
  try {
    return launch(supervisors, folder, ["ignore", "ignore", log]);
  } finally {
    closeSync(log);
  }
}

function launch(supervisors: Supervisors, folder: string, stdio: ("pipe" | "ignore" | number)[]): ChildProcess {
  const words = [...supervisorWords(), folder, String(supervisors.abandonAfterSeconds)];
  const child = spawn(process.execPath, words, { cwd: "/", env: supervisorEnv(), detached: true, stdio });
  child.unref();
  return child;
}

/** As compiled JavaScript or, in tests, as the TypeScript it is written in. */
function supervisorWords(): readonly string[] {
  const isSource = import.meta.url.endsWith(".ts");
  const file = fileURLToPath(new URL(`./supervisor.${isSource ? "ts" : "js"}`, import.meta.url));
  if (!isSource) return [file];
  const tsx = createRequire(import.meta.url).resolve("tsx");
  return ["--import", pathToFileURL(tsx).href, file];
}

/** Little: NODE_OPTIONS and the like make the start of Node slow (100 ms instead of 40 where this was measured). */
function supervisorEnv(): Record<string, string> {
  // The mark, so that a session inside a run has its supervisors ended with the run.
  const names = ["PATH", "TMPDIR", "LD_LIBRARY_PATH", JOB_TOKEN];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
