import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Database from "better-sqlite3";
import { openSqliteStore } from "../../src/storage/sqlite/open-sqlite-store.ts";
import type { Store } from "../../src/storage/store.ts";

export const SHELF_DATA_KEY = Buffer.alloc(32, 9);

/** Children before parents. */
const TABLES = [
  ...["tasks", "hints", "events", "discrepancies", "cancellations", "refunds", "audit", "orders", "payments"],
  ...["aggregates", "cursors"],
];

/** The real store on one file, emptied between two runs: to open a file for each would take most of the time. */
export interface Shelf extends AsyncDisposable {
  readonly store: Store;
  readonly clock: { now(): number };
  /** Rises with every row that is written. */
  changes(): number;
  /** Empties it; from now on this is the time. */
  reset(clock: { now(): number }): void;
}

export async function openShelf(): Promise<Shelf> {
  const folder = mkdtempSync(join(tmpdir(), "dojang-interleavings-"));
  let current: { now(): number } = { now: () => 0 };
  let connection: Database.Database | undefined;
  const store = await openSqliteStore({
    path: join(folder, "dojang.db"),
    clock: { now: () => current.now(), after: () => () => {} },
    elapsed: () => 0,
    dataKey: SHELF_DATA_KEY,
    // Each chosen point is a batch of its own.
    soon: (run) => run(),
    faults: {
      onConnect(db) {
        connection = db;
        db.pragma("synchronous = OFF");
        // The product never deletes. These are the only rules that a run does without: it empties the file with them away.
        for (const name of db
          .prepare<[], string>(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%BEFORE DELETE%'",
          )
          .pluck()
          .all())
          db.exec(`DROP TRIGGER ${name}`);
      },
      aroundSync: async () => {},
    },
  });
  const db = connection;
  if (db === undefined) throw new Error("Invariant violated: the store has a connection");
  const empty = TABLES.map((table) => db.prepare(`DELETE FROM ${table}`));
  const changes = db.prepare<[], number>("SELECT total_changes()").pluck();
  const emptyAll = db.transaction(() => {
    for (const statement of empty) statement.run();
  });
  return {
    store,
    get clock() {
      return current;
    },
    changes: () => changes.get() ?? 0,
    reset(clock) {
      current = clock;
      emptyAll();
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
