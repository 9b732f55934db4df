import { DojangError } from "../../errors.ts";
import type { Migration } from "../read-migrations.ts";
import type { Pool } from "./open-pool.ts";
import { BEGIN, COMMIT, ROLLBACK, type Session, type Statement } from "./session.ts";

/** `Djng`: one migration at a time, whoever starts it. */
const LOCK_KEY = 0x446a6e67;

const LOOK = `SELECT to_regclass('migrations') IS NOT NULL AS "isOurs",
  (SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r') AS tables,
  has_schema_privilege(current_schema(), 'CREATE') AS "mayCreate"`;

const plain = (text: string, ...values: readonly unknown[]): Statement => ({ name: "", text, values });

/**
 * Brings the schema up to the newest of `migrations`, each step in a transaction of its own, one process at a time. Never goes back.
 *
 * @returns how many steps were made
 * @throws {DojangError} `storage_unavailable`, the schema left as it was, when it is not ours, comes from a newer release, was made by a
 * step that has since been edited, or is behind and this role may not change it
 */
export async function migrate(
  pool: Pool,
  plan: { readonly migrations: readonly Migration[]; readonly now: number },
): Promise<number> {
  const refuse = (why: string) =>
    new DojangError("storage_unavailable", `Cannot open the database ${pool.address.shown}: ${why}`);
  return pool.use(async (session) => {
    const [found] = await session.run([plain(LOOK)]);
    const { isOurs, tables, mayCreate } = (found?.rows[0] ?? {}) as {
      isOurs: boolean;
      tables: number;
      mayCreate: boolean;
    };
    if (!isOurs && Number(tables) > 0) throw refuse("its schema holds tables that are not Dojang's");
    const applied = isOurs ? await readApplied(session) : [];
    const behind = check(applied, plan.migrations, refuse);
    if (behind === 0) return 0;
    if (!mayCreate)
      throw refuse(
        `its schema is ${behind} steps behind this release: run dojang migrate with a role that owns it`,
      );
    let made = 0;
    for (;;) {
      const isMade = await makeStep(session, plan, refuse);
      if (!isMade) return made;
      made += 1;
    }
  });
}

interface Applied {
  readonly version: number;
  readonly checksum: string;
}

async function readApplied(session: Session): Promise<readonly Applied[]> {
  const [rows] = await session.run([plain("SELECT version, checksum FROM migrations ORDER BY version")]);
  return (rows?.rows ?? []) as unknown as readonly Applied[];
}

/** @returns how many steps are missing */
function check(
  applied: readonly Applied[],
  migrations: readonly Migration[],
  refuse: (why: string) => DojangError,
): number {
  for (const row of applied) {
    const known = migrations[row.version - 1];
    if (known === undefined)
      throw refuse(
        `its schema is version ${row.version} and this release knows up to ${migrations.length}; start a newer release`,
      );
    if (known.checksum !== row.checksum) throw refuse(`migration ${row.version} is not the one that made it`);
  }
  return migrations.length - applied.length;
}

/** The lock ends with the transaction: a pooler gives every transaction another session. */
async function makeStep(
  session: Session,
  { migrations, now }: { readonly migrations: readonly Migration[]; readonly now: number },
  refuse: (why: string) => DojangError,
): Promise<boolean> {
  try {
    await session.run([
      BEGIN,
      plain("SELECT pg_advisory_xact_lock($1)", LOCK_KEY),
      plain(`CREATE TABLE IF NOT EXISTS migrations (
        version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)`),
    ]);
    // Read behind the lock: another process may have made the step meanwhile.
    const applied = await readApplied(session);
    if (check(applied, migrations, refuse) === 0) {
      await session.run([COMMIT]);
      return false;
    }
    const step = migrations[applied.length] as Migration;
    await session.runScript(step.sql);
    await session.run([
      plain(
        "INSERT INTO migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
        step.version,
        step.name,
        step.checksum,
        now,
      ),
      COMMIT,
    ]);
    return true;
  } catch (error) {
    await session.settle([ROLLBACK]);
    throw error;
  }
}
