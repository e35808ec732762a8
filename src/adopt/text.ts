/**
 * A whole file as text, or nothing: what is changed must never be cut, mended or followed to another place.
 */
import { lstat, readFile } from "node:fs/promises";
import { UserError } from "../util/user-error.ts";

const MAX_BYTES = 1_048_576;

/** Undefined when there is no such file; throws UserError for what cannot be changed line by line. */
export async function wholeText(file: string): Promise<string | undefined> {
  const at = await lstat(file).catch(() => undefined);
  if (at === undefined) return undefined;
  if (!at.isFile()) throw new UserError(`${file}: is no regular file; adopt changes none through a link`);
  if (at.size > MAX_BYTES) throw new UserError(`${file}: has ${at.size} bytes; adopt reads at most ${MAX_BYTES}`);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await readFile(file));
  } catch {
    throw new UserError(`${file}: found bytes that are no UTF-8 text`);
  }
}
