import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { DatabaseConfig } from "../../../src/config.ts";
import { runSql } from "../../support/postgres/start-postgres.ts";
import { asRole, copyOfDatabase, dropDatabase, makeDatabase } from "../../support/postgres/test-databases.ts";

/** A database to fill once, and to damage a copy of for each test. */
export interface Original {
  readonly engine: DatabaseConfig["kind"];
  readonly url: string;
  /** A copy as it is. Nobody may have the original open. */
  copy(): Promise<Damaged>;
  remove(): Promise<void>;
}

export interface Damaged extends AsyncDisposable {
  readonly database: DatabaseConfig;
  readonly url: string;
  /** Runs statements past every trigger, check and foreign key. */
  run(sql: string): Promise<void>;
  /** Takes away what refuses damage: triggers and unique indexes. */
  unguard(): Promise<void>;
}

/** Unique indexes that are no primary keys. */
const UNIQUE = ["payments_imp_uid", "payments_one_applied", "events_id", "discrepancies_cause", "refunds_id"];
const DROP_UNIQUE = UNIQUE.map((name) => `DROP INDEX ${name}`).join(";");

export function sqliteOriginal(): Original {
  const folder = mkdtempSync(join(tmpdir(), "dojang-damage-"));
  const path = join(folder, "original.db");
  let copies = 0;
  return {
    engine: "sqlite",
    url: `sqlite:${path}`,
    async copy() {
      copies += 1;
      const copied = join(folder, `copy-${copies}.db`);
      copyFileSync(path, copied);
      return damagedSqlite(copied);
    },
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

function damagedSqlite(path: string): Damaged {
  const run = async (sql: string) => {
    const db = new Database(path);
    db.pragma("foreign_keys = OFF");
    db.pragma("ignore_check_constraints = ON");
    try {
      db.exec(sql);
    } finally {
      db.close();
    }
  };
  return {
    database: { kind: "sqlite", path },
    url: `sqlite:${path}`,
    run,
    async unguard() {
      const db = new Database(path);
      const triggers = db
        .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        .pluck()
        .all();
      db.close();
      await run(`${triggers.map((name) => `DROP TRIGGER ${name}`).join(";")};${DROP_UNIQUE}`);
    },
    async [Symbol.asyncDispose]() {
      rmSync(path, { force: true });
    },
  };
}

export async function postgresOriginal(): Promise<Original> {
  const url = await makeDatabase();
  return {
    engine: "postgres",
    url,
    async copy() {
      return damagedPostgres(await copyOfDatabase(url));
    },
    remove: () => dropDatabase(url),
  };
}

function damagedPostgres(url: string): Damaged {
  const admin = asRole(url, "postgres");
  const run = async (sql: string) => {
    await runSql(admin, `SET session_replication_role = replica; ${sql}`);
  };
  return {
    database: { kind: "postgres", url },
    url,
    run,
    unguard: () => run(DROP_UNIQUE),
    [Symbol.asyncDispose]: () => dropDatabase(url),
  };
}
