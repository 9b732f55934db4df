import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Database from "better-sqlite3";
import { type Clock, systemClock } from "../../src/clock.ts";
import { openSqliteStore } from "../../src/storage/sqlite/open-sqlite-store.ts";
import type { Store } from "../../src/storage/store.ts";

/** A key for tests only. */
export const TEST_DATA_KEY = new Uint8Array(32).fill(7);

export interface OpenOptions {
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Whether events for the shop get a delivery. Default false. */
  readonly deliversEvents?: boolean;
}

/** Levers that make the engine's own storage fail, each in the engine's own way. */
export interface StorageFaults {
  /** The next COMMIT fails. `lost`: nothing of it is kept; `kept`: it took effect, and only the answer was lost. */
  failNextCommit(effect: "lost" | "kept"): void;
  /** Leaves room for a few small rows and for no large one. */
  fill(): void;
  makeRoom(): void;
  /** Runs once, when the members of the next batch have run and before its COMMIT. */
  beforeNextCommit(run: () => void): void;
}

export interface OpenEngine extends AsyncDisposable {
  /** The store that is open now. */
  readonly store: Store;
  /** What another process needs to open the same data. */
  readonly location: string;
  readonly faults: StorageFaults;
  /** Closes the store and opens it again on the same data. */
  reopen(): Promise<Store>;
  /** Every byte that the engine keeps at rest. Closes the store. */
  dump(): Promise<Buffer>;
  /** Closes the store and removes the data. */
  dispose(): Promise<void>;
}

export interface Engine {
  readonly name: string;
  /** One process owns the data; a second one is refused. */
  readonly isExclusive: boolean;
  /** A store on fresh data of its own. */
  open(options?: OpenOptions): Promise<OpenEngine>;
  /** A store on the data of another one, which must be closed. */
  openAt(
    location: string,
    options?: OpenOptions,
  ): Promise<{ readonly store: Store; readonly faults: StorageFaults }>;
}

/** Every storage engine there is. The list is the only difference between runs of a test. */
export const ENGINES: readonly [Engine, ...Engine[]] = [
  { name: "sqlite", isExclusive: true, open: openFreshSqlite, openAt: openSqliteAt },
  {
    name: "postgres",
    isExclusive: false,
    // Read when it is needed: no run on SQLite alone loads it.
    open: async (options) => (await import("./postgres/postgres-engine.ts")).POSTGRES.open(options),
    openAt: async (location, options) =>
      (await import("./postgres/postgres-engine.ts")).POSTGRES.openAt(location, options),
  },
];

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
