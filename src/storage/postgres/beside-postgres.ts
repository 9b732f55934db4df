import { readMigrations, stepName } from "../read-migrations.ts";
import { findMissing } from "./migrate.ts";
import { openPool } from "./open-pool.ts";
import { openingError } from "./opening-error.ts";
import { BEGIN_READ, ROLLBACK, type Session } from "./session.ts";

/**
 * Reads a database beside its servers, all of it as of one moment. Undefined where nobody has made the schema yet.
 *
 * @throws {DojangError} `storage_unavailable`, in one line without the password: not reachable, read-only, behind this release or not ours
 */
export async function besidePostgres<Value>(
  url: string,
  read: (session: Session) => Promise<Value>,
): Promise<Value | undefined> {
  let shown = "in DATABASE_URL";
  try {
    const pool = openPool({ url, size: 1 });
    shown = pool.address.shown;
    try {
      const migrations = readMigrations("postgres");
      const { missing, mayCreate } = await findMissing(pool, migrations);
      if (missing.length === migrations.length && mayCreate) return undefined;
      if (missing.length > 0)
        throw new Error(`its schema lacks ${missing.map(stepName).join(", ")}: run dojang migrate`);
      return await pool.use(async (session) => {
        await session.run([BEGIN_READ]);
        try {
          return await read(session);
        } finally {
          await session.settle([ROLLBACK]);
        }
      });
    } finally {
      await pool.close();
    }
  } catch (error) {
    throw openingError(shown, error);
  }
}
