import { DojangError } from "../../errors.ts";
import { type Migration, stepName } from "../read-migrations.ts";
import type { Pool } from "./open-pool.ts";
import { isForbidden } from "./postgres-error.ts";
import { BEGIN, COMMIT, ROLLBACK, type Session, type Statement } from "./session.ts";

/** `Djng`: one migration at a time, whoever starts it. */
const LOCK_KEY = 0x446a6e67;

const LOOK = `SELECT to_regclass('migrations') IS NOT NULL AS "isOurs",
  (SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r') AS tables,
  coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS "mayCreate", current_user AS role`;

const plain = (text: string, ...values: readonly unknown[]): Statement => ({ name: "", text, values });

/**
 * Behind this lock until the end of the transaction: a pooler gives every transaction another session. Whoever holds it may take as long
 * as a step takes; a table that is in use is waited for no longer than a server waits, because everybody else waits behind that.
 */
export const SCHEMA_LOCK: readonly Statement[] = [
  plain("SET LOCAL lock_timeout = 0"),
  { ...plain("SELECT pg_advisory_xact_lock($1)", LOCK_KEY), isPatient: true },
  plain("SET LOCAL lock_timeout = '5s'"),
];

/**
 * Brings the schema up to the newest of `migrations`, each step in a transaction of its own, one process at a time. Never goes back.
 *
 * @returns the names of the steps that were made
 * @throws {DojangError} `storage_unavailable`, the schema left as it was, when it is not ours, comes from a newer release, was made by a
 * step that has since been edited, or is behind and this role may not change it
 */
export async function migrate(
  pool: Pool,
  plan: { readonly migrations: readonly Migration[]; readonly now: number },
): Promise<readonly string[]> {
  const { missing, mayCreate, role } = await findMissing(pool, plan.migrations);
  if (missing.length === 0) return [];
  if (!mayCreate) {
    throw refusal(
      pool,
      missing.length === plan.migrations.length
        ? `${role} sees no schema of Dojang and may not make one: run dojang migrate --grant-to ${role} as its owner`
        : `its schema lacks ${missing.map(stepName).join(", ")}: run dojang migrate --grant-to ${role} as its owner`,
    );
  }
  return pool.use(async (session) => {
    const made: string[] = [];
    for (;;) {
      const step = await makeStep(session, { ...plan, pool });
      if (step === undefined) return made;
      made.push(stepName(step));
    }
  });
}

/** What the schema lacks, and whether this role may change it. Changes nothing. @throws as `migrate` */
export async function findMissing(pool: Pool, migrations: readonly Migration[]) {
  return pool.use(async (session) => {
    const [found] = await session.run([plain(LOOK)]);
    const { isOurs, tables, mayCreate, role } = (found?.rows[0] ?? {}) as {
      isOurs: boolean;
      tables: number;
      mayCreate: boolean;
      role: string;
    };
    if (!isOurs && Number(tables) > 0) throw refusal(pool, "its schema holds tables that are not Dojang's");
    const applied = isOurs ? await readApplied(session).catch((error) => explain(pool, error, role)) : [];
    return { missing: missingOf(pool, { applied, migrations }), mayCreate, role };
  });
}

function explain(pool: Pool, error: unknown, role: string): never {
  if (!isForbidden(error)) throw error;
  throw refusal(
    pool,
    `${role} may not read its tables: run dojang migrate --grant-to ${role} as their owner`,
  );
}

function refusal(pool: Pool, why: string): DojangError {
  return new DojangError("storage_unavailable", `Cannot open the database ${pool.address.shown}: ${why}`);
}

interface Applied {
  readonly version: number;
  readonly checksum: string;
}

async function readApplied(session: Session): Promise<readonly Applied[]> {
  const [rows] = await session.run([plain("SELECT version, checksum FROM migrations ORDER BY version")]);
  return (rows?.rows ?? []) as unknown as readonly Applied[];
}

function missingOf(
  pool: Pool,
  {
    applied,
    migrations,
  }: { readonly applied: readonly Applied[]; readonly migrations: readonly Migration[] },
): readonly Migration[] {
  for (const row of applied) {
    const known = migrations[row.version - 1];
    if (known === undefined)
      throw refusal(
        pool,
        `its schema is version ${row.version} and this release knows up to ${migrations.length}; start a newer release`,
      );
    if (known.checksum !== row.checksum)
      throw refusal(pool, `migration ${row.version} is not the one that made it`);
  }
  return migrations.slice(applied.length);
}

/** @returns the step that was made; nothing when none is missing */
async function makeStep(
  session: Session,
  { pool, migrations, now }: { readonly pool: Pool; readonly migrations: readonly Migration[]; now: number },
): Promise<Migration | undefined> {
  try {
    await session.run([
      BEGIN,
      ...SCHEMA_LOCK,
      plain(`CREATE TABLE IF NOT EXISTS migrations (
        version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)`),
    ]);
    // Read behind the lock: another process may have made the step meanwhile.
    const [step] = missingOf(pool, { applied: await readApplied(session), migrations });
    if (step === undefined) {
      await session.run([COMMIT]);
      return undefined;
    }
    const { version, name, checksum } = step;
    await session.runScript(step.sql);
    await session.run([
      plain(
        "INSERT INTO migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
        version,
        name,
        checksum,
        now,
      ),
      COMMIT,
    ]);
    return step;
  } catch (error) {
    await session.settle([ROLLBACK]);
    throw error;
  }
}
