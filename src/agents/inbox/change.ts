/**
 * A change that somebody submits: whole files or a unified diff, checked, and made in a lab folder.
 *
 * Made whole or not at all: every new text is known before the first file is written. What may change is decided by
 * the harness afterwards, from git; here only paths that lead out of the lab folder are refused.
 */
import { pathFault, readBelow, removeBelow, writeBelow } from "../../util/below.ts";
import { MAX_FILE_BYTES, MAX_PROPOSAL_BYTES } from "../../workspace/changes.ts";
import { applyDiff, type FileDiff, parseDiff } from "./diff.ts";

/** One file as it shall be; without text it shall be gone. */
export interface FileText {
  readonly path: string;
  readonly text?: string | undefined;
}

/** What is submitted; exactly one of both. */
export interface Change {
  readonly files?: readonly FileText[] | undefined;
  readonly diff?: string | undefined;
}

const MAX_FILES = 200;

/** Why a change can never be made, whatever the lab's files say; undefined when it may be. */
export function changeFault(change: Change): string | undefined {
  if ((change.files === undefined) === (change.diff === undefined)) return "expected either `files` or `diff`";
  const bytes = Buffer.byteLength(change.diff ?? "") + sum((change.files ?? []).map((f) => f.text ?? ""));
  if (bytes > MAX_PROPOSAL_BYTES) return `expected at most ${MAX_PROPOSAL_BYTES} bytes, found ${bytes}`;
  const parsed = change.diff === undefined ? undefined : parseDiff(change.diff);
  if (parsed?.ok === false) return parsed.why;
  const paths = (parsed?.value ?? change.files ?? []).map((f) => f.path);
  if (paths.length === 0 || paths.length > MAX_FILES) return `expected 1 to ${MAX_FILES} files, found ${paths.length}`;
  for (const path of paths) {
    const fault = pathFault(path);
    if (fault !== undefined) return `${path.slice(0, 200)}: ${fault}`;
  }
  const twice = paths.find((path, at) => paths.indexOf(path) !== at);
  return twice === undefined ? undefined : `${twice} is given twice`;
}

/** Makes the change in the lab folder. Answers why it cannot be made; then nothing was written. */
export async function makeChange(dir: string, change: Change): Promise<string | undefined> {
  const fault = changeFault(change);
  if (fault !== undefined) return fault;
  const wanted = change.files ?? (await textsOf(dir, change.diff ?? ""));
  if (typeof wanted === "string") return wanted;
  for (const { path, text } of wanted) {
    const there = await readBelow(dir, path, MAX_FILE_BYTES);
    if (!there.ok && (!there.missing || text === undefined)) return `${path}: ${there.why}`;
  }
  for (const { path, text } of wanted) {
    const done = text === undefined ? await removeBelow(dir, path) : await writeBelow(dir, path, text);
    if (!done.ok) return `${path}: ${done.why}`;
  }
  return undefined;
}

/** The files that a diff makes of those that are there, or why it does not fit them. */
async function textsOf(dir: string, diff: string): Promise<readonly FileText[] | string> {
  const parsed = parseDiff(diff);
  if (!parsed.ok) return parsed.why;
  const texts: FileText[] = [];
  for (const file of parsed.value) {
    const made = await textOf(dir, file);
    if (typeof made === "string") return made;
    texts.push(made);
  }
  return texts;
}

async function textOf(dir: string, file: FileDiff): Promise<FileText | string> {
  const there = await readBelow(dir, file.path, MAX_FILE_BYTES);
  if (file.kind === "create" && there.ok) return `${file.path}: the diff makes this file, but it is there already`;
  if (!there.ok && !(there.missing && file.kind === "create")) return `${file.path}: ${there.why}`;
  const old = there.ok ? there.value.toString("utf8") : "";
  const applied = applyDiff(old, file);
  if (!applied.ok) return `${applied.why}; read the file as it is now and make the diff against that`;
  if (file.kind !== "delete") return { path: file.path, text: applied.value };
  return applied.value === "" ? { path: file.path } : `${file.path}: the diff does not remove all of its lines`;
}

function sum(texts: readonly string[]): number {
  return texts.reduce((total, text) => total + Buffer.byteLength(text), 0);
}
