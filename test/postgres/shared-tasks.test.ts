// Goal: what another process made due is run within 250 ms, although nobody tells of it. Method: a worker on a clock that stands still, and
// a second store on the same database.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { openPostgresStore } from "../../src/storage/postgres/open-postgres-store.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { registration, sampleOrder } from "../storage/contract/samples.ts";
import { startTestDojang } from "../support/dojang.ts";
import { dropDatabase, makeDatabase } from "../support/postgres/test-databases.ts";
import { until } from "../support/until.ts";

const LOOK_EVERY_MS = 250;
let emulator: Emulator;
let url: string;
before(async () => {
  emulator = await startEmulator();
  url = await makeDatabase();
});
after(async () => {
  await emulator.close();
  await dropDatabase(url);
});

test("createTaskRunner() looks every 250 ms for what other processes made due", async () => {
  const clock = new ManualClock(Date.now());
  const dataKey = Buffer.alloc(32, 4);
  const env = { DATABASE_URL: url, DOJANG_DATA_KEY: dataKey.toString("base64") };
  await using worker = await startTestDojang({ emulator, clock, role: "worker", env });
  await using other = await openPostgresStore({ url, clock, dataKey });
  const { store } = worker.dojang.deps;
  await until("the worker sleeps", () => clock.timerCount > 0);
  assert.equal(clock.timerCount, 1, "nothing but the worker's sleep waits for this clock");
  const orderId = "shared_0001";
  await other.transact({ orderId }, () => ({
    ...registration(sampleOrder({ orderId, payBy: clock.now() + 60_000 })),
    tasks: [{ kind: "look", key: `look:${orderId}`, repeat: "again", dueAt: clock.now(), orderId }],
  }));
  clock.advance(LOOK_EVERY_MS - 1);
  assert.equal(clock.timerCount, 1, "it still sleeps");
  assert.equal((await store.readTask(`look:${orderId}`))?.state, "due");
  clock.advance(1);
  const looked = () => emulator.requests.lines().some((line) => line.includes(orderId));
  await until("the worker asks the gateway for the order", looked);
});
