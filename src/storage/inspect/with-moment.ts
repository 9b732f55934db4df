import type Database from "better-sqlite3";
import type { DatabaseConfig } from "../../config.ts";
import { besidePostgres } from "../postgres/beside-postgres.ts";
import type { Session, Statement } from "../postgres/session.ts";
import { refuseForeignFile } from "../sqlite/migrate.ts";
import { openBeside } from "../sqlite/open-beside.ts";

/** One moment of a database, whichever engine it is on: what others write meanwhile is not seen. */
export interface Moment {
  readonly engine: DatabaseConfig["kind"];
  /**
   * The rows of one SELECT in a stream: memory does not grow with their number, and other streams may run within. Values are `$1`, `$2`;
   * whole numbers are numbers, bytes are Buffers.
   */
  rows<Row extends object>(sql: string, ...values: readonly unknown[]): AsyncIterable<Row>;
  /** The first row of one SELECT. */
  first<Row extends object>(sql: string, ...values: readonly unknown[]): Promise<Row | undefined>;
}

/** Rows in one answer of a PostgreSQL. */
const FETCH_ROWS = 250;

/**
 * Reads from one moment of the database, beside whoever writes to it; changes nothing. Undefined where there is no database yet.
 *
 * On SQLite the `-wal` file grows for as long as it takes; on PostgreSQL no dead row of that time is cleaned up.
 *
 * @throws {Error} in one line: not readable, not ours
 */
export function withMoment<Value>(
  database: DatabaseConfig,
  work: (moment: Moment) => Promise<Value>,
): Promise<Value | undefined> {
  return database.kind === "sqlite" ? withSqlite(database.path, work) : withPostgres(database.url, work);
}

async function withSqlite<Value>(
  path: string,
  work: (moment: Moment) => Promise<Value>,
): Promise<Value | undefined> {
  const db = openBeside(path);
  if (db === undefined) return undefined;
  try {
    refuseForeignFile(db);
    // Held until the end. The moment is that of the first read.
    db.exec("BEGIN");
    return await work(sqliteMoment(db));
  } finally {
    db.close();
  }
}

export function sqliteMoment(db: Database.Database): Moment {
  const bound = (values: readonly unknown[]) =>
    Object.fromEntries(values.map((value, index) => [String(index + 1), value]));
  return {
    engine: "sqlite",
    async *rows<Row extends object>(sql: string, ...values: readonly unknown[]) {
      yield* db.prepare<[object], Row>(sql).iterate(bound(values));
    },
    async first<Row extends object>(sql: string, ...values: readonly unknown[]) {
      return db.prepare<[object], Row>(sql).get(bound(values));
    },
  };
}

function withPostgres<Value>(
  url: string,
  work: (moment: Moment) => Promise<Value>,
): Promise<Value | undefined> {
  return besidePostgres(url, async (session) => {
    // Every stream is read to its end.
    await session.run([plain("SELECT set_config('cursor_tuple_fraction', '1', true)")]);
    return work(postgresMoment(session));
  });
}

export function postgresMoment(session: Session): Moment {
  let cursors = 0;
  return {
    engine: "postgres",
    async *rows<Row extends object>(sql: string, ...values: readonly unknown[]) {
      cursors += 1;
      const cursor = `dojang_${cursors}`;
      await session.run([plain(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${sql}`, ...values)]);
      try {
        for (;;) {
          const [found] = await session.run([plain(`FETCH ${FETCH_ROWS} FROM ${cursor}`)]);
          const rows = (found?.rows ?? []) as readonly Row[];
          yield* rows;
          if (rows.length < FETCH_ROWS) return;
        }
      } finally {
        await session.settle([plain(`CLOSE ${cursor}`)]);
      }
    },
    async first<Row extends object>(sql: string, ...values: readonly unknown[]) {
      const [found] = await session.run([plain(sql, ...values)]);
      return found?.rows[0] as Row | undefined;
    },
  };
}

/** A large table is not counted or sorted within the time of a server's statement. */
const plain = (text: string, ...values: readonly unknown[]): Statement => ({
  name: "",
  text,
  values,
  isPatient: true,
});
