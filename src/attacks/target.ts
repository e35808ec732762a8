/**
 * Finds out what of a lab can be attacked: the code that the run starts, a frozen file, and what the baseline's run
 * leaves for the evaluator.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { inScope, type Program } from "../program.ts";
import { git } from "../util/git.ts";
import type { Workspace } from "../workspace.ts";
import type { Artefact, LabFile, Target } from "./attack.ts";
import { readLabFile } from "./clone.ts";
import { languageOf } from "./payload.ts";

/** Larger ones are not carried in a proposal (a file of 1 MiB is refused), and base64 is a third longer. */
const MAX_CARRIED_BYTES = 384 * 1024;
const MAX_ARTEFACTS = 20;

/** What can be known before the baseline ran. */
export type Found = Pick<Target, "entry" | "frozen" | "free">;

/** Paths of the lab's committed files, relative to the lab. */
export async function labFiles(ws: Workspace): Promise<readonly string[]> {
  const out = await git(["ls-files", "-z", "--", "."], { cwd: ws.labDir });
  return out.split("\0").filter((path) => path !== "");
}

export async function findTarget(ws: Workspace, program: Program, files: readonly string[]): Promise<Found> {
  const free = files.filter((path) => inScope(program, path));
  const frozen = files.filter((path) => !free.includes(path) && path !== "program.md");
  const named = (list: readonly string[], command: string) => list.find((path) => wordsOf(command).includes(path));
  const started = named(free, program.run);
  const entry = started ?? free.find((path) => languageOf(path) !== undefined);
  const guarded = named(frozen, program.evaluate ?? program.run) ?? frozen[0];
  return {
    entry: entry === undefined ? undefined : await entryOf(ws, entry),
    frozen: await fileOf(ws, guarded),
    free: await fileOf(ws, started ?? free[0]),
  };
}

function wordsOf(command: string): readonly string[] {
  return command.split(/[\s"'=;|&()]+/).map((word) => word.replace(/^(\.\/)+/, ""));
}

async function fileOf(ws: Workspace, path: string | undefined): Promise<LabFile | undefined> {
  if (path === undefined) return undefined;
  return { path, text: (await readLabFile(ws.labDir, path)) ?? "" };
}

async function entryOf(ws: Workspace, path: string): Promise<Target["entry"]> {
  const language = languageOf(path);
  const text = await readLabFile(ws.labDir, path);
  if (language === undefined || text === undefined) return undefined;
  const manifest = (await readLabFile(ws.labDir, "package.json")) ?? "{}";
  const module =
    /\.m[jt]s$/.test(path) || /"type"\s*:\s*"module"/.test(manifest) || /^\s*(import|export)\b/m.test(text);
  return { path, text, language, isModule: module && !/\.c[jt]s$/.test(path) };
}

/** The files that a run left in its folder and that are none of the lab's, the largest first. */
export function artefactsIn(runDir: string, known: ReadonlySet<string>): readonly Artefact[] {
  const names = readdirSync(runDir, { recursive: true, encoding: "utf8" });
  const made = names.filter(
    (name) => !known.has(name) && !/(^|\/)(node_modules|\.venv|__pycache__|\.[^/]+)(\/|$)/.test(name),
  );
  return made
    .map((path) => ({ path, stat: statSync(join(runDir, path), { throwIfNoEntry: false }) }))
    .flatMap(({ path, stat }) => (stat?.isFile() ? [{ path, bytes: stat.size }] : []))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, MAX_ARTEFACTS)
    .map(({ path, bytes }) => ({
      path,
      bytes,
      content: bytes > MAX_CARRIED_BYTES ? undefined : readFileSync(join(runDir, path)),
    }));
}

/** A score that no honest change reaches in one step; `n` makes each lie another. */
export function lieFor(program: Program, honest: number, n: number): number {
  const step = 1 + n / 1000;
  const size = Math.max(1, Math.abs(honest));
  if (program.metric.goal === "minimize") return honest > 0 ? honest / (20 * step) : honest - size * step;
  return honest >= 0 && honest < 0.99 ? 1 - 0.005 / step : honest + size * step;
}
