/**
 * How large a file is, when it is there.
 */
import { statSync } from "node:fs";

/** Bytes; 0 when there is no such file, also because a folder of its path is none. Throws what else the system says. */
export function fileSize(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return 0;
    throw error;
  }
}
