/**
 * One SQLite transaction. The driver's own wrapper rolls back after an error even when SQLite has already done so (a
 * full disk), and then reports that instead of the error.
 */
import type Database from "libsql";

/** Runs `work` between BEGIN IMMEDIATE and COMMIT; an error rolls back, and is the one that is thrown. */
export function transact<T>(db: Database.Database, work: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    if (db.inTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
