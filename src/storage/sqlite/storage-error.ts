import Database from "better-sqlite3";
import { DojangError } from "../../errors.ts";

/** Result codes after which SQLite may already have rolled the transaction back. Source: sqlite.org/lang_transaction.html, 3. */
const BREAKS_TRANSACTION = /^SQLITE_(FULL|IOERR|NOMEM|BUSY|INTERRUPT)/;
/** The database cannot be written, by nobody's fault in the code. */
const UNAVAILABLE =
  /^SQLITE_(IOERR|NOMEM|BUSY|INTERRUPT|READONLY|CORRUPT|NOTADB|CANTOPEN|LOCKED|PERM|AUTH|PROTOCOL)/;

export function breaksTransaction(error: unknown): boolean {
  return error instanceof Database.SqliteError && BREAKS_TRANSACTION.test(error.code);
}

export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code === "SQLITE_CONSTRAINT_UNIQUE";
}

/** Says in our words what SQLite said; any other error is passed on as it is. Nothing was written. */
export function toStorageError(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const options = { cause: error };
  if (error.code === "SQLITE_FULL") {
    return new DojangError("storage_full", "Cannot write: the database has no room left", options);
  }
  if (UNAVAILABLE.test(error.code)) {
    return new DojangError(
      "storage_unavailable",
      `Cannot use the database: it answered ${error.code}`,
      options,
    );
  }
  // A constraint that a decision broke: our bug. Constraint messages name columns, never values.
  return new DojangError("internal_error", `Cannot write: ${error.message}`, options);
}
