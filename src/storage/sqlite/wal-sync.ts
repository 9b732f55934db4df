import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";
import { promisify } from "node:util";

/** Brings the write-ahead log of a database to the disk. */
export interface WalSync {
  /**
   * What the system was given before the call is on the disk when it resolves. It waits in a thread of libuv's pool; lookups of
   * names fill at most half of that pool, so they never hold it up.
   */
  later(): Promise<void>;
  /** The same, at once. */
  now(): void;
  close(): void;
}

const sync = promisify(fdatasync);

/**
 * A handle of its own on the log that SQLite keeps open: one file for as long as the database is open, and without a lock that closing
 * a handle could drop. Sources: sqlite.org/walformat.html, 2.1 and 2.3; fdatasync(2): a grown size is written as well.
 */
export function openWalSync(databasePath: string): WalSync {
  const handle = openSync(`${databasePath}-wal`, "r+");
  return {
    later: () => sync(handle),
    now: () => fdatasyncSync(handle),
    close: () => closeSync(handle),
  };
}
