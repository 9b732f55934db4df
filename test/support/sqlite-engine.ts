import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Database from "better-sqlite3";
import { systemClock } from "../../src/clock.ts";
import { openSqliteStore } from "../../src/storage/sqlite/open-sqlite-store.ts";
import {
  type Engine,
  type OpenEngine,
  type OpenOptions,
  type StorageFaults,
  TEST_DATA_KEY,
} from "./engine.ts";

export const SQLITE: Engine = {
  name: "sqlite",
  isExclusive: true,
  open: openFreshSqlite,
  openAt: openSqliteAt,
};

async function openFreshSqlite(options: OpenOptions = {}): Promise<OpenEngine> {
  const folder = await mkdtemp(join(tmpdir(), "dojang-store-"));
  const location = join(folder, "dojang.db");
  let current = await openSqliteAt(location, options);
  const dispose = async () => {
    await current.store.close();
    await rm(folder, { recursive: true, force: true });
  };
  return {
    get store() {
      return current.store;
    },
    get faults() {
      return current.faults;
    },
    location,
    async reopen() {
      await current.store.close();
      current = await openSqliteAt(location, options);
      return current.store;
    },
    async dump() {
      await current.store.close();
      const files = await readdir(folder);
      return Buffer.concat(await Promise.all(files.map((file) => readFile(join(folder, file)))));
    },
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

/** Room for a few more small rows. */
const SPARE_PAGES = 6;

async function openSqliteAt(
  location: string,
  { clock = systemClock, deliversEvents = false }: OpenOptions = {},
) {
  let connection: Database.Database | undefined;
  let failure: "lost" | "kept" | undefined;
  let hook: (() => void) | undefined;
  const setPagesMax = (pages: (count: number) => number) => {
    const count = connection?.pragma("page_count", { simple: true });
    connection?.pragma(`max_page_count = ${pages(Number(count))}`);
  };
  const store = await openSqliteStore({
    path: location,
    clock,
    dataKey: TEST_DATA_KEY,
    deliversEvents,
    faults: {
      onConnect(db) {
        connection = db;
      },
      aroundCommit(commit) {
        const run = hook;
        hook = undefined;
        run?.();
        if (failure === "lost") throw new Error("disk I/O error");
        commit();
        if (failure === "kept") throw new Error("disk I/O error");
      },
    },
  });
  const faults: StorageFaults = {
    failNextCommit(effect) {
      failure = effect;
    },
    fill: () => setPagesMax((count) => count + SPARE_PAGES),
    makeRoom: () => setPagesMax(() => 2 ** 30),
    beforeNextCommit(run) {
      hook = run;
    },
  };
  return { store, faults };
}
