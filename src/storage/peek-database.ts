import { existsSync } from "node:fs";
import { resolve } from "node:path";
import Database from "better-sqlite3";
import type { DatabaseConfig } from "../config.ts";
import { openBeside } from "./open-beside.ts";
import { firstIdAt } from "./rows/mint-id.ts";

/** What a look from outside shows of a database, whoever owns it. Changes nothing in it. */
export interface DatabasePeek {
  /** Whether a process owns it now. */
  readonly isHeld: boolean;
  /** WAL: what the server answers is on the disk. */
  readonly isDurable: boolean;
  readonly lastHintAt: number | undefined;
  readonly openDiscrepancies: number;
  /** Tasks that were given up. */
  readonly deadTasks: number;
  /** How often each finder told first of a payment or of an issued account, since the time asked for. */
  readonly foundBy: Readonly<Record<string, number>>;
}

const FOUND = `SELECT json_extract(data, '$.found_by') AS finder, count(*) AS count FROM events
  WHERE event_id >= ? AND type IN ('order.paid', 'order.awaiting_deposit') AND finder IS NOT NULL GROUP BY finder`;

/**
 * Looks at the database beside its owner. Undefined where there is none yet and one can be made. `foundSince`: milliseconds since
 * the epoch.
 *
 * @throws {Error} in one line: not readable, not ours, no folder to write to
 */
export function peekDatabase(
  config: DatabaseConfig,
  { foundSince }: { readonly foundSince: number },
): DatabasePeek | undefined {
  const db = openBeside(config);
  if (db === undefined) return undefined;
  try {
    const number = (sql: string) => db.prepare<[], number | null>(sql).pluck().get() ?? undefined;
    return {
      isHeld: isHeld(`${db.name}.lock`),
      isDurable: db.pragma("journal_mode", { simple: true }) === "wal",
      lastHintAt: number("SELECT received_at FROM hints ORDER BY hint_id DESC LIMIT 1"),
      openDiscrepancies: number("SELECT count(*) FROM discrepancies WHERE resolved_at IS NULL") ?? 0,
      foundBy: Object.fromEntries(
        db
          .prepare<[string], { finder: string; count: number }>(FOUND)
          .all(firstIdAt("evt_", foundSince))
          .map(({ finder, count }) => [finder, count]),
      ),
      deadTasks: number("SELECT count(*) FROM tasks WHERE state = 'dead'") ?? 0,
    };
  } finally {
    db.close();
  }
}

/** Whether a server owns the database now: changes are then its business alone. */
export function isDatabaseHeld(config: DatabaseConfig): boolean {
  return config.kind === "sqlite" && isHeld(`${resolve(config.path)}.lock`);
}

/** The owner holds an exclusive transaction on this file for as long as it lives. */
function isHeld(lockPath: string): boolean {
  if (!existsSync(lockPath)) return false;
  const lock = new Database(lockPath, { readonly: true, fileMustExist: true, timeout: 0 });
  try {
    lock.prepare("SELECT count(*) FROM sqlite_master").get();
    return false;
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY")) return true;
    throw error;
  } finally {
    lock.close();
  }
}
