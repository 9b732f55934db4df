import { randomBytes } from "node:crypto";
import { existsSync, linkSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import Database from "better-sqlite3";
import { syncFile } from "./connect.ts";
import { createPrivateFile } from "./hold-lock.ts";
import { refuseForeignFile } from "./migrate.ts";
import { openBeside } from "./open-beside.ts";

export interface Backup {
  readonly bytes: number;
  /** Rows by table, in the database at that moment and in the copy. */
  readonly rows: ReadonlyMap<string, number>;
}

/** 2 MB with our pages: other work of this process waits a few milliseconds for one step. */
const STEP_PAGES = 256;
/** Then the copy is read as a whole. */
const COPIED_SHARE = 0.7;

/**
 * Copies the database of one moment into a new file, beside the server that writes to it, and reads the copy as a whole before it
 * gets its name. The copy is one file that its owner alone may read, and it is on the disk. Undefined where there is no database.
 *
 * The moment is held while it copies: the `-wal` file grows by what the server writes meanwhile.
 *
 * @throws {Error} in one line, and nothing is left: there is a file of that name, no room, the database or the copy is broken
 */
export async function backUp(
  path: string,
  { to, onProgress }: { readonly to: string; readonly onProgress: (share: number) => void },
): Promise<Backup | undefined> {
  const target = resolve(to);
  if (existsSync(target)) throw new Error(`${JSON.stringify(to)} is there already, and is not overwritten`);
  if (!existsSync(dirname(target))) throw new Error(`there is no folder ${JSON.stringify(dirname(target))}`);
  const db = openBeside(path);
  if (db === undefined) return undefined;
  const partial = `${target}.${randomBytes(4).toString("hex")}.partial`;
  try {
    refuseForeignFile(db);
    // Without it, every write of the server's would have the copy begin again.
    db.exec("BEGIN");
    const rows = countAll(db);
    createPrivateFile(partial);
    await db.backup(partial, {
      progress({ totalPages, remainingPages }) {
        if (totalPages > 0) onProgress(COPIED_SHARE * (1 - remainingPages / totalPages));
        return STEP_PAGES;
      },
    });
    onProgress(COPIED_SHARE);
    verify(partial, rows);
    syncFile(partial);
    giveName(partial, target);
    syncFile(dirname(target));
    onProgress(1);
    return { bytes: statSync(target).size, rows };
  } finally {
    db.close();
    for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(partial + suffix, { force: true });
  }
}

/** @throws {Error} when it is not whole, or does not hold as many rows */
function verify(path: string, rows: ReadonlyMap<string, number>): void {
  const copy = new Database(path, { fileMustExist: true });
  try {
    // One file, with nothing beside it. The server turns it back when it opens it.
    copy.pragma("journal_mode = DELETE");
    const [first] = copy.pragma("integrity_check") as readonly { integrity_check: string }[];
    if (first?.integrity_check !== "ok") throw new Error(`the copy is not whole: ${first?.integrity_check}`);
    for (const [table, count] of countAll(copy)) {
      if (rows.get(table) !== count)
        throw new Error(`the copy has ${count} rows of ${table} and not ${rows.get(table)}`);
    }
  } finally {
    copy.close();
  }
}

function countAll(db: Database.Database): ReadonlyMap<string, number> {
  const tables = db
    .prepare<[], string>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )
    .pluck()
    .all();
  return new Map(
    tables.map((name) => [name, db.prepare<[], number>(`SELECT count(*) FROM ${name}`).pluck().get() ?? 0]),
  );
}

/** Never over another file, also not one that came meanwhile. */
function giveName(partial: string, target: string): void {
  try {
    linkSync(partial, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST")
      throw new Error(`${JSON.stringify(target)} is there meanwhile, and is not overwritten`);
    // A file system without hard links.
    renameSync(partial, target);
  }
}
