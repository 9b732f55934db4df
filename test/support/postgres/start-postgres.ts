import { randomBytes } from "node:crypto";
import pg from "pg";
import { findPostgres } from "./find-postgres.ts";
import { openPostgresFolder, type PostgresFolder } from "./postgres-folder.ts";
import { initCluster, type Login, type PostgresNode, startNode } from "./start-node.ts";

/** The role of the server under test. It owns its databases and may do nothing else. */
export const SERVER_ROLE = "dojang";
/** Owns nothing, and may do what `dojang migrate --grant-to` lets it. */
export const LEAST_ROLE = "dojang_least";

export interface Postgres extends AsyncDisposable {
  /** As the superuser, to the database `postgres`. */
  readonly adminUrl: string;
  readonly node: PostgresNode;
  readonly folder: PostgresFolder;
  readonly login: Login;
}

export interface PostgresOptions {
  /** Beside those of every test server. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Measured, not tested: its files are where a power cut leaves them. */
  readonly isOnDisk?: boolean;
}

/** Starts a PostgreSQL of its own on a free port. It ends with this process at the latest, however that ends. */
export async function startPostgres({
  settings = {},
  isOnDisk = false,
}: PostgresOptions = {}): Promise<Postgres> {
  const folder = openPostgresFolder(findPostgres().account, { isOnDisk });
  const login = { user: "postgres", password: randomBytes(12).toString("hex") };
  try {
    await initCluster(`${folder.path}/primary`, login);
    const node = await startNode({ folder: folder.path, name: "primary", settings });
    const adminUrl = urlOf(login, node.port, "postgres");
    await runSql(
      adminUrl,
      `CREATE ROLE ${SERVER_ROLE} LOGIN PASSWORD '${login.password}'; GRANT CREATE ON SCHEMA public TO ${SERVER_ROLE};
       CREATE ROLE ${LEAST_ROLE} LOGIN PASSWORD '${login.password}'`,
    );
    return {
      adminUrl,
      node,
      folder,
      login,
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}

export function urlOf({ user, password }: Login, port: number, database: string): string {
  return `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;
}

/** One statement, or several without values, on a connection of its own. */
export async function runSql<Row extends pg.QueryResultRow>(
  url: string,
  text: string,
  values?: unknown[],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {}); // the statement's own rejection tells
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}
