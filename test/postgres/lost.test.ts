// Goal: a database that goes away, hangs or throws connections out loses nothing, doubles nothing, and is used again by itself. Method:
// connections are terminated by the server and cut on their way in the middle of a load, and a wire to it is frozen and thawed.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { systemClock } from "../../src/clock.ts";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { DojangError } from "../../src/errors.ts";
import { openPostgresStore } from "../../src/storage/postgres/open-postgres-store.ts";
import type { Store } from "../../src/storage/store.ts";
import { startTestDojang } from "../support/dojang.ts";
import { TEST_DATA_KEY } from "../support/engine.ts";
import { openRelay } from "../support/open-relay.ts";
import { askAdmin, dropDatabase, makeDatabase } from "../support/postgres/test-databases.ts";
import { serveStore } from "../support/serve-store.ts";
import { until } from "../support/until.ts";

let url: string;
let emulator: Emulator;
before(async () => {
  url = await makeDatabase();
  emulator = await startEmulator();
});
after(async () => {
  await emulator.close();
  await dropDatabase(url);
});

const open = (target: string) =>
  openPostgresStore({
    url: target,
    clock: systemClock,
    dataKey: TEST_DATA_KEY,
    poolSize: 4,
    deadlines: { connectMs: 300, answerMs: 500, awayMs: 300, quietMs: 200 },
  });

/** One event more for the order. @returns its version, as the transaction saw it */
const write = (store: Store, orderId: string) =>
  store.transact({ orderId }, ({ version }) => ({
    outcome: version,
    events: [{ type: "payment.rejected", data: { version } }],
  }));

/** Every connection to the database of this test. */
async function terminateAll(): Promise<number> {
  const rows = await askAdmin(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'dojang'",
    [new URL(url).pathname.slice(1)],
  );
  return rows.length;
}

const ORDERS = Array.from({ length: 8 }, (_, index) => `lost_${index}`);
const WRITES = 40;
const TERMINATIONS = 24;

describe("A PostgreSQL that throws connections out", () => {
  test("loses nothing that was answered, and writes nothing twice", async () => {
    await using relay = await openRelay(url);
    const store = await openPostgresStore({
      url: relay.url,
      clock: systemClock,
      dataKey: TEST_DATA_KEY,
      poolSize: 4,
    });
    const answered = new Map(ORDERS.map((id) => [id, [] as number[]]));
    const refused: string[] = [];
    let done = 0;
    const load = ORDERS.map(async (orderId) => {
      for (let count = 0; count < WRITES; count += 1) {
        const version = await write(store, orderId).catch((error: unknown) => {
          refused.push(error instanceof DojangError ? error.code : String(error));
          return undefined;
        });
        if (version !== undefined) answered.get(orderId)?.push(version);
        done += 1;
      }
    });
    let terminated = 0;
    const share = (ORDERS.length * WRITES) / (TERMINATIONS + 1);
    for (let times = 1; times <= TERMINATIONS; times += 1) {
      await until("the load has gone on", () => done >= times * share);
      // The server ends a transaction that it had not committed; a cut on the way loses the answers of those that it had.
      if (times % 2 === 0) terminated += await terminateAll();
      else relay.cut();
    }
    await Promise.all(load);
    assert.ok(terminated >= TERMINATIONS / 2, `only ${terminated} connections were terminated`);
    for (const orderId of ORDERS) {
      const timeline = await store.readTimeline(orderId);
      const stored = timeline.map(({ data }) => data["version"]);
      assert.deepEqual(
        stored,
        answered.get(orderId),
        `${orderId}: what was answered is what is stored, once each`,
      );
    }
    // Nobody heard that nothing is known, and whoever was refused wrote nothing: the lists above are equal.
    assert.deepEqual(
      refused.filter((code) => code !== "storage_unavailable"),
      [],
    );
    assert.ok(refused.length < WRITES, `${refused.length} were refused`);
    assert.equal(store.isReady(), true);
    await store.close();
  });
});

describe("A PostgreSQL that hangs", () => {
  test("is told as unavailable within bounds, by /readyz too, and used again once it answers", async () => {
    await using relay = await openRelay(url);
    const store = await open(relay.url);
    await using dojang = await startTestDojang({ emulator });
    await using server = await serveStore(dojang, store);
    const register = (id: string) =>
      server.ask("POST", "/v1/orders", { merchant_uid: `shop-${id}`, name: "감귤", amount: 50_000 });
    assert.equal((await register("before")).status, 201);
    relay.freeze();
    // More than there are connections: the others wait for one.
    const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => register(`during-${index}`)));
    for (const { status, body, headers } of answers) {
      assert.equal(status, 503);
      assert.ok(["storage_unavailable", "commit_outcome_unknown"].includes(body.code), body.code);
      assert.equal(headers.get("retry-after"), "1");
    }
    const ready = await server.ask("GET", "/readyz");
    assert.deepEqual([ready.status, ready.body.checks.storage], [503, "failed"]);
    assert.equal((await server.ask("GET", "/healthz")).status, 200);
    relay.thaw();
    await until(
      "it is ready again by itself",
      async () => (await server.ask("GET", "/readyz")).status === 200,
    );
    assert.equal((await register("after")).status, 201);
    // The same order again: registered once, whatever became of the one that was cut off.
    assert.ok([200, 201].includes((await register("during-0")).status));
    assert.equal((await store.readTimeline("shop-during-0")).length, 1);
    await store.close();
  });

  test("is noticed while nobody asks anything of it, also when it refuses", async () => {
    await using relay = await openRelay(url);
    await using store = await open(relay.url);
    await write(store, "quiet_1");
    relay.freeze();
    await until("the silence is noticed", () => !store.isReady());
    relay.thaw();
    await until("the answers are noticed", () => store.isReady());
    await relay.pull();
    await until("the refusal is noticed", () => !store.isReady());
    await relay.plug();
    await until("it is noticed that it is back", () => store.isReady());
  });

  test("is not ready while it takes no writes", async () => {
    await using store = await open(url);
    const name = new URL(url).pathname.slice(1);
    await askAdmin(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    await terminateAll();
    await until("it is not ready", () => !store.isReady());
    await assert.rejects(write(store, "read_only_1"), { code: "storage_unavailable" });
    await askAdmin(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
    await until("it is ready", () => store.isReady());
    assert.equal(await write(store, "read_only_1"), 0);
  });

  test("fails a start within bounds, in one line", async () => {
    await using relay = await openRelay(url);
    relay.freeze();
    await assert.rejects(open(relay.url), (error: DojangError) => {
      assert.equal(error.code, "storage_unavailable");
      assert.match(
        error.message,
        /^Cannot open the database postgres:\/\/dojang@127\.0\.0\.1:\d+\/test_\w+: .*timeout/i,
      );
      return true;
    });
  });
});
