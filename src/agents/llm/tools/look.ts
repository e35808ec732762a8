/**
 * Tools that look: list, read, search. Bounded, so that no answer floods the conversation; no link is followed.
 */
import { type Dirent, readdirSync } from "node:fs";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import vm from "node:vm";
import { matchesScope } from "../../../program/scope.ts";
import { type Desk, isHidden, pathIn, readText, ToolFault } from "../desk.ts";

const MAX_LISTED = 300;
const MAX_READ_CHARS = 40_000;
const MAX_LINE_CHARS = 2000;
const MAX_HITS = 50;
const MAX_HIT_CHARS = 300;
const MAX_SEARCHED_FILES = 2000;
const MAX_SEARCHED_CHARS = 32 * 1024 * 1024;
/** All the lines of one file; an expression that needs longer is one that never ends. */
const REGEX_MS = 500;

/** Folders that are never the subject: other people's code and caches. */
const SKIPPED = new Set(["node_modules", "__pycache__", ".venv", "venv", "target", "dist", "build"]);

export async function list(desk: Desk, args: { readonly path?: string | undefined }): Promise<string> {
  const from = folderOf(desk, args.path);
  const files = filesBelow(desk, from, MAX_LISTED + 1);
  if (files.length === 0) return `no files below ${from === "" ? "." : from}`;
  const lines = [];
  for (const file of files.slice(0, MAX_LISTED)) {
    const { size } = await lstat(join(desk.dir, file));
    lines.push(`${file} (${size} bytes${matchesScope(desk.scope, file) ? ", you may change it" : ""})`);
  }
  if (files.length > MAX_LISTED) lines.push(`… more than ${MAX_LISTED}: list a folder below`);
  return lines.join("\n");
}

export interface ReadArgs {
  readonly path: string;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

export async function read(desk: Desk, args: ReadArgs): Promise<string> {
  const path = pathIn(desk, args.path);
  const lines = (await readText(desk, path)).split("\n");
  if (lines.at(-1) === "") lines.pop();
  if (lines.length === 0) return `${path} is empty`;
  const from = Math.max(1, args.from ?? 1);
  if (from > lines.length) throw new ToolFault(`${path} has ${lines.length} lines, line ${from} was asked for`);
  const shown: string[] = [];
  let size = 0;
  for (const [i, line] of lines.slice(from - 1, args.to ?? lines.length).entries()) {
    const cut = line.length > MAX_LINE_CHARS ? `${line.slice(0, MAX_LINE_CHARS)}… [${line.length} characters]` : line;
    size += cut.length + 8;
    if (size > MAX_READ_CHARS) break;
    shown.push(`${from + i}| ${cut}`);
  }
  const last = from + shown.length - 1;
  const rest =
    last < lines.length ? `\n[lines ${from} to ${last} of ${lines.length}; go on with from: ${last + 1}]` : "";
  return shown.join("\n") + rest;
}

export interface SearchArgs {
  readonly text: string;
  readonly regex?: boolean | undefined;
  readonly path?: string | undefined;
}

export async function search(desk: Desk, args: SearchArgs): Promise<string> {
  const find = args.regex === true ? byExpression(args.text) : byText(args.text);
  const hits: string[] = [];
  let searched = 0;
  for (const file of searchedFiles(desk, args.path)) {
    const text = await readText(desk, file).catch(() => "");
    searched += text.length;
    const lines = text.split("\n");
    for (const n of find(lines)) hits.push(`${file}:${n + 1}: ${(lines[n] ?? "").trim().slice(0, MAX_HIT_CHARS)}`);
    if (hits.length > MAX_HITS || searched > MAX_SEARCHED_CHARS) break;
  }
  if (hits.length === 0) return `nothing found for ${JSON.stringify(args.text).slice(0, 200)}`;
  const more = hits.length > MAX_HITS ? [`… more than ${MAX_HITS} hits: search for something rarer`] : [];
  return [...hits.slice(0, MAX_HITS), ...more].join("\n");
}

/** A file or everything below a folder. */
function searchedFiles(desk: Desk, path: string | undefined): readonly string[] {
  const from = folderOf(desk, path);
  const below = filesBelow(desk, from, MAX_SEARCHED_FILES);
  return below.length === 0 && from !== "" ? [from] : below;
}

/** Numbers of the lines that match. */
type Find = (lines: readonly string[]) => readonly number[];

function byText(text: string): Find {
  return (lines) => lines.flatMap((line, i) => (line.includes(text) ? [i] : []));
}

/** In a context of its own, because only there a search that does not end can be stopped. */
function byExpression(source: string): Find {
  try {
    new RegExp(source);
  } catch (error) {
    throw new ToolFault(`expected a regular expression of JavaScript: ${(error as Error).message}`);
  }
  const script = new vm.Script("const r = new RegExp(source); lines.flatMap((l, i) => (r.test(l) ? [i] : []))");
  return (lines) => {
    const short = lines.map((line) => line.slice(0, MAX_LINE_CHARS));
    try {
      return script.runInNewContext({ source, lines: short }, { timeout: REGEX_MS }) as number[];
    } catch {
      throw new ToolFault("this regular expression takes too long; search for a text instead");
    }
  };
}

function folderOf(desk: Desk, path: string | undefined): string {
  const trimmed = (path ?? "").replace(/\/+$/, "");
  return trimmed === "" || trimmed === "." || trimmed === desk.dir ? "" : pathIn(desk, trimmed);
}

/**
 * Regular files in the order of their names, down to `limit`; nothing behind a link, none that is too large to read.
 */
function filesBelow(desk: Desk, from: string, limit: number): readonly string[] {
  const found: string[] = [];
  const walk = (folder: string) => {
    for (const entry of entriesOf(join(desk.dir, folder))) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (found.length >= limit) return;
      if (isHidden(path) || SKIPPED.has(entry.name)) continue;
      if (entry.isDirectory()) walk(path);
      else if (entry.isFile()) found.push(path);
    }
  };
  if (!behindLink(desk, from)) walk(from);
  return found;
}

/** `readdir` follows links on the way to a folder. */
function behindLink(desk: Desk, folder: string): boolean {
  const parts = folder === "" ? [] : folder.split("/");
  return parts.some((_, i) => {
    const [above, name] = [parts.slice(0, i).join("/"), parts[i]];
    return (
      entriesOf(join(desk.dir, above))
        .find((entry) => entry.name === name)
        ?.isDirectory() !== true
    );
  });
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}
