// Goal: however transactions meet, each takes effect once. Method: two stores on one database race; a session of the test's own makes the
// database abort one of them, for real.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import pg from "pg";
import { systemClock } from "../../src/clock.ts";
import { openPostgresStore } from "../../src/storage/postgres/open-postgres-store.ts";
import type { Store } from "../../src/storage/store.ts";
import { application, registration, sampleOrder, samplePayment } from "../storage/contract/samples.ts";
import { TEST_DATA_KEY } from "../support/engine.ts";
import { runSql } from "../support/postgres/start-postgres.ts";
import { askAdmin, dropDatabase, makeDatabase, sharedPostgres } from "../support/postgres/test-databases.ts";
import { until } from "../support/until.ts";

const HUNDRED = Array.from({ length: 100 }, (_, index) => index);
let url: string;
const stores: Store[] = [];
const open = () => openPostgresStore({ url, clock: systemClock, dataKey: TEST_DATA_KEY, poolSize: 5 });
before(async () => {
  url = await makeDatabase();
  stores.push(await open(), await open());
});
after(async () => {
  for (const store of stores) await store.close();
  await dropDatabase(url);
});

const storeOf = (index: number) => stores[index % stores.length] as Store;

/** A hundred payments of one order, from two stores at once. */
async function race(orderId: string) {
  const order = sampleOrder({ orderId });
  await storeOf(0).transact({ orderId }, () => registration(order));
  const outcomes = await Promise.all(
    HUNDRED.map((index) => {
      const payment = samplePayment({ orderId, paymentId: `imp_${orderId}_${index}` });
      return storeOf(index).transact({ orderId, paymentId: payment.paymentId }, ({ order: current }) =>
        current?.status === "pending"
          ? application(current, payment)
          : { outcome: "surplus" as const, payments: [{ ...payment, verdict: "surplus" as const }] },
      );
    }),
  );
  const view = await storeOf(0).readOrder(orderId);
  return {
    paid: outcomes.filter((outcome) => outcome === "paid").length,
    applied: view?.payments.filter(({ verdict }) => verdict === "applied").length,
    payments: view?.payments.length,
    version: view?.version,
  };
}

const ONCE = { paid: 1, applied: 1, payments: 100, version: 101 };

describe("Two stores on one PostgreSQL", () => {
  test("R44-p apply one of a hundred payments that race", async () => {
    assert.deepEqual(await race("race_1"), ONCE);
  });

  test("R47-e do so where the database aborts those that come too late (40001)", async () => {
    const name = new URL(url).pathname.slice(1);
    await runSql(url, `ALTER DATABASE ${name} SET default_transaction_isolation = 'repeatable read'`);
    for (const store of stores.splice(0)) await store.close();
    stores.push(await open(), await open());
    assert.deepEqual(await race("race_2"), ONCE);
    await runSql(url, `ALTER DATABASE ${name} RESET default_transaction_isolation`);
    for (const store of stores.splice(0)) await store.close();
    stores.push(await open(), await open());
  });

  test("R47-f run again what the database aborted in a deadlock (40P01)", async () => {
    const orderId = "deadlock_1";
    const task = { key: `look:${orderId}`, kind: "look", orderId, dueAt: 1, repeat: "again" } as const;
    await storeOf(0).transact({ orderId }, () => ({
      ...registration(sampleOrder({ orderId })),
      tasks: [task],
    }));
    const [before] = await askAdmin<{ deadlocks: number }>(DEADLOCKS, [new URL(url).pathname.slice(1)]);
    const rival = new pg.Client({ connectionString: await adminUrl() });
    await rival.connect();
    // The rival never looks for deadlocks itself, so the store is the one that is aborted.
    await rival.query("SET deadlock_timeout = '1h'; BEGIN");
    await rival.query("SELECT 1 FROM tasks WHERE key = $1 FOR UPDATE", [task.key]);
    let decisions = 0;
    const written = storeOf(0).transact({ orderId }, () => {
      decisions += 1;
      return { outcome: "again", tasks: [task], events: [{ type: "payment.rejected", data: {} }] };
    });
    await until("the store waits for the rival", async () => {
      const [waiting] = await askAdmin<{ count: string }>(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'",
        [new URL(url).pathname.slice(1)],
      );
      return Number(waiting?.count) > 0;
    });
    await rival.query("SELECT 1 FROM aggregates WHERE merchant_uid = $1 FOR UPDATE", [orderId]);
    await rival.query("COMMIT");
    await rival.end();
    assert.equal(await written, "again");
    assert.equal(decisions, 2);
    const types = (await storeOf(0).readTimeline(orderId)).map(({ type }) => type);
    assert.deepEqual(types, ["order.registered", "payment.rejected"]);
    await until("the server counts it", async () => {
      const [now] = await askAdmin<{ deadlocks: number }>(DEADLOCKS, [new URL(url).pathname.slice(1)]);
      return Number(now?.deadlocks) === Number(before?.deadlocks) + 1;
    });
  });
});

const DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = $1";

/** The superuser on the database of this test: others may not set deadlock_timeout. */
async function adminUrl(): Promise<string> {
  const admin = new URL(await sharedPostgres());
  admin.pathname = new URL(url).pathname;
  return admin.href;
}
