import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { dumpDatabase } from "./postgres/dump-database.ts";
import { dropDatabase, makeDatabase } from "./postgres/test-databases.ts";

/** Which engine the servers of this run are on: `sqlite`, or `postgres`. Only scripts/test.ts sets it, and only test support reads it. */
export const TEST_ENGINE = "DOJANG_TEST_ENGINE";

export function testEngine(): "sqlite" | "postgres" {
  const name = process.env[TEST_ENGINE] ?? "sqlite";
  if (name === "sqlite" || name === "postgres") return name;
  throw new Error(`Set ${TEST_ENGINE} to sqlite or postgres, got ${name}`);
}

/** The DATABASE_URL of a test's folder: always the same for one folder, in every process of a run. */
export async function databaseIn(folder: string): Promise<string> {
  return testEngine() === "postgres" ? makeDatabase(folder) : `sqlite:${join(folder, "dojang.db")}`;
}

type DatabaseEnv = Readonly<Record<string, string>> & { readonly DATABASE_URL: string };

/** The settings that name the database of a folder to a process of its own. PostgreSQL has no folder that could keep a data key. */
export async function databaseEnvIn(folder: string): Promise<DatabaseEnv> {
  const DATABASE_URL = await databaseIn(folder);
  return testEngine() === "postgres" ? { DATABASE_URL, DOJANG_DATA_KEY } : { DATABASE_URL };
}

const DOJANG_DATA_KEY = Buffer.alloc(32, 5).toString("base64");

/** Every byte that lies in the folder, and in the database of it, by name. */
export async function bytesIn(folder: string): Promise<readonly (readonly [name: string, bytes: Buffer])[]> {
  const files = readdirSync(folder).map(
    (name) => [`the file ${name}`, readFileSync(join(folder, name))] as const,
  );
  const database = join(folder, "dojang.db");
  // A long text lies in the file in pieces: its values are read one by one as well.
  if (testEngine() === "sqlite")
    return existsSync(database) ? [...files, ["the database", valuesIn(database)]] : files;
  return [...files, ["the database", await dumpDatabase(await makeDatabase(folder))]];
}

/** Every value of every row of a SQLite, beside a running server. */
function valuesIn(path: string): Buffer {
  const db = new Database(path, { readonly: true });
  try {
    const tables = db
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .pluck()
      .all() as string[];
    const values = tables.flatMap((name) =>
      db.prepare<[], unknown[]>(`SELECT * FROM "${name}"`).raw().all().flat(),
    );
    return Buffer.concat(values.map((value) => (Buffer.isBuffer(value) ? value : Buffer.from(`${value}\n`))));
  } finally {
    db.close();
  }
}

/** Removes the folder and the database of it. Nobody uses them any more. */
export async function removeDatabaseIn(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  if (testEngine() === "postgres") await dropDatabase(await makeDatabase(folder));
}
