import pg from "pg";
import { DojangError } from "../../errors.ts";

/** Source: postgresql.org/docs/15/errcodes-appendix.html */
const CONFLICTS = new Set(["40001", "40P01", "55P03"]);
const UNIQUE_VIOLATION = "23505";
/** The server ends the connection, cannot take one, or is no longer one that may be written to. */
const UNAVAILABLE = /^(08|57P0|25006|25P0[34]|53300|3D000|28)/;
/** query_canceled: an administrator's statement_timeout, or the administrator. */
const CANCELED = "57014";
/** Resources, operators, disks, faults of the server, rights that were not given: nothing that we sent is wrong. */
const WORLDS = /^(40|42501|53|55|57|58|F0|XX)/;
/** insufficient_privilege */
const FORBIDDEN = "42501";
/** No room on the disk. */
const DISK_FULL = "53100";

/** The same work may succeed when it is run again: it met another transaction, and nothing of it was written. */
export function isConflict(error: unknown): boolean {
  return error instanceof pg.DatabaseError && CONFLICTS.has(error.code ?? "");
}

/** The statement was cut short; the same one may be in time. */
export function isCutShort(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === CANCELED;
}

export function isForbidden(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === FORBIDDEN;
}

export function isUniqueViolation(error: unknown, constraint: string): boolean {
  return (
    error instanceof pg.DatabaseError && error.code === UNIQUE_VIOLATION && error.constraint === constraint
  );
}

/** Whether the connection is of no use any more, or leads to a server that takes no writes. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof DojangError) return false;
  // Whatever is not the server's own answer came from the socket or from the driver's wait for it.
  if (!(error instanceof pg.DatabaseError)) return error instanceof Error && isOfDriver(error);
  return UNAVAILABLE.test(error.code ?? "");
}

/** Nobody has let go of a connection in time. The database may be slow, and is not lost. Source: pg-pool 3, connect(). */
export function isPoolFull(error: unknown): boolean {
  return error instanceof Error && error.message === "timeout exceeded when trying to connect";
}

function isOfDriver(error: Error & { readonly code?: unknown }): boolean {
  if (typeof error.code === "string" && /^(E[A-Z]+|ERR_)/.test(error.code)) return true;
  return /^(Connection terminated|Query read timeout|Client (has|was)|timeout exceeded|This socket|The server )/.test(
    error.message,
  );
}

/** Says in our words what the server said; any other error is passed on as it is. Nothing was written. */
export function toStorageError(error: unknown): unknown {
  if (error instanceof DojangError) return error;
  const options = { cause: error };
  if (isConnectionLost(error)) {
    const code = (error as { code?: string }).code ?? "no connection";
    return new DojangError("storage_unavailable", `Cannot use the database: ${code}`, options);
  }
  if (!(error instanceof pg.DatabaseError)) return error;
  if (error.code === DISK_FULL)
    return new DojangError("storage_full", "Cannot write: the database has no room left", options);
  if (isConflict(error))
    return new DojangError(
      "storage_unavailable",
      "Cannot write: other writes came first, again and again",
      options,
    );
  if (WORLDS.test(error.code ?? ""))
    return new DojangError("storage_unavailable", `Cannot use the database: ${error.code}`, options);
  // A constraint that a decision broke: our bug. The message names tables and keys, never values (those are in `detail`).
  return new DojangError("internal_error", `Cannot write: ${error.message}`, options);
}
