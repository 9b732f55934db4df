import { ConfigError } from "../../env.ts";
import type { Migration } from "../read-migrations.ts";
import { SCHEMA_LOCK } from "./migrate.ts";
import type { Pool } from "./open-pool.ts";
import { BEGIN, COMMIT, ROLLBACK, type Statement } from "./session.ts";

/** Which step was made, and what was copied, is the owner's to write. */
const READ_ONLY = ["migrations", "copies", "copied_tables"];
/** What is written once and never changed. */
const APPEND_ONLY = ["audit", "audit_checkpoints", "cancellations", "events", "hints", "seal_keys"];
/** What ends, and leaves no trace here: the audit has it. Every other table may be changed and not deleted from. */
const PASSING = ["console_sessions", "sign_in_tries"];

/** $1 the role, $2 our tables and sequences, $3 to $5 the lists above. Quoted by the database itself. */
const MISSING = `WITH role AS (SELECT oid, rolname FROM pg_roles WHERE rolname = $1),
  relation AS (SELECT oid, relname, relkind,
      CASE WHEN relkind = 'S' THEN '{USAGE}' WHEN relname = ANY ($3) THEN '{SELECT}'
        WHEN relname = ANY ($4) THEN '{SELECT,INSERT}' WHEN relname = ANY ($5) THEN '{SELECT,INSERT,UPDATE,DELETE}' ELSE '{SELECT,INSERT,UPDATE}' END::text[] AS wanted
    FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'S') AND relname = ANY ($2))
SELECT format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), rolname) AS sql FROM role
  WHERE NOT has_database_privilege(oid, current_database(), 'CONNECT')
UNION ALL
SELECT format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), rolname) FROM role
  WHERE NOT has_schema_privilege(oid, current_schema(), 'USAGE')
UNION ALL
SELECT format('GRANT %s ON %s %I TO %I', string_agg(privilege, ', ' ORDER BY place),
    CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, relname, rolname)
  FROM role, relation, unnest(wanted) WITH ORDINALITY AS each (privilege, place)
  WHERE NOT CASE relkind WHEN 'S' THEN has_sequence_privilege(role.oid, relation.oid, privilege)
    ELSE has_table_privilege(role.oid, relation.oid, privilege) END
  GROUP BY relkind, relname, rolname
ORDER BY sql`;

const EXCESS = `SELECT rolsuper AS "isSuperuser", has_schema_privilege(role.oid, current_schema(), 'CREATE') AS "mayCreate",
    current_schema() AS schema,
    coalesce(pg_has_role(role.oid, (SELECT relowner FROM pg_class WHERE oid = to_regclass('migrations')), 'USAGE'), false)
      AS "isOwner"
  FROM pg_roles AS role WHERE rolname = $1`;

export interface RoleGrants {
  /** As SQL, one each. */
  readonly grants: readonly string[];
  /** What the role may do although no server needs it, one line each. */
  readonly warnings: readonly string[];
}

/**
 * Lets a role do what a server does, and nothing else: no DDL, no DELETE but of sessions and counted sign-ins. Grants what is missing only.
 *
 * @throws {ConfigError} when there is no such role
 */
export async function grantToRole(
  pool: Pool,
  { role, migrations, isDryRun }: { role: string; migrations: readonly Migration[]; isDryRun: boolean },
): Promise<RoleGrants> {
  const plain = (text: string, ...values: readonly unknown[]): Statement => ({ name: "", text, values });
  return pool.use(async (session) => {
    try {
      const found = await session.run([
        BEGIN,
        ...SCHEMA_LOCK,
        plain(EXCESS, role),
        plain(MISSING, role, relationsOf(migrations), READ_ONLY, APPEND_ONLY, PASSING),
      ]);
      const excess = found.at(-2)?.rows[0] as unknown as Excess | undefined;
      if (excess === undefined)
        throw new ConfigError(`Set --grant-to to a role that exists: saw ${JSON.stringify(role)}`);
      const grants = (found.at(-1)?.rows ?? []).map(({ sql }) => String(sql));
      await session.run(isDryRun ? [ROLLBACK] : [...grants.map((grant) => plain(grant)), COMMIT]);
      return { grants, warnings: warningsOf(role, excess) };
    } catch (error) {
      await session.settle([ROLLBACK]);
      throw error;
    }
  });
}

interface Excess {
  readonly isSuperuser: boolean;
  readonly isOwner: boolean;
  readonly mayCreate: boolean;
  readonly schema: string;
}

function warningsOf(role: string, { isSuperuser, isOwner, mayCreate, schema }: Excess): readonly string[] {
  if (isSuperuser) return [`${role} is a superuser, and may do anything`];
  if (isOwner) return [`${role} owns the tables, and may drop them: give the servers a role of their own`];
  if (mayCreate)
    return [`${role} may create in schema ${schema}: REVOKE CREATE ON SCHEMA ${schema} FROM PUBLIC, ${role}`];
  return [];
}

/** Others may keep tables of their own beside ours. */
function relationsOf(migrations: readonly Migration[]): readonly string[] {
  const made = migrations.flatMap(({ sql }) => [...sql.matchAll(/^CREATE (?:TABLE|SEQUENCE) (\w+)/gm)]);
  return ["migrations", ...made.map(([, name = ""]) => name)];
}
