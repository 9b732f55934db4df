import { systemClock } from "../../../src/clock.ts";
import { openPostgresStore } from "../../../src/storage/postgres/open-postgres-store.ts";
import { type Engine, type OpenEngine, type OpenOptions, TEST_DATA_KEY } from "../engine.ts";
import { openRelay } from "../open-relay.ts";
import { dumpDatabase } from "./dump-database.ts";
import { dropDatabase, makeDatabase } from "./test-databases.ts";

/** How a prepared COMMIT is named on the wire: between the end of the portal's name and its own. */
const COMMIT_ON_WIRE = Buffer.from("\0commit\0");
const COMMITTED_ON_WIRE = Buffer.from("COMMIT\0");

export const POSTGRES = postgresEngine("postgres", async (location) => location);

/** `route` leads from a database's address to the one under which the stores open it: through a pooler, or under another role. */
export function postgresEngine(name: string, route: (location: string) => Promise<string>): Engine {
  const openAt = async (location: string, options: OpenOptions = {}) =>
    openOn(await route(location), options);
  return {
    name,
    isExclusive: false,
    async open(options = {}): Promise<OpenEngine> {
      const location = await makeDatabase();
      let current = await openAt(location, options);
      const dispose = async () => {
        await current.close();
        await dropDatabase(location);
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
          await current.close();
          current = await openAt(location, options);
          return current.store;
        },
        async dump() {
          await current.close();
          return dumpDatabase(location);
        },
        dispose,
        [Symbol.asyncDispose]: dispose,
      };
    },
    openAt,
  };
}

async function openOn(url: string, { clock = systemClock, deliversEvents = false }: OpenOptions = {}) {
  let failure: "lost" | "kept" | undefined;
  let hook: (() => void) | undefined;
  const relay = await openRelay(url, {
    onRequest(chunk, wire) {
      if (failure === undefined || !chunk.includes(COMMIT_ON_WIRE)) return true;
      const effect = failure;
      failure = undefined;
      if (effect === "lost") {
        wire.cut();
        return false;
      }
      wire.holdAnswers((answer) => {
        if (answer.includes(COMMITTED_ON_WIRE)) wire.cut();
      });
      return true;
    },
  });
  const store = await openPostgresStore({
    url: relay.url,
    clock,
    dataKey: TEST_DATA_KEY,
    deliversEvents,
    poolSize: 4,
    onStatement({ name }) {
      if (name !== "commit") return;
      const run = hook;
      hook = undefined;
      run?.();
    },
  });
  const closeStore = store.close.bind(store);
  return {
    store,
    faults: {
      failNextCommit(effect: "lost" | "kept") {
        failure = effect;
      },
      fill() {
        throw new Error("PostgreSQL's disk is not the tests' to fill");
      },
      makeRoom() {},
      beforeNextCommit(run: () => void) {
        hook = run;
      },
    },
    async close() {
      await closeStore();
      await relay[Symbol.asyncDispose]();
    },
  };
}
