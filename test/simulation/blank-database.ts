import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/clock.ts";
import { type Migration, readMigrations } from "../../src/storage/read-migrations.ts";
import { openSqliteStore } from "../../src/storage/sqlite/open-sqlite-store.ts";
import { Draw } from "../support/draw.ts";

export const DATA_KEY = Buffer.alloc(32, 7);

let read: readonly Migration[] | undefined;

export function migrations(): readonly Migration[] {
  read ??= readMigrations("sqlite");
  return read;
}

/** Where databases lie that nobody needs afterwards: in memory where the machine has such a place. */
export function makeWorkFolder(): string {
  for (const parent of ["/dev/shm", tmpdir()]) {
    try {
      return mkdtempSync(join(parent, "dojang-sim-"));
    } catch (error) {
      if (parent === tmpdir()) throw error;
    }
  }
  throw new Error("Invariant violated: there is a folder for temporary files");
}

/** A migrated database without an order, once for a whole process: each seed begins with a copy. @returns its path */
export async function makeBlankDatabase(folder: string): Promise<string> {
  const path = join(folder, "blank.db");
  rmSync(path, { force: true });
  const draw = new Draw(1);
  const store = await openSqliteStore({
    path,
    clock: { now: () => Date.UTC(2026, 7, 1), after: systemClock.after },
    dataKey: DATA_KEY,
    migrations: migrations(),
    randomBytes: (size) => draw.bytes(size),
    faults: { aroundSync: async () => {} },
  });
  await store.close();
  return path;
}
