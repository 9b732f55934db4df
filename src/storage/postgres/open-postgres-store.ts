import { randomBytes as systemRandomBytes } from "node:crypto";
import type { Clock } from "../../clock.ts";
import { type Migration, readMigrations } from "../read-migrations.ts";
import { createRandomPool } from "../rows/random-pool.ts";
import { createSealer } from "../seal.ts";
import { createBlindIndex } from "../seal-blind-index.ts";
import { deriveSealKeys } from "../seal-keys.ts";
import type { Store } from "../store.ts";
import { createWakeups } from "../wakeups.ts";
import { checkSealKeys } from "./check-seal-keys.ts";
import { migrate } from "./migrate.ts";
import { type Deadlines, openPool, type Pool } from "./open-pool.ts";
import { openingError } from "./opening-error.ts";
import { PostgresStore } from "./postgres-store.ts";
import { refuseHalfCopy } from "./refuse-half-copy.ts";
import type { Statement } from "./session.ts";

export interface PostgresStoreOptions {
  /** `postgres://user:password@host1:5432,host2:5432/name`; `?pgbouncer=true` behind a transaction pooler. */
  readonly url: string;
  /** The one clock of all that share the database: `openDatabaseClock` in production. */
  readonly clock: Clock;
  /** 32 bytes. Seals all personal data. */
  readonly dataKey: Uint8Array;
  /** Keys that sealed in the past: they open, and find. */
  readonly oldDataKeys?: readonly Uint8Array[];
  readonly randomBytes?: (size: number) => Uint8Array;
  /** Connections at most. Default 20. */
  readonly poolSize?: number;
  /** Shorter ones for tests: `awayMs` is how long a caller waits for a database that is away. */
  readonly deadlines?: Deadlines & { readonly awayMs: number };
  readonly log?: (entry: {
    readonly level: "info" | "error";
    readonly code: string;
    readonly message: string;
  }) => void;
  /** Default: those of this release. */
  readonly migrations?: readonly Migration[];
  /** Whether an event for the shop comes with a task that delivers it. Default: no. */
  readonly deliversEvents?: boolean;
  /** Sees every statement before it is sent, for tests. */
  readonly onStatement?: (statement: Statement) => void;
}

/**
 * Opens the store on one PostgreSQL, brings its schema up to date where this role may, and shares it with every other process.
 *
 * @throws {DojangError} `storage_unavailable`, in one line without the password: not reachable, read-only, made by a newer release,
 * behind this one, half copied, sealed under another key, or not ours at all. Nothing was changed then.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { log = () => {} } = options;
  const pool = open(options);
  try {
    const store = await assemble(pool, options);
    log({ level: "info", code: "storage_open", message: `Database open: ${pool.address.shown}` });
    return store;
  } catch (error) {
    await pool.close();
    throw openingError(pool.address.shown, error);
  }
}

function open({ url, poolSize, deadlines, onStatement, log = () => {} }: PostgresStoreOptions): Pool {
  const onReady = (isReady: boolean) =>
    log(
      isReady
        ? { level: "info", code: "storage_open", message: "Database reached again" }
        : { level: "error", code: "storage_unavailable", message: "Database lost" },
    );
  try {
    return openPool({ url, size: poolSize, deadlines, onStatement, onReady });
  } catch (error) {
    // Never the address itself: it holds the password.
    throw openingError("in DATABASE_URL", error);
  }
}

async function assemble(pool: Pool, options: PostgresStoreOptions): Promise<Store> {
  const { clock, dataKey, oldDataKeys = [] } = options;
  const now = () => clock.now();
  const randomBytes = createRandomPool(options.randomBytes ?? systemRandomBytes);
  const keys = [deriveSealKeys(dataKey), ...oldDataKeys.map(deriveSealKeys)] as const;
  const sealer = createSealer({ keys, randomBytes });
  await migrate(pool, { migrations: options.migrations ?? readMigrations("postgres"), now: now() });
  await refuseHalfCopy(pool);
  await checkSealKeys(pool, { keys, sealer, now: now() });
  // And again: a copy that began between the two has seen no key of ours, and the next one sees it.
  await refuseHalfCopy(pool);
  return new PostgresStore({
    pool,
    context: { sealer, blindIndex: createBlindIndex(keys), random: randomBytes },
    wakeups: createWakeups(now),
    now,
    random: () => randomBytes(4).readUInt32LE() / 2 ** 32,
    deliversEvents: options.deliversEvents ?? false,
    awayMsMax: options.deadlines?.awayMs,
  });
}
