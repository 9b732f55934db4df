import type { DatabaseConfig } from "../config.ts";
import { ConfigError } from "../env.ts";
import { migratePostgres } from "./postgres/migrate-postgres.ts";
import { migrateSqlite } from "./sqlite/migrate-sqlite.ts";

export interface MigrationOrder {
  /** Looks, and changes nothing. */
  readonly isDryRun: boolean;
  /** The role of the servers: PostgreSQL only. */
  readonly grantTo?: string;
  readonly now: number;
}

export interface MigrationReport {
  /** Without a password. */
  readonly database: string;
  /** The steps that were made, or would be. */
  readonly steps: readonly string[];
  /** What was granted, or would be, as SQL. */
  readonly grants: readonly string[];
  /** What the role may do although no server needs it. */
  readonly warnings: readonly string[];
}

/**
 * Brings the schema up to this release, and lets a role use it. Made again it finds nothing to do.
 *
 * @throws {DojangError} `storage_unavailable`; {ConfigError}
 */
export async function migrateDatabase(
  config: DatabaseConfig,
  order: MigrationOrder,
): Promise<MigrationReport> {
  if (config.kind === "postgres") return migratePostgres(config.url, order);
  if (order.grantTo !== undefined)
    throw new ConfigError("Leave out --grant-to: a SQLite file knows no roles, and belongs to its owner");
  return migrateSqlite(config.path, order);
}
