/**
 * Opening the ledger's file, and what is said when it cannot be used: what was found, and the way back.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "libsql";
import { fileSize } from "../util/file-size.ts";
import { EXIT, UserError } from "../util/user-error.ts";
import { hasJournal } from "./journal.ts";
import { isBlank, migrate, refuseForeign, SCHEMA_VERSION } from "./migrate.ts";

export function ledgerFileOf(stateDir: string): string {
  return join(stateDir, "ledger.db");
}

/** Whether there is a ledger. One whose file is gone or empty although its journal is not is refused. */
export function hasLedger(stateDir: string): boolean {
  const file = ledgerFileOf(stateDir);
  const size = fileSize(file);
  // SQLite would begin anew, and throw away the write-ahead log that may stand beside it.
  if (size > 0 || !hasJournal(stateDir)) return existsSync(file);
  throw unusable(file, existsSync(file) ? "the file is empty" : "the file is gone");
}

/** The version in which a ledger was last written; undefined when there is none. */
export function writtenVersion(file: string): number | undefined {
  if (!existsSync(file)) return undefined;
  const db = guarded(file, () => connect(file, true));
  try {
    return isBlank(db) ? undefined : (db.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
  } finally {
    db.close();
  }
}

/** Opens the file, for reading only or brought to the newest version; throws UserError when it is no ledger of ours. */
export function openFile(file: string, readOnly: boolean): Database.Database {
  const db = guarded(file, () => connect(file, readOnly));
  const { user_version: version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
  // The tables of version 1 are read the same way; version 0 is one in which nothing is yet.
  if (version === SCHEMA_VERSION || (readOnly && version < SCHEMA_VERSION)) return db;
  db.close();
  throw new UserError(`${file}: expected a ledger of version ${SCHEMA_VERSION}, found another (${version})`, {
    fix: "use the nightyard that wrote it, or move the file aside (the commits stay under refs/nightyard)",
  });
}

function connect(file: string, readOnly: boolean): Database.Database {
  const db = new Database(file, { timeout: 5000 });
  try {
    if (readOnly) {
      db.exec("PRAGMA query_only = ON");
      refuseForeign(db);
    } else migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Runs `work`; what SQLite says about a damaged file becomes the word on it. A full disk stays what it is. */
export function guarded<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const { code = "" } = cause as { code?: string };
    const why = cause instanceof Error ? cause.message : String(cause);
    if (/another program|SQLITE_(CORRUPT|NOTADB|FORMAT)/.test(`${code} ${why}`)) throw unusable(file, why, cause);
    if (!/SQLITE_(CANTOPEN|READONLY|PERM|IOERR)|unable to open/i.test(`${code} ${why}`)) throw cause;
    throw new UserError(`${file}: cannot be read or written (${why})`, {
      fix: `ls -l '${file}'; df -h '${file}'`,
      exitCode: EXIT.failed,
      cause,
    });
  }
}

/** The word on a ledger that is not what was written. */
export function unusable(file: string, why: string, cause?: unknown): UserError {
  const stateDir = dirname(file);
  const lab = dirname(stateDir);
  const fix = hasJournal(stateDir)
    ? `nightyard ledger restore '${lab}'   # from ledger.jsonl; the present file is kept. First: nightyard ledger check`
    : `mv '${file}' '${file}.broken'   # there is no ledger.jsonl; the proposals stay in git under refs/nightyard`;
  const message = `${file}: expected the Nightyard ledger of this lab, found something else: ${why}`;
  return new UserError(message, { fix, exitCode: EXIT.integrity, ...(cause === undefined ? {} : { cause }) });
}
