/**
 * Tells whether an error means that the disk is full, whoever met it: Node, SQLite or git.
 */

/** True for ENOSPC, SQLITE_FULL and their words in a message or in what git printed. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: unknown }).code;
  if (code === "ENOSPC" || code === "EDQUOT" || code === "SQLITE_FULL") return true;
  return /no space left on device|out of diskspace|disk is full|disk quota exceeded/i.test(error.message);
}
