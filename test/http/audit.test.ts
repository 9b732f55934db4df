// Goal: who did what, and why, can be read, by the shop alone. Method: rows as a decision writes them, read over HTTP; the
// checkpoint by the server's own task.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { auditOf, writeAudit } from "../storage/contract/audit.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { until } from "../support/until.ts";

const HOUR_MS = 3_600_000;
const clock = new ManualClock();
let emulator: Emulator;
let dojang: TestDojang;
before(async () => {
  emulator = await startEmulator({ now: () => clock.now() });
  dojang = await startTestDojang({ emulator, clock, sweeps: true });
});
after(async () => {
  await dojang[Symbol.asyncDispose]();
  await emulator.close();
});
const store = () => dojang.dojang.deps.store;

describe("GET /v1/orders/{merchant_uid}/audit", () => {
  test("shows each row with its reason, oldest first", async () => {
    const { merchant_uid } = (await dojang.order()).body;
    const path = `/v1/orders/${merchant_uid}/audit`;
    assert.deepEqual((await dojang.request("GET", path)).body, { data: [] });
    await writeAudit(store(), merchant_uid, auditOf(), auditOf({ action: "order.cancelled", data: {} }));
    const { data } = (await dojang.request("GET", path)).body;
    const [stored] = await store().readAudit(merchant_uid);
    assert.deepEqual(data[0], {
      position: 1,
      at: new Date(clock.now()).toISOString(),
      actor: "default",
      action: "refund.requested",
      reason: "The buyer asked for it",
      subject: "rfd_1",
      data: { amount: 1000, currency: "KRW" },
      hash: stored?.hash,
    });
    assert.deepEqual([data[1].action, data[1].position, data.length], ["order.cancelled", 2, 2]);
  });

  test("shows the rows of an id without an order, and 404 where there is nothing", async () => {
    await writeAudit(store(), "orphan_0001", auditOf({ action: "discrepancy.resolved" }));
    const shown = await dojang.request("GET", "/v1/orders/orphan_0001/audit");
    assert.deepEqual([shown.status, shown.body.data.length], [200, 1]);
    assert.equal((await dojang.request("GET", "/v1/orders/nothing_0001/audit")).status, 404);
    assert.equal((await dojang.request("GET", "/v1/audit", { isShop: false })).status, 401);
  });
});

describe("GET /v1/audit", () => {
  test("pages operators' acts, newest first", async () => {
    for (const subject of ["one", "two", "three"])
      await store().recordAct({ action: "task.retried", actor: "default", subject, data: {} });
    const first = (await dojang.request("GET", "/v1/audit?limit=2")).body;
    assert.deepEqual(
      first.data.map(({ subject }: { subject: string }) => subject),
      ["three", "two"],
    );
    const last = (await dojang.request("GET", `/v1/audit?limit=2&cursor=${first.next_cursor}`)).body;
    assert.deepEqual([last.data[0].subject, last.data[0].reason, last.next_cursor], ["one", null, null]);
    const refused = await dojang.request("GET", "/v1/audit?cursor=x");
    assert.deepEqual([refused.status, refused.body.code], [400, "invalid_cursor"]);
  });
});

describe("the checkpoint", () => {
  const logged = () =>
    dojang.logLines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === "audit_checkpoint");

  test("is written and logged once an hour, where something was audited", async () => {
    clock.advance(HOUR_MS);
    await until("a checkpoint is logged", () => logged().length === 1);
    assert.match(logged()[0].hash, /^[0-9a-f]{64}$/);
    assert.deepEqual([logged()[0].number, logged()[0].count], [1, 3]);
    assert.equal(await store().addCheckpoint(), undefined);
    const due = async () => (await store().readTasks({ limit: 100 })).find(({ key }) => key === "checkpoint");
    await until("it is due again", async () => (await due())?.state === "due");
    assert.equal((await due())?.dueAt, clock.now() + HOUR_MS);
  });
});
