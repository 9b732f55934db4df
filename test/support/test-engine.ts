import { rmSync } from "node:fs";
import { join } from "node:path";
import { dropDatabase, makeDatabase } from "./postgres/test-databases.ts";

/** Which engine the servers of this run are on: `sqlite`, or `postgres`. Only test support reads it. */
const TEST_ENGINE = "DOJANG_TEST_ENGINE";

export function testEngine(): "sqlite" | "postgres" {
  const name = process.env[TEST_ENGINE] ?? "sqlite";
  if (name === "sqlite" || name === "postgres") return name;
  throw new Error(`Set ${TEST_ENGINE} to sqlite or postgres, got ${name}`);
}

/** The DATABASE_URL of a test's folder: always the same for one folder, in every process of a run. */
export async function databaseIn(folder: string): Promise<string> {
  return testEngine() === "postgres" ? makeDatabase(folder) : `sqlite:${join(folder, "dojang.db")}`;
}

/** Removes the folder and the database of it. Nobody uses them any more. */
export async function removeDatabaseIn(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  if (testEngine() === "postgres") await dropDatabase(await makeDatabase(folder));
}
