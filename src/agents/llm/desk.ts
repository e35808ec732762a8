/**
 * The state of one turn's work on files: what the tools share, and nothing of the conversation.
 */
import { matchesScope } from "../../program/scope.ts";
import { pathFault, readBelow, writeBelow } from "../../util/below.ts";

export interface Desk {
  readonly dir: string;
  readonly scope: readonly string[];
  /** Each file as it was before the first edit of this turn; undefined: it was not there. */
  readonly before: Map<string, string | undefined>;
  /** Notes taken in this turn. */
  readonly notes: string[];
  /** What the change is for, as said with an edit; the newest counts. */
  purpose: string;
  finished?: Finished | undefined;
}

export interface Finished {
  readonly hypothesis: string;
  readonly description: string;
  readonly intent?: "simplify" | undefined;
}

/** A file that is larger is no source that a model should rewrite. */
export const MAX_FILE_BYTES = 1024 * 1024;

export function openDesk(dir: string, scope: readonly string[]): Desk {
  return { dir, scope, before: new Map(), notes: [], purpose: "" };
}

/** A refusal that the model is told of, so that it can do better. */
export class ToolFault extends Error {}

/** The path as the lab knows it: models like to write ./train.ts or the absolute path. */
export function pathIn(desk: Desk, path: string): string {
  const inside = path.startsWith(`${desk.dir}/`) ? path.slice(desk.dir.length + 1) : path;
  const clean = inside.replace(/^(\.\/+)+/, "");
  const fault = pathFault(clean);
  if (fault !== undefined) throw new ToolFault(`${path}: ${fault}`);
  if (isHidden(clean)) throw new ToolFault(`${path}: this folder is the harness's own`);
  return clean;
}

/** Git's and the harness's own, also as a case-blind file system knows them. */
export function isHidden(path: string): boolean {
  return path.split("/").some((part) => /^\.(git|nightyard)$/i.test(part));
}

export async function readText(desk: Desk, path: string): Promise<string> {
  const read = await readBelow(desk.dir, path, MAX_FILE_BYTES);
  if (!read.ok) throw new ToolFault(`${path}: ${read.why}`);
  if (read.value.includes(0)) throw new ToolFault(`${path}: it is no text`);
  return read.value.toString("utf8");
}

/** Writes a file in scope and remembers what it was. */
export async function writeText(desk: Desk, path: string, text: string): Promise<void> {
  if (!matchesScope(desk.scope, path)) {
    throw new ToolFault(`${path} is frozen. You may change only: ${desk.scope.join(", ")}`);
  }
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) {
    throw new ToolFault(`${path}: expected at most ${MAX_FILE_BYTES} bytes`);
  }
  if (!desk.before.has(path)) desk.before.set(path, await existing(desk, path));
  const written = await writeBelow(desk.dir, path, text);
  if (!written.ok) throw new ToolFault(`${path}: ${written.why}`);
}

async function existing(desk: Desk, path: string): Promise<string | undefined> {
  const read = await readBelow(desk.dir, path, MAX_FILE_BYTES);
  if (read.ok) return read.value.toString("utf8");
  if (read.missing) return undefined;
  throw new ToolFault(`${path}: ${read.why}`);
}

/** Files that differ from what they were at the start of the turn. */
export async function changedFiles(desk: Desk): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const [path, before] of desk.before) {
    const now = await readBelow(desk.dir, path, MAX_FILE_BYTES);
    if ((now.ok ? now.value.toString("utf8") : undefined) !== before) changed.push(path);
  }
  return changed;
}
