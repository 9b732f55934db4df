import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Clock } from "../clock.ts";
import type { Config, DatabaseConfig } from "../config.ts";
import { ConfigError } from "../env.ts";
import type { Log } from "../log.ts";
import { makeFolder } from "./make-folder.ts";
import { openDatabaseClock } from "./postgres/open-database-clock.ts";
import { openPostgresStore, type PostgresStoreOptions } from "./postgres/open-postgres-store.ts";
import { openSqliteStore } from "./sqlite/open-sqlite-store.ts";
import type { Store } from "./store.ts";

const DATA_KEY_FILE = "dojang-data.key";
const DATA_KEY_BYTES = 32;

/** Opens the engine that DATABASE_URL names. @throws {DojangError} `storage_unavailable`; {ConfigError} */
export async function openStore(
  config: Config,
  {
    clock,
    log,
    deliversEvents,
    onStatement,
  }: {
    clock: Clock;
    log: Log;
    deliversEvents: boolean;
    /** Sees what is sent to a PostgreSQL, for tests. */
    onStatement?: PostgresStoreOptions["onStatement"];
  },
): Promise<{ store: Store; dataKey: Uint8Array }> {
  const logEntry = (entry: StoreLogEntry) => {
    const fields = { code: entry.code, reason: entry.message };
    if (entry.level === "error") log.alarm("storage", fields);
    else log.info("storage", fields);
  };
  const { database, databaseConnections: poolSize } = config;
  const key = readDataKey(config);
  const outside = { clock, dataKey: key, deliversEvents, log: logEntry };
  const store =
    database.kind === "postgres"
      ? await openPostgresStore({
          url: database.url,
          poolSize,
          ...outside,
          ...(onStatement && { onStatement }),
        })
      : await openSqliteStore({ path: database.path, ...outside });
  return { store, dataKey: key };
}

/** The key of the settings; in sandbox the one that was made, and is made now where there is none. @throws {ConfigError} */
export function readDataKey({ database, dataKey }: Pick<Config, "database" | "dataKey">): Uint8Array {
  return dataKey ?? keepDataKey(database);
}

interface StoreLogEntry {
  readonly level: "info" | "error";
  readonly code: string;
  readonly message: string;
}

export interface StorageClock extends Clock, AsyncDisposable {}

/**
 * The clock that all processes on one database share: the machine's own on SQLite, which one process owns, and that of the database's
 * server on PostgreSQL.
 *
 * @throws {DojangError} `storage_unavailable`
 */
export async function openStorageClock({ database }: Config, machine: Clock): Promise<StorageClock> {
  if (database.kind === "postgres") return openDatabaseClock(database.url, machine);
  return { now: machine.now, after: machine.after, [Symbol.asyncDispose]: async () => {} };
}

/** The key at hand, set or kept beside the database; nothing is made. @throws {ConfigError} for a file that holds none */
export function findDataKey({
  database,
  dataKey,
}: Pick<Config, "database" | "dataKey">): Uint8Array | undefined {
  if (dataKey !== undefined || database.kind === "postgres") return dataKey;
  const path = join(dirname(database.path), DATA_KEY_FILE);
  return existsSync(path) ? readKeyFile(path) : undefined;
}

/** Sandbox only: the key is made once and kept beside the database, readable by its owner alone. */
function keepDataKey(database: DatabaseConfig): Uint8Array {
  if (database.kind === "postgres") {
    throw new ConfigError(
      "Set DOJANG_DATA_KEY: all that share a PostgreSQL need the same one (openssl rand -base64 32)",
    );
  }
  const folder = dirname(database.path);
  const path = join(folder, DATA_KEY_FILE);
  if (!existsSync(path)) {
    makeFolder(folder);
    writeFileSync(path, `${randomBytes(DATA_KEY_BYTES).toString("base64")}\n`, { mode: 0o600, flag: "wx" });
    chmodSync(path, 0o600);
  }
  return readKeyFile(path);
}

function readKeyFile(path: string): Uint8Array {
  const key = Buffer.from(readFileSync(path, "utf8").trim(), "base64");
  if (key.length === DATA_KEY_BYTES) return key;
  throw new ConfigError(
    `Set DOJANG_DATA_KEY, or put 32 bytes in base64 into ${path}: it holds ${key.length}`,
  );
}
