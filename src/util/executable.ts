/**
 * Whether a path is a program that can be started.
 */
import { accessSync, constants, statSync } from "node:fs";

/** True for a regular file (or a link to one) that this user may execute. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
