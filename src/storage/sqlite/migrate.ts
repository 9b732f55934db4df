import type Database from "better-sqlite3";
import { DojangError } from "../../errors.ts";
import { type Migration, stepName } from "../read-migrations.ts";

/** `Djng`: tells a file of ours from any other SQLite database. */
const APPLICATION_ID = 0x446a6e67;

/**
 * Brings the schema up to the newest of `migrations`: all steps that are missing, or none. Never goes back.
 *
 * @returns the names of the steps that were made
 * @throws {DojangError} `storage_unavailable`, the file left as it was, when it is no database of Dojang, comes from a newer release,
 * or was made by a step that has since been edited
 */
export function migrate(
  db: Database.Database,
  plan: { readonly migrations: readonly Migration[]; readonly now: number },
): readonly string[] {
  claimFile(db);
  const missing = missingOf(db, plan.migrations);
  const note = db.prepare("INSERT INTO migrations (version, name, checksum, applied_at) VALUES (?, ?, ?, ?)");
  db.transaction(() => {
    for (const { version, name, checksum, sql } of missing) {
      db.exec(sql);
      note.run(version, name, checksum, plan.now);
    }
  }).exclusive();
  return missing.map(stepName);
}

/** What the schema lacks. Changes nothing. @throws as `migrate` */
export function findMissing(db: Database.Database, migrations: readonly Migration[]): readonly Migration[] {
  refuseForeignFile(db);
  return isOurs(db) ? missingOf(db, migrations) : migrations;
}

function missingOf(db: Database.Database, migrations: readonly Migration[]): readonly Migration[] {
  const applied = db
    .prepare<[], { version: number; checksum: string }>(
      "SELECT version, checksum FROM migrations ORDER BY version",
    )
    .all();
  for (const row of applied) checkApplied(db, { row, migrations });
  return migrations.slice(applied.length);
}

/** Before anything is set on the file: another program's is left as it is. @throws {DojangError} `storage_unavailable` */
export function refuseForeignFile(db: Database.Database): void {
  const tables = db.prepare<[], number>("SELECT count(*) FROM sqlite_schema").pluck().get();
  if (!isOurs(db) && tables !== 0) throw refusal(db, "it is not a database of Dojang");
}

function isOurs(db: Database.Database): boolean {
  return db.pragma("application_id", { simple: true }) === APPLICATION_ID;
}

function claimFile(db: Database.Database): void {
  if (isOurs(db)) return;
  db.transaction(() => {
    db.exec(`PRAGMA application_id = ${APPLICATION_ID};
      CREATE TABLE migrations (
        version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL
      ) STRICT;`);
  }).exclusive();
}

function checkApplied(
  db: Database.Database,
  found: {
    readonly row: { readonly version: number; readonly checksum: string };
    readonly migrations: readonly Migration[];
  },
): void {
  const newest = found.migrations.length;
  const known = found.migrations[found.row.version - 1];
  if (known === undefined) {
    throw refusal(
      db,
      `its schema is version ${found.row.version} and this release knows up to ${newest}; start a newer release`,
    );
  }
  if (known.checksum !== found.row.checksum) {
    throw refusal(db, `migration ${found.row.version} is not the one that made it`);
  }
}

function refusal(db: Database.Database, why: string): DojangError {
  return new DojangError("storage_unavailable", `Cannot open the database ${db.name}: ${why}`);
}
