import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import Database from "better-sqlite3";
import { refuseOtherSchema } from "../inspect/check-schema.ts";
import { sqliteMoment } from "../inspect/with-moment.ts";
import { settlePath } from "../sqlite/connect.ts";
import { holdLock } from "../sqlite/hold-lock.ts";
import { refuseForeignFile } from "../sqlite/migrate.ts";
import { COPIED_TABLES, type CopiedTable, LEFT_OUT } from "./copied-tables.ts";
import { addRow, keyToText, type Value, type Values } from "./values.ts";

/** The database that is copied. Nothing is written to it, and nobody else can write while it is open. */
export interface CopySource extends Disposable {
  /** What it is, and how far it has come. */
  readonly mark: Buffer;
  readonly rowCount: number;
  countOf(table: CopiedTable): number;
  columnsOf(table: CopiedTable): readonly string[];
  /** The rows after this key, at most so many. */
  read(table: CopiedTable, page: { readonly after: Values | undefined; readonly limit: number }): Values[];
}

/**
 * Opens a SQLite of this release to be copied, and owns it meanwhile, as a server does. `isOwned: false` only looks, beside whoever
 * owns it.
 *
 * @throws {DojangError} `storage_unavailable` when another process owns it, or it is not ours
 * @throws {Error} in one line when it is not there, or not of this release
 */
export async function openCopySource(
  path: string,
  { isOwned }: { readonly isOwned: boolean },
): Promise<CopySource> {
  if (!existsSync(resolve(path))) throw new Error(`there is no database ${JSON.stringify(path)}`);
  const settled = settlePath(path);
  const unlock = isOwned ? holdLock(settled) : () => {};
  const db = new Database(settled, { readonly: true, fileMustExist: true, timeout: 1000 });
  try {
    refuseForeignFile(db);
    await refuseOtherSchema(sqliteMoment(db));
    db.exec("BEGIN");
    refuseOtherTables(db);
    return sourceOf(db, unlock);
  } catch (error) {
    db.close();
    unlock();
    throw error;
  }
}

function refuseOtherTables(db: Database.Database): void {
  const known = new Set(["migrations", ...COPIED_TABLES.map(({ name }) => name)]);
  const tables = db
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .pluck()
    .all();
  const missing = tables.filter((name) => !known.has(name));
  if (missing.length > 0) throw new Error(`no copy is made of its tables ${missing.join(", ")}`);
}

function sourceOf(db: Database.Database, unlock: () => void): CopySource {
  const countOf = ({ name }: CopiedTable) =>
    db.prepare<[], number>(`SELECT count(*) FROM ${name}`).pluck().get() ?? 0;
  const columns = new Map<string, readonly string[]>();
  const columnsOf = ({ name }: CopiedTable) => {
    const known = columns.get(name);
    if (known !== undefined) return known;
    const all = db.prepare<[string], string>("SELECT name FROM pragma_table_info(?)").pluck().all(name);
    const wanted = all.filter((column) => !LEFT_OUT[name]?.includes(column));
    columns.set(name, wanted);
    return wanted;
  };
  return {
    mark: markOf(db),
    rowCount: COPIED_TABLES.reduce((sum, table) => sum + countOf(table), 0),
    countOf,
    columnsOf,
    read(table, { after, limit }) {
      const names = columnsOf(table);
      const { key, name } = table;
      const beyond =
        after === undefined ? "" : `WHERE (${key.join(", ")}) > (${key.map(() => "?").join(", ")})`;
      const rows = db
        .prepare<unknown[], unknown[]>(
          `SELECT ${names.join(", ")} FROM ${name} ${beyond} ORDER BY ${key.join(", ")} LIMIT ?`,
        )
        .raw()
        .safeIntegers()
        .all(...(after ?? []), limit);
      return rows.map((row) =>
        row.map((value, index) => {
          const column = names[index] ?? "";
          return exact(value, { table: name, column, row, isKey: key.includes(column) });
        }),
      );
    },
    [Symbol.dispose]() {
      db.close();
      unlock();
    },
  };
}

/** @throws {Error} for what the target cannot hold */
function exact(
  value: unknown,
  at: {
    readonly table: string;
    readonly column: string;
    readonly row: readonly unknown[];
    readonly isKey: boolean;
  },
): Value {
  const place = () => `${at.table}.${at.column} beside ${JSON.stringify(String(at.row[0]))}`;
  if (typeof value === "bigint") {
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw new Error(`${place()} is a number beyond 2^53`);
    return number;
  }
  // Elsewhere it is written as `toStoredText` does; as a part of a key it would stand at another place in the order.
  if (at.isKey && typeof value === "string" && /[\0\uE000]/.test(value))
    throw new Error(`${place()} holds a character that would stand elsewhere in PostgreSQL's order`);
  return value as Value;
}

/** A server that owned it meanwhile has changed its waiting tasks and cursors, whatever else it did. */
const MARKS = [
  "SELECT version, checksum, applied_at FROM migrations ORDER BY version",
  "SELECT key_id, proof FROM seal_keys ORDER BY key_id",
  "SELECT name, value FROM cursors ORDER BY name",
  "SELECT key, state, due_at, wake_at, wanted, done, tries FROM tasks WHERE wake_at IS NOT NULL ORDER BY key",
  "SELECT coalesce(max(hint_id), 0) FROM hints",
  "SELECT coalesce(max(number), 0) FROM audit",
  "SELECT count(*) FROM aggregates",
];

function markOf(db: Database.Database): Buffer {
  const hash = createHash("sha256");
  for (const sql of MARKS) {
    hash.update(sql);
    for (const row of db.prepare<[], Value[]>(sql).raw().iterate()) addRow(hash, row);
  }
  return hash.digest();
}

/** The key of a row, of which `columns` are read. */
export function keyOf(table: CopiedTable, columns: readonly string[], row: Values): Values {
  return table.key.map((column) => row[columns.indexOf(column)] ?? null);
}

export function lastKeyText(
  table: CopiedTable,
  columns: readonly string[],
  rows: readonly Values[],
): string | null {
  const last = rows.at(-1);
  return last === undefined ? null : keyToText(keyOf(table, columns, last));
}
