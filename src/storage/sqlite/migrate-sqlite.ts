import { existsSync } from "node:fs";
import { resolve } from "node:path";
import Database from "better-sqlite3";
import type { MigrationOrder, MigrationReport } from "../migrate-database.ts";
import { readMigrations, stepName } from "../read-migrations.ts";
import { connect, settlePath } from "./connect.ts";
import { holdLock } from "./hold-lock.ts";
import { findMissing, migrate } from "./migrate.ts";

/** Owns the file while it works: a server that runs has migrated it already. @throws as `migrateDatabase` */
export function migrateSqlite(path: string, { isDryRun, now }: MigrationOrder): MigrationReport {
  const migrations = readMigrations("sqlite");
  const report = (steps: readonly string[]) => ({ database: path, steps, grants: [], warnings: [] });
  if (isDryRun) {
    if (!existsSync(path)) return report(migrations.map(stepName));
    const db = new Database(resolve(path), { readonly: true, fileMustExist: true, timeout: 1000 });
    try {
      return report(findMissing(db, migrations).map(stepName));
    } finally {
      db.close();
    }
  }
  const settled = settlePath(path);
  const unlock = holdLock(settled);
  try {
    const db = connect(settled);
    try {
      return report(migrate(db, { migrations, now }));
    } finally {
      db.close();
    }
  } finally {
    unlock();
  }
}
