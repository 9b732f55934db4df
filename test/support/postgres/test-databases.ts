import { createHash, randomBytes } from "node:crypto";
import pg from "pg";
import { migrate } from "../../../src/storage/postgres/migrate.ts";
import { openPool } from "../../../src/storage/postgres/open-pool.ts";
import { readMigrations } from "../../../src/storage/read-migrations.ts";
import { type Postgres, SERVER_ROLE, startPostgres } from "./start-postgres.ts";

/** Where scripts/test.ts has started one server for all test files: its superuser's address. Only test support reads it. */
export const SHARED_POSTGRES = "DOJANG_TEST_POSTGRES";

/** Where to find the template: only those who know how it is made agree on its name. */
const TEMPLATE = "dojang_template";
/** duplicate_database, and the unique key below it where two create at the same moment. */
const ALREADY_THERE = ["42P04", "23505"];
/** Any number that nothing else locks. */
const TEMPLATE_LOCK = 20_261_125;

let own: Promise<Postgres> | undefined;
let admin: Promise<pg.Pool> | undefined;

/** The shared server's superuser. A file that runs alone starts a server on demand, which ends with its process. */
export async function sharedPostgres(): Promise<string> {
  const shared = process.env[SHARED_POSTGRES];
  if (shared !== undefined) return shared;
  own ??= startPostgres();
  return (await own).adminUrl;
}

function adminPool(): Promise<pg.Pool> {
  admin ??= sharedPostgres().then((connectionString) => {
    const pool = new pg.Pool({ connectionString, max: 2, allowExitOnIdle: true });
    return pool.on("error", () => {});
  });
  return admin;
}

/** What the shared server's superuser sees. */
export async function askAdmin<Row extends pg.QueryResultRow>(
  text: string,
  values?: unknown[],
): Promise<Row[]> {
  return (await (await adminPool()).query<Row>(text, values)).rows;
}

/** The address of a new database of the server's role, with the schema in it. `name` makes it the same one for all who ask. */
export async function makeDatabase(name?: string): Promise<string> {
  if (name !== undefined) return create(name);
  const made = spare ?? create(randomName());
  // Whoever asks twice asks again: the next one is made while this one is used.
  if (isAskedAgain) spare = create(randomName());
  spare?.catch(() => {});
  isAskedAgain = true;
  return made;
}

let isAskedAgain = false;
let spare: Promise<string> | undefined;

const randomName = () => randomBytes(8).toString("hex");

async function create(name: string): Promise<string> {
  await makeTemplate();
  const database = databaseName(name);
  await askAdmin(`CREATE DATABASE ${database} TEMPLATE ${TEMPLATE} OWNER ${SERVER_ROLE}`).catch(
    (error: unknown) => {
      if (!(error instanceof pg.DatabaseError && ALREADY_THERE.includes(error.code ?? ""))) throw error;
    },
  );
  return urlTo(database);
}

/** The address of a new database of the server's role with nothing in it. */
export async function makeEmptyDatabase({
  tablespace = "pg_default",
}: {
  readonly tablespace?: string;
} = {}): Promise<string> {
  const database = databaseName(randomName());
  await askAdmin(`CREATE DATABASE ${database} OWNER ${SERVER_ROLE} TABLESPACE ${tablespace}`);
  return urlTo(database);
}

/** The address of a new database with all that another one holds. Nobody may be connected to that one. */
export async function copyOfDatabase(url: string): Promise<string> {
  const database = databaseName(randomBytes(8).toString("hex"));
  await askAdmin(
    `CREATE DATABASE ${database} TEMPLATE ${new URL(url).pathname.slice(1)} OWNER ${SERVER_ROLE}`,
  );
  return urlTo(database);
}

/** The same database as another role sees it. */
export function asRole(url: string, role: string): string {
  const address = new URL(url);
  address.username = role;
  return address.href;
}

/** Removes it, also under open connections. */
export async function dropDatabase(url: string): Promise<void> {
  await askAdmin(`DROP DATABASE IF EXISTS ${new URL(url).pathname.slice(1)} WITH (FORCE)`);
}

function databaseName(name: string): string {
  return `test_${createHash("sha256").update(name).digest("hex").slice(0, 24)}`;
}

async function urlTo(database: string, user = SERVER_ROLE): Promise<string> {
  const url = new URL(await sharedPostgres());
  url.username = user;
  url.pathname = `/${database}`;
  return url.href;
}

/** The schema of this release, sealed with no key yet. */
async function migrateIt(url: string): Promise<void> {
  const pool = openPool({ url });
  await migrate(pool, { migrations: readMigrations("postgres"), now: 0 });
  await pool.close();
}

let template: Promise<void> | undefined;

/** Once per server: whoever comes first makes it, the others wait. */
function makeTemplate(): Promise<void> {
  template ??= (async () => {
    const client = await (await adminPool()).connect();
    try {
      await client.query("SELECT pg_advisory_lock($1)", [TEMPLATE_LOCK]);
      const known = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [TEMPLATE]);
      if (known.rowCount === 0) {
        await client.query(`CREATE DATABASE ${TEMPLATE}_begun OWNER ${SERVER_ROLE}`);
        await migrateIt(await urlTo(`${TEMPLATE}_begun`));
        await client.query(`ALTER DATABASE ${TEMPLATE}_begun RENAME TO ${TEMPLATE}`);
      }
    } finally {
      await client.query("SELECT pg_advisory_unlock($1)", [TEMPLATE_LOCK]);
      client.release();
    }
  })();
  return template;
}
