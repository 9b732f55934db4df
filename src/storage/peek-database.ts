import type { DatabaseConfig } from "../config.ts";
import { peekPostgres } from "./postgres/peek-postgres.ts";
import { isFileHeld, peekSqlite } from "./sqlite/peek-sqlite.ts";

/** What a look from outside shows of a database, whoever uses it. Changes nothing in it. */
export interface DatabasePeek {
  /** Whether what the server answers is on the disk. */
  readonly isDurable: boolean;
  /** How it keeps what is written, and who uses it now. */
  readonly state: string;
  readonly lastHintAt: number | undefined;
  readonly openDiscrepancies: number;
  /** Tasks that were given up. */
  readonly deadTasks: number;
  /** How often each finder told first of a payment or of an issued account, since the time asked for. */
  readonly foundBy: Readonly<Record<string, number>>;
}

/**
 * Looks at the database beside its servers. Undefined where there is none yet and one can be made. `foundSince`: milliseconds since
 * the epoch.
 *
 * @throws {Error} in one line: not readable, not reachable, not ours, no folder to write to
 */
export async function peekDatabase(
  config: DatabaseConfig,
  since: { readonly foundSince: number },
): Promise<DatabasePeek | undefined> {
  return config.kind === "postgres" ? peekPostgres(config.url, since) : peekSqlite(config.path, since);
}

/** Whether a server owns the database now: changes are then its business alone. A PostgreSQL is never owned. */
export function isDatabaseHeld(config: DatabaseConfig): boolean {
  return config.kind === "sqlite" && isFileHeld(config.path);
}
