import { chmodSync, closeSync, existsSync, fsyncSync, openSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import Database from "better-sqlite3";
import { DojangError } from "../../errors.ts";
import { makeFolder } from "../make-folder.ts";
import { createPrivateFile } from "./hold-lock.ts";
import { refuseForeignFile } from "./migrate.ts";

/** Nobody else writes to the file, so a wait for its lock is short or in vain; it blocks this process meanwhile. */
const BUSY_TIMEOUT_MS = 100;
/** A payment with its raw answer takes about 3 KB: pages of 4 KB would be a third empty, and a commit of 64 a third slower (measured). */
const PAGE_BYTES = 8_192;
const CACHE_KIB = 64 * 1024;

/** The one name of a database file, whatever links lead to it: two names would make two locks. Creates its folder. */
export function settlePath(path: string): string {
  const absolute = resolve(path);
  makeFolder(dirname(absolute));
  if (existsSync(absolute)) {
    // The lock lies beside a name: a file with two names would have two locks, and two owners.
    if (statSync(absolute).nlink > 1) {
      throw new Error(
        "it has a second name (a hard link), and one process must own it: remove one of the two",
      );
    }
    return realpathSync(absolute);
  }
  return join(realpathSync(dirname(absolute)), basename(absolute));
}

/**
 * Opens the file so that COMMIT only gives a write to the system: whoever answers it syncs the log first (`openWalSync`), and a thread
 * of its own moves the log into the file (`createCheckpointer`). What SQLite must order by syncs of its own, it still does: the log
 * before a checkpoint, the file after it, the log's first bytes when it starts over. The caller holds the lock.
 * Source: sqlite.org/pragma.html#pragma_synchronous, NORMAL in WAL mode: never corrupt, and durable up to the last sync of the log.
 */
export function connect(path: string): Database.Database {
  createPrivateFile(path);
  // A new file is on the disk only when its folder is, too.
  syncFile(dirname(path));
  const db = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    refuseForeignFile(db);
    chmodSync(path, 0o600);
    db.pragma(`page_size = ${PAGE_BYTES}`);
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = NORMAL");
    // Where it means anything (macOS), fsync alone does not reach the disk.
    db.pragma("fullfsync = ON");
    db.pragma("foreign_keys = ON");
    db.pragma("trusted_schema = OFF");
    db.pragma("wal_autocheckpoint = 0");
    db.pragma(`cache_size = -${CACHE_KIB}`);
    db.pragma("temp_store = MEMORY");
    expectPragma(db, { name: "journal_mode", value: "wal" });
    expectPragma(db, { name: "synchronous", value: 1 });
    expectPragma(db, { name: "foreign_keys", value: 1 });
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

function expectPragma(
  db: Database.Database,
  wanted: { readonly name: string; readonly value: string | number },
): void {
  const seen = db.pragma(wanted.name, { simple: true });
  if (seen === wanted.value) return;
  throw new DojangError(
    "storage_unavailable",
    `Cannot open the database: expected ${wanted.name} ${wanted.value}, got ${seen}`,
  );
}

/** Whatever was written to the file, or into the folder, is on the disk. */
export function syncFile(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
