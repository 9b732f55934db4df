import { closeSync, openSync } from "node:fs";
import Database from "better-sqlite3";
import { DojangError } from "../../errors.ts";

/**
 * Makes this the one process that owns the database, until the returned function is called or the process ends.
 *
 * The lock is an exclusive transaction on a second file, `<path>.lock`: the operating system drops it with the process, so a
 * `kill -9` leaves nothing to clean up.
 *
 * @throws {DojangError} `storage_unavailable` when another store holds it
 */
export function holdLock(path: string): () => void {
  const lockPath = `${path}.lock`;
  createPrivateFile(lockPath);
  const lock = new Database(lockPath, { timeout: 0 });
  try {
    // No journal beside it: nothing is ever written.
    lock.pragma("journal_mode = MEMORY");
    lock.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    lock.close();
    if (!(cause instanceof Database.SqliteError && cause.code.startsWith("SQLITE_BUSY"))) throw cause;
    throw new DojangError(
      "storage_unavailable",
      `Cannot open the database ${path}: it is held by another process (${lockPath})`,
      { cause },
    );
  }
  return () => lock.close();
}

/**
 * Creates the file for its owner alone where it is missing. An existing one is never opened here: closing any handle of a file
 * drops all locks that this process has on it. Source: fcntl(2), advisory record locking.
 */
export function createPrivateFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
