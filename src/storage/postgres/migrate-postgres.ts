import { ConfigError } from "../../env.ts";
import type { MigrationOrder, MigrationReport } from "../migrate-database.ts";
import { readMigrations, stepName } from "../read-migrations.ts";
import { grantToRole } from "./grant-to-role.ts";
import { findMissing, migrate } from "./migrate.ts";
import { openPool, type Pool } from "./open-pool.ts";
import { openingError } from "./opening-error.ts";

/** @throws as `migrateDatabase` */
export async function migratePostgres(
  url: string,
  { isDryRun, grantTo, now }: MigrationOrder,
): Promise<MigrationReport> {
  const migrations = readMigrations("postgres");
  const pool = openOne(url);
  const database = pool.address.shown;
  try {
    const steps = isDryRun
      ? (await findMissing(pool, migrations)).missing.map(stepName)
      : await migrate(pool, { migrations, now });
    const granted =
      grantTo === undefined
        ? { grants: [], warnings: [] }
        : await grantToRole(pool, { role: grantTo, migrations, isDryRun });
    return { database, steps, ...granted };
  } catch (error) {
    throw error instanceof ConfigError ? error : openingError(database, error);
  } finally {
    await pool.close();
  }
}

function openOne(url: string): Pool {
  try {
    return openPool({ url, size: 1 });
  } catch (error) {
    // Never the address itself: it holds the password.
    throw openingError("in DATABASE_URL", error);
  }
}
