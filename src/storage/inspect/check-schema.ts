import Database from "better-sqlite3";
import { readMigrations } from "../read-migrations.ts";
import type { Moment } from "./with-moment.ts";

/** @throws {Error} in one line where the schema is not the one of this release */
export async function refuseOtherSchema(moment: Moment): Promise<void> {
  const migrations = readMigrations(moment.engine);
  let count = 0;
  for await (const { checksum } of moment.rows<{ checksum: string }>(
    "SELECT checksum FROM migrations ORDER BY version",
  )) {
    const known = migrations[count];
    count += 1;
    if (known !== undefined && known.checksum !== checksum)
      throw new Error(`migration ${count} is not the one that made it`);
  }
  if (count === migrations.length) return;
  throw new Error(
    `its schema is version ${count} and that of this release is ${migrations.length}: use the release that made it`,
  );
}

/** What guards the data and is not there, or is not in force, by kind and name: triggers, indexes, constraints. */
export function brokenGuards(moment: Moment): AsyncIterable<string> {
  return moment.engine === "sqlite" ? brokenInSqlite(moment) : brokenInPostgres(moment);
}

interface SchemaRow {
  readonly id: string;
  readonly sql: string;
}

const SQLITE_SCHEMA = "SELECT type || ' ' || name AS id, sql FROM sqlite_schema WHERE sql IS NOT NULL";

/** Against a database that this release has just made. */
async function* brokenInSqlite(moment: Moment): AsyncIterable<string> {
  const found = new Map<string, string>();
  for await (const { id, sql } of moment.rows<SchemaRow>(SQLITE_SCHEMA)) found.set(id, sql);
  const fresh = new Database(":memory:");
  try {
    for (const { sql } of readMigrations("sqlite")) fresh.exec(sql);
    for (const { id, sql } of fresh.prepare<[], SchemaRow>(SQLITE_SCHEMA).all())
      if (found.get(id) !== sql) yield id;
  } finally {
    fresh.close();
  }
}

const IN_FORCE = `SELECT 'trigger ' || tgname AS id FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal AND tgenabled IN ('O', 'A')
  UNION ALL
  SELECT 'index ' || relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE relnamespace = current_schema()::regnamespace AND indisvalid`;
const NOT_IN_FORCE = `SELECT 'constraint ' || conname AS id FROM pg_constraint
  WHERE connamespace = current_schema()::regnamespace AND NOT convalidated`;

/** Against the names that the migrations give. */
async function* brokenInPostgres(moment: Moment): AsyncIterable<string> {
  const expected = new Set<string>();
  for (const { sql } of readMigrations("postgres")) {
    for (const [, verb, kind = "", name] of sql.matchAll(
      /^(CREATE|DROP) (?:UNIQUE )?(TRIGGER|INDEX) (\w+)/gm,
    )) {
      const id = `${kind.toLowerCase()} ${name}`;
      if (verb === "CREATE") expected.add(id);
      else expected.delete(id);
    }
  }
  for await (const { id } of moment.rows<{ id: string }>(IN_FORCE)) expected.delete(id);
  yield* expected;
  for await (const { id } of moment.rows<{ id: string }>(NOT_IN_FORCE)) yield id;
}
