import { existsSync } from "node:fs";
import { resolve } from "node:path";
import Database from "better-sqlite3";
import type { DatabasePeek } from "../peek-database.ts";
import { firstIdAt } from "../rows/mint-id.ts";
import { openBeside } from "./open-beside.ts";

const FOUND = `SELECT json_extract(data, '$.found_by') AS finder, count(*) AS count FROM events
  WHERE event_id >= ? AND type IN ('order.paid', 'order.awaiting_deposit') AND finder IS NOT NULL GROUP BY finder`;

/** @throws as `peekDatabase` */
export function peekSqlite(
  path: string,
  { foundSince }: { readonly foundSince: number },
): DatabasePeek | undefined {
  const db = openBeside(path);
  if (db === undefined) return undefined;
  try {
    const number = (sql: string) => db.prepare<[], number | null>(sql).pluck().get() ?? undefined;
    const isDurable = db.pragma("journal_mode", { simple: true }) === "wal";
    const owner = isHeld(`${db.name}.lock`) ? "held by a running server" : "held by nobody";
    return {
      isDurable,
      state: `${isDurable ? "durable (WAL)" : "not in WAL mode"}, ${owner}`,
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

/** Whether a server owns the file now. */
export function isFileHeld(path: string): boolean {
  return isHeld(`${resolve(path)}.lock`);
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
