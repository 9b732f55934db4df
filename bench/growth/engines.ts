import { createHash } from "node:crypto";
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Clock } from "../../src/clock.ts";
import { openPostgresStore } from "../../src/storage/postgres/open-postgres-store.ts";
import { openSqliteStore } from "../../src/storage/sqlite/open-sqlite-store.ts";
import type { Store } from "../../src/storage/store.ts";
import { runSql } from "../../test/support/postgres/start-postgres.ts";
import { openDatabase, type Database as PostgresDatabase } from "../database.ts";
import { makeDataFolder } from "../server.ts";
import { type BulkPlan, bulkStatements, type Dialect } from "./bulk-rows.ts";

/** Looks random, and is the same in every process. */
export const DATA_KEY = createHash("sha256").update("the data key of the benchmarks").digest();

export type EngineName = "sqlite" | "postgres";

/** One database of some size. */
export interface Grown {
  /** DATABASE_URL. */
  readonly url: string;
  open(clock: Clock): Promise<Store>;
  /** Writes the rows past the store. Nothing has it open. */
  fill(plan: BulkPlan): Promise<void>;
  /** By table with its indexes where the engine tells, and in all. */
  measureBytes(): Promise<Readonly<Record<string, number>>>;
}

export interface GrowthEngine extends AsyncDisposable {
  readonly name: EngineName;
  create(): Promise<Grown>;
}

export async function openEngine(name: EngineName): Promise<GrowthEngine> {
  return name === "sqlite" ? sqliteEngine() : postgresEngine(await openDatabase());
}

const SQLITE: Dialect = {
  numbers: (count) =>
    `RECURSIVE numbers (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i < ${count - 1})`,
  padded: (prefix, digits, of = "i") => `printf('${prefix}%0${digits}d', ${of})`,
  randomBytes16: "randomblob(16)",
  bytes: (value) => `X'${value.toString("hex")}'`,
};

function sqliteEngine(): GrowthEngine {
  const folder = makeDataFolder();
  let databases = 0;
  return {
    name: "sqlite",
    async create() {
      databases += 1;
      const path = join(folder, `grown-${databases}.db`);
      return {
        url: `sqlite:${path}`,
        open: (clock) => openSqliteStore({ path, clock, dataKey: DATA_KEY }),
        async fill(plan) {
          fillSqlite(path, bulkStatements(plan, SQLITE));
        },
        async measureBytes() {
          return { all: statSync(path).size };
        },
      };
    },
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Indexes are made anew at the end: row by row, in the order of random keys, they would take hours. */
function fillSqlite(path: string, statements: readonly string[]): void {
  const db = new Database(path);
  try {
    for (const pragma of [
      "journal_mode = DELETE",
      "journal_mode = OFF",
      "synchronous = OFF",
      "foreign_keys = OFF",
      "cache_size = -1000000",
    ])
      db.pragma(pragma);
    const indexes = db
      .prepare<[], { name: string; sql: string }>(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
      )
      .all();
    for (const { name } of indexes) db.exec(`DROP INDEX ${name}`);
    for (const statement of statements) db.exec(statement);
    for (const { sql } of indexes) db.exec(sql);
    db.pragma("journal_mode = WAL");
  } finally {
    db.close();
  }
}

const POSTGRES: Dialect = {
  numbers: (count) => `numbers (i) AS (SELECT generate_series(0::bigint, ${count - 1}::bigint))`,
  padded: (prefix, digits, of = "i") => `'${prefix}' || lpad((${of})::text, ${digits}, '0')`,
  randomBytes16: "decode(md5(i::text || random()::text), 'hex')",
  bytes: (value) => `decode('${value.toString("hex")}', 'hex')`,
};

function postgresEngine(server: PostgresDatabase): GrowthEngine {
  return {
    name: "postgres",
    async create() {
      const url = await server.create();
      return {
        url,
        open: (clock) => openPostgresStore({ url, clock, dataKey: DATA_KEY }),
        async fill(plan) {
          const adminUrl = server.asAdmin(url);
          // Triggers and foreign keys would ask the rows that were written a moment ago.
          const quiet = "SET session_replication_role = replica; SET synchronous_commit = off;";
          for (const statement of bulkStatements(plan, POSTGRES))
            await runSql(adminUrl, `${quiet} ${statement}`);
          await runSql(adminUrl, "VACUUM ANALYZE");
          await runSql(adminUrl, "CHECKPOINT");
        },
        async measureBytes() {
          const rows = await runSql<{ name: string; bytes: string }>(
            server.asAdmin(url),
            `SELECT relname AS name, pg_total_relation_size(oid) AS bytes FROM pg_class
             WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
             UNION ALL SELECT 'all', pg_database_size(current_database())`,
          );
          return Object.fromEntries(rows.map(({ name, bytes }) => [name, Number(bytes)]));
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await server.close();
    },
  };
}
