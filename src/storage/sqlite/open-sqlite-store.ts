import { randomBytes as systemRandomBytes } from "node:crypto";
import type Database from "better-sqlite3";
import type { Clock } from "../../clock.ts";
import { DojangError } from "../../errors.ts";
import { type Migration, readMigrations } from "../read-migrations.ts";
import { createConsoleStore } from "../rows/create-console-store.ts";
import { createRandomPool } from "../rows/random-pool.ts";
import { createSealer } from "../seal.ts";
import { createBlindIndex } from "../seal-blind-index.ts";
import { deriveSealKeys } from "../seal-keys.ts";
import type { Store } from "../store.ts";
import { createWakeups } from "../wakeups.ts";
import { checkSealKeys } from "./check-seal-keys.ts";
import { createCheckpointer } from "./checkpointer.ts";
import { connect, settlePath } from "./connect.ts";
import { createDeliveryLister } from "./delivery-lister.ts";
import { GroupCommit } from "./group-commit.ts";
import { holdLock } from "./hold-lock.ts";
import { createOrderLister } from "./list-orders.ts";
import { migrate } from "./migrate.ts";
import { createRows } from "./rows.ts";
import { createSqlDoor } from "./sql-door.ts";
import { SqliteStore } from "./sqlite-store.ts";
import { openWalSync } from "./wal-sync.ts";

export interface SqliteStoreOptions {
  /** The database file. Its folder is created; beside it lie `-wal`, `-shm` and `.lock`. */
  readonly path: string;
  readonly clock: Clock;
  /** 32 bytes. Seals all personal data. */
  readonly dataKey: Uint8Array;
  /** Keys that sealed in the past: they open, and find. */
  readonly oldDataKeys?: readonly Uint8Array[];
  /** Milliseconds that run evenly, whatever the clock is set to: how long a disk takes. Default: `performance.now`. */
  readonly elapsed?: () => number;
  readonly randomBytes?: (size: number) => Uint8Array;
  /** Runs a function once the callers of this turn are in. Default: `setImmediate`. */
  readonly soon?: (run: () => void) => void;
  readonly log?: (entry: StoreLogEntry) => void;
  /** Default: those of this release. */
  readonly migrations?: readonly Migration[];
  readonly faults?: SqliteFaults;
  /** Whether an event for the shop comes with a task that delivers it. Default: no. */
  readonly deliversEvents?: boolean;
}

export interface StoreLogEntry {
  readonly level: "info" | "error";
  readonly code: string;
  readonly message: string;
  readonly cause?: unknown;
}

/** Lets a test make the disk fail. */
export interface SqliteFaults {
  /** Stands around every COMMIT. */
  readonly aroundCommit?: (commit: () => void) => void;
  /** Stands around every sync of what was committed. */
  readonly aroundSync?: (sync: () => Promise<void>) => Promise<void>;
  /** So much longer, in milliseconds, the syncs of a checkpoint take. */
  readonly slowSyncMs?: number;
  readonly onConnect?: (db: Database.Database) => void;
}

/**
 * Opens the store on one SQLite file, brings its schema up to date and owns it until `close`.
 *
 * @throws {DojangError} `storage_unavailable`, in one line that names the file: held by another process, made by a newer release, sealed
 * under another key, or not ours at all. Nothing was changed then.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  let db: Database.Database | undefined;
  let unlock = () => {};
  try {
    const path = settlePath(options.path);
    unlock = holdLock(path);
    db = connect(path);
    return assemble(db, { options, path, unlock });
  } catch (error) {
    db?.close();
    unlock();
    if (error instanceof DojangError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new DojangError("storage_unavailable", `Cannot open the database ${options.path}: ${why}`, {
      cause: error,
    });
  }
}

function assemble(
  db: Database.Database,
  {
    options,
    path,
    unlock,
  }: { readonly options: SqliteStoreOptions; readonly path: string; readonly unlock: () => void },
): Store {
  const { clock, log = () => {}, faults = {}, dataKey, oldDataKeys = [] } = options;
  const now = () => clock.now();
  const random = createRandomPool(options.randomBytes ?? systemRandomBytes);
  const keys = [deriveSealKeys(dataKey), ...oldDataKeys.map(deriveSealKeys)] as const;
  const sealer = createSealer({ keys, randomBytes: random });

  migrate(db, { migrations: options.migrations ?? readMigrations("sqlite"), now: now() });
  checkSealKeys(db, { keys, sealer, now: now() });

  const context = { db, sealer, blindIndex: createBlindIndex(keys), random };
  const rows = createRows(context);
  rows.tasks.releaseAll();
  const wal = openWalSync(path);
  // What a process wrote that was killed before its sync counts from now on.
  wal.now();
  const wakeups = createWakeups(now);
  const fatal = createFatal();
  const group = new GroupCommit({
    db,
    now: options.elapsed ?? (() => performance.now()),
    soon: options.soon ?? setImmediate,
    sync: () => (faults.aroundSync === undefined ? wal.later() : faults.aroundSync(wal.later)),
    aroundCommit: faults.aroundCommit,
    onBegin: wakeups.begin,
    onCommitted() {
      wakeups.committed();
      checkpointer.committed();
    },
    onFatal(error) {
      log({ level: "error", code: error.code, message: error.message, cause: error.cause });
      fatal.fire(error);
    },
  });
  const checkpointer = createCheckpointer({
    db,
    path,
    slowSyncMs: faults.slowSyncMs ?? 0,
    hold: (work) => group.hold(work),
    onTrouble: (cause) =>
      log({ level: "error", code: "storage_checkpoint", message: "The log could not be moved", cause }),
  });
  faults.onConnect?.(db);
  log({ level: "info", code: "storage_open", message: `Database open: ${db.name}` });
  const release = async () => {
    await checkpointer.close();
    wal.close();
    db.close();
    unlock();
  };
  return new SqliteStore({
    rows,
    lister: createOrderLister(context, rows),
    deliveries: createDeliveryLister(context, rows),
    console: createConsoleStore(createSqlDoor({ db, group, addAct: (act) => rows.audit.addAct(act, now()) })),
    options: { deliversEvents: options.deliversEvents ?? false },
    group,
    wakeups,
    now,
    onFatal: fatal.listen,
    release,
  });
}

/** Fires once, also for a listener that comes late. */
function createFatal() {
  let fired: Error | undefined;
  let listener: ((error: Error) => void) | undefined;
  return {
    fire(error: Error) {
      fired = error;
      listener?.(error);
    },
    listen(given: (error: Error) => void) {
      listener = given;
      if (fired !== undefined) given(fired);
    },
  };
}
