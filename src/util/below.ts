/**
 * Reads, writes and removes one file below a folder in which somebody else may be at work at this very moment.
 *
 * Promises: no symbolic link is followed on the way down or at the end, nothing but a regular file is opened, and a
 * failure is a value. On Linux each folder is opened before the next one is looked up in it, so that a folder swapped
 * for a link in between does not lead outside. Elsewhere (no /proc) that race remains.
 */
import { constants, type Stats } from "node:fs";
import { type FileHandle, lstat, mkdir, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import { hasProc } from "./processes.ts";

/** `why` begins with a word for what is wrong and fits after "path: ". */
export type Below<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: string; readonly missing: boolean };

/** Why a path cannot name a file below a folder, or undefined when it can. Separated by "/", relative. */
export function pathFault(path: string): string | undefined {
  if (path === "" || path.length > 500) return "expected a path of 1 to 500 characters";
  if (/[\u0000-\u001f\u007f\\]/.test(path)) return "expected a path without control characters and backslashes";
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) return "expected a path relative to the lab folder";
  const parts = path.split("/");
  if (parts.includes("..")) return "expected a path inside the lab folder, without ..";
  if (parts.includes("") || parts.includes(".")) return "expected a path without empty parts and without .";
  if (parts.some((part) => part.toLowerCase() === ".git")) return "nothing below .git can be named";
  return undefined;
}

/** The bytes of a file; more than `maxBytes` is a failure. */
export function readBelow(dir: string, path: string, maxBytes: number): Promise<Below<Buffer>> {
  return at<Buffer>(dir, path, false, async (file) => {
    // Without O_NONBLOCK a FIFO would hold us up for ever.
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const fault = fileFault(await handle.stat());
      if (fault !== undefined) return failed(fault);
      const buffer = Buffer.alloc(maxBytes + 1);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
      if (bytesRead > maxBytes) return failed(`it has more than ${maxBytes} bytes`);
      return { ok: true, value: buffer.subarray(0, bytesRead) };
    } finally {
      await handle.close();
    }
  });
}

/** Writes the whole file, and makes it and its folders when they are not there; the mode of one that is stays. */
export function writeBelow(dir: string, path: string, text: string): Promise<Below<undefined>> {
  return at<undefined>(dir, path, true, async (file) => {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const handle = await open(file, flags, 0o644);
    try {
      const stat = await handle.stat();
      // A second name of the file may be anywhere.
      const fault = fileFault(stat) ?? (stat.nlink > 1 ? "it has a second name (hard link)" : undefined);
      if (fault !== undefined) return failed(fault);
      await handle.truncate(0);
      await handle.writeFile(text);
      return { ok: true, value: undefined };
    } finally {
      await handle.close();
    }
  });
}

/** Removes a regular file. */
export function removeBelow(dir: string, path: string): Promise<Below<undefined>> {
  return at<undefined>(dir, path, false, async (file) => {
    const fault = fileFault(await lstat(file));
    if (fault !== undefined) return failed(fault);
    await unlink(file);
    return { ok: true, value: undefined };
  });
}

function fileFault(stat: Stats): string | undefined {
  if (stat.isSymbolicLink()) return "it is a symbolic link";
  return stat.isFile() ? undefined : "it is no regular file";
}

function failed(why: string, missing = false): Below<never> {
  return { ok: false, why, missing };
}

/** Opens the folders down to the file's own and hands a path of the file that leads through the open folder. */
async function at<T>(
  dir: string,
  path: string,
  make: boolean,
  use: (file: string) => Promise<Below<T>>,
): Promise<Below<T>> {
  const fault = pathFault(path);
  if (fault !== undefined) return failed(fault);
  const parts = path.split("/");
  let folder: FileHandle | undefined;
  let where = dir;
  try {
    for (const part of ["", ...parts.slice(0, -1)]) {
      const next = part === "" ? where : join(where, part);
      if (make && part !== "") await mkdir(next).catch(ignoreExisting);
      const follow = part === "" ? 0 : constants.O_NOFOLLOW;
      const opened = await open(next, constants.O_RDONLY | constants.O_DIRECTORY | follow);
      await folder?.close();
      folder = opened;
      where = hasProc ? `/proc/self/fd/${folder.fd}` : next;
    }
    return await use(join(where, parts.at(-1) ?? ""));
  } catch (error) {
    return failure(error as NodeJS.ErrnoException);
  } finally {
    await folder?.close();
  }
}

function failure(error: NodeJS.ErrnoException): Below<never> {
  switch (error.code) {
    case "ENOENT":
      return failed("there is no such file", true);
    case "ELOOP":
      return failed("it is a symbolic link");
    case "ENOTDIR":
      return failed("a folder on its way is a file or a symbolic link");
    case "EISDIR":
      return failed("it is a folder");
    case "ENXIO":
      return failed("it is no regular file");
    default:
      return failed(error.code === undefined ? error.message : `it cannot be used (${error.code})`);
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}
