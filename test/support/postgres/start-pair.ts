import { setTimeout } from "node:timers/promises";
import { type PostgresNode, startNode } from "./start-node.ts";
import { type Postgres, runSql, startPostgres, urlOf } from "./start-postgres.ts";

/** A primary whose COMMITs wait for its standby. */
export interface PostgresPair extends AsyncDisposable {
  readonly primary: PostgresNode;
  readonly standby: PostgresNode;
  readonly first: Postgres;
  /** To the superuser's database on the standby. */
  readonly standbyUrl: string;
  /** Makes the standby the one that takes writes. */
  promote(): Promise<void>;
}

const STANDBY = "standby";
const LOOK_AGAIN_MS = 20;
const LOOKS_MAX = 500;

/** Needs `pg_basebackup`: see `hasPostgresTool`. */
export async function startPair(): Promise<PostgresPair> {
  const first = await startPostgres({ settings: { wal_level: "replica", max_wal_senders: "5" } });
  try {
    const { node: primary, login, folder } = first;
    const source = `host=127.0.0.1 port=${primary.port} user=${login.user} password=${login.password}`;
    const target = `${folder.path}/${STANDBY}`;
    await primary.tool("pg_basebackup", ["-d", source, "-D", target, "-R", "-X", "stream", "-c", "fast"]);
    // The name under which it asks the primary for what was written.
    const settings = { cluster_name: STANDBY, wal_level: "replica", max_wal_senders: "5" };
    const standby = await startNode({ folder: folder.path, name: STANDBY, settings });
    await runSql(first.adminUrl, `ALTER SYSTEM SET synchronous_standby_names = '${STANDBY}'`);
    await runSql(first.adminUrl, "SELECT pg_reload_conf()");
    await untilSynchronous(first.adminUrl);
    const standbyUrl = urlOf(login, standby.port, "postgres");
    return {
      primary,
      standby,
      first,
      standbyUrl,
      promote: () => runSql(standbyUrl, "SELECT pg_promote()").then(() => undefined),
      [Symbol.asyncDispose]: () => first[Symbol.asyncDispose](),
    };
  } catch (error) {
    await first[Symbol.asyncDispose]();
    throw error;
  }
}

async function untilSynchronous(adminUrl: string): Promise<void> {
  for (let looks = 0; looks < LOOKS_MAX; looks += 1) {
    const [row] = await runSql(adminUrl, "SELECT sync_state FROM pg_stat_replication");
    if (row?.["sync_state"] === "sync") return;
    await setTimeout(LOOK_AGAIN_MS);
  }
  throw new Error("The standby does not become synchronous");
}
