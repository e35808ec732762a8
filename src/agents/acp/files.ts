/**
 * The files of an ACP agent that reads and writes by us: it writes only what is in scope and reads only its worktree.
 *
 * A veto here tells the agent at once; what it writes by its own means is checked afterwards, from git, like anything
 * else. A refusal is an error of the protocol with the reason, so that the agent can do otherwise.
 */
import { realpathSync } from "node:fs";
import { isAbsolute, relative, sep } from "node:path";
import { type ReadTextFileRequest, RequestError, type WriteTextFileRequest } from "@agentclientprotocol/sdk/unstable";
import type { Turn } from "../../agent.ts";
import { matchesScope } from "../../program/scope.ts";
import { readBelow, writeBelow } from "../../util/below.ts";
import { oneLine } from "../../util/text.ts";
import { MAX_FILE_BYTES } from "../../workspace/changes.ts";

/** Of a turn, what decides about files. */
export type FileTurn = Pick<Turn, "dir" | "root"> & { readonly briefing: Pick<Turn["briefing"], "scope"> };

/** Why a file may not be changed; undefined when it may. `path` as the agent says it. */
export function vetoOf(turn: FileTurn, path: string): string | undefined {
  const lab = pathBelow(turn.dir, path);
  const { scope } = turn.briefing;
  if (lab !== undefined && matchesScope(scope, lab)) return undefined;
  return `${oneLine(path, 200)} may not be changed; only these files of ${turn.dir} may: ${scope.join(", ")}`;
}

/** Whether a path lies in the worktree. */
export function isInWorktree(turn: FileTurn, path: string): boolean {
  return pathBelow(turn.root, path) !== undefined;
}

/** `fs/write_text_file`. Throws RequestError with the reason when it is not done. */
export async function writeTextFile(turn: FileTurn, { path, content }: WriteTextFileRequest): Promise<void> {
  const veto = vetoOf(turn, path);
  if (veto !== undefined) throw new RequestError(-32602, veto);
  const bytes = Buffer.byteLength(content);
  if (bytes > MAX_FILE_BYTES)
    throw new RequestError(-32602, `expected at most ${MAX_FILE_BYTES} bytes, found ${bytes}`);
  const done = await writeBelow(turn.dir, pathBelow(turn.dir, path) ?? "", content);
  if (!done.ok) throw new RequestError(-32602, `${oneLine(path, 200)}: ${done.why}`);
}

/** `fs/read_text_file`, the whole or some lines. Throws RequestError when there is nothing to read. */
export async function readTextFile(turn: FileTurn, request: ReadTextFileRequest): Promise<string> {
  const below = pathBelow(turn.root, request.path);
  if (below === undefined) {
    throw new RequestError(-32602, `${oneLine(request.path, 200)}: only files below ${turn.root} can be read`);
  }
  const read = await readBelow(turn.root, below, MAX_FILE_BYTES);
  // Agents that make a new file look whether it is there, and know this one code.
  if (!read.ok && read.missing) throw RequestError.resourceNotFound(request.path);
  if (!read.ok) throw new RequestError(-32602, `${oneLine(request.path, 200)}: ${read.why}`);
  const text = read.value.toString("utf8");
  const { line, limit } = request;
  if ((line ?? undefined) === undefined && (limit ?? undefined) === undefined) return text;
  const from = Math.max(0, (line ?? 1) - 1);
  return text
    .split("\n")
    .slice(from, from + (limit ?? Number.MAX_SAFE_INTEGER))
    .join("\n");
}

/**
 * The path relative to a folder, with "/"; undefined when it is none below it. The folder may be known by two names.
 */
function pathBelow(dir: string, path: string): string | undefined {
  if (!isAbsolute(path)) return undefined;
  for (const name of new Set([dir, realpathSync(dir)])) {
    const below = relative(name, path);
    if (below !== "" && !below.startsWith("..") && !isAbsolute(below)) return below.split(sep).join("/");
  }
  return undefined;
}
