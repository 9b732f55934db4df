// R49: webhooks that come again. Goal: a copy, a thousand copies, or one a year late change nothing that the gateway does not
// say now, and none that was answered is lost. Method: copies in a row and at once with the first look held, a server that
// is stopped with hints still to look at, and a clock that is moved on by a year.
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { type Emulator, startEmulator } from "../../src/emulator/emulator.ts";
import { ManualClock } from "../gateway/manual-clock.ts";
import { startTestDojang, type TestDojang } from "../support/dojang.ts";
import { openWorld, PRICE } from "../support/forgery.ts";
import { assertRows, assertUnchanged, readStored, type Stored } from "../support/forgery-rows.ts";
import { holdLook } from "../support/held-look.ts";
import { refuseWrites } from "../support/spoil-database.ts";
import { databaseIn, removeDatabaseIn } from "../support/test-engine.ts";
import { until } from "../support/until.ts";
import { untilHintsDone } from "../support/until-hints-done.ts";

const world = await openWorld();
after(() => world.close());
const { store } = world.dojang.dojang.deps;

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;

describe("webhooks that come again", () => {
  for (const { id, count, parallel } of [
    { id: "R49-d", count: 2, parallel: 2 },
    { id: "R49-e", count: 6, parallel: 1 },
    { id: "R49-f", count: 1000, parallel: 100 },
  ]) {
    test(`${id} ${count} copies, ${parallel} at a time, apply one payment by two looks`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order);
      const held = holdLook(scene.emulator, { path: `/payments/${payment.imp_uid}`, snapshot: "release" });
      const [first] = await scene.emulator.webhooks.send(payment.imp_uid);
      await held.taken();
      const copies = await scene.emulator.webhooks.send(payment.imp_uid, { copies: count - 1, parallel });
      assert.deepEqual(new Set([first, ...copies].map((copy) => copy?.status)), new Set([200]));
      assert.equal(copies.length, count - 1);
      held.release();
      await untilHintsDone(scene.dojang, payment.imp_uid);
      await scene.expectStored(order, {
        status: "paid",
        paidBy: payment.imp_uid,
        payments: { [payment.imp_uid]: "applied" },
        events: ["order.registered", "order.paid"],
      });
      // I10: each of them was stored before it was answered.
      const kept = (await store.readHints(count + 1)).filter((hint) => hint.paymentId === payment.imp_uid);
      assert.equal(kept.length, count);
      // One look was under way; one more is owed to all that came since.
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(payment)]);
    });
  }

  test("R49-g a copy of every webhook of a virtual account, all at the end, changes nothing", async () => {
    const scene = await world.scene();
    const order = await scene.order({ customer: { tel: "010-1234-5678" } });
    const payment = scene.pay(order, { pay_method: "vbank", status: "ready" });
    await scene.webhook(payment);
    scene.emulator.webhooks.auto = false;
    scene.emulator.deposit(payment.imp_uid);
    await scene.expectAnswer("success", { payment, order });
    await scene.quiet();
    const before = await scene.stored(order);
    for (const status of ["paid", "ready", "paid", "ready"])
      await scene.emulator.webhooks.send(payment.imp_uid, { fields: { status } });
    await untilHintsDone(scene.dojang, payment.imp_uid);
    assertUnchanged(before, await scene.stored(order));
    assert.equal(before.order.status, "paid");
  });

  test("R49-h the webhook of a cancel, before that of the payment, leaves the order unpaid for good", async () => {
    const scene = await world.scene();
    scene.emulator.webhooks.auto = false;
    const order = await scene.order();
    const payment = scene.pay(order);
    scene.emulator.cancelFromConsole(payment.imp_uid);
    await scene.webhook(payment, { status: "cancelled" });
    await scene.emulator.webhooks.send(payment.imp_uid, { fields: { status: "paid" } });
    await untilHintsDone(scene.dojang, payment.imp_uid);
    await scene.expectStored(order, { status: "pending", payments: { [payment.imp_uid]: "rejected" } });
    const honest = await scene.expectHonestPaymentPays(order);
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(payment), scene.lookLine(honest)]);
  });

  test("R49-i a webhook that was answered outlives the server that answered it", async () => {
    await using life = await openLife();
    const { emulator, clock } = life;
    const { ids } = await life.pay();
    const path = `/payments/${ids.imp_uid}`;
    const end = emulator.override({ method: "GET", path }, { status: 503, body: "" });
    const [sent] = await emulator.webhooks.send(ids.imp_uid);
    assert.equal(sent?.status, 200);
    const dojang = await life.restart();
    assert.equal((await dojang.read(ids.merchant_uid)).body.status, "pending");
    end();
    clock.advance(60_000);
    await untilHintsDone(dojang, ids.imp_uid);
    assert.equal((await dojang.read(ids.merchant_uid)).body.imp_uid, ids.imp_uid);
  });
});

describe("a webhook that cannot be stored", () => {
  test("R49-n is answered 503 and moves nothing; sent again, it is taken", async () => {
    await using life = await openLife();
    const { ids } = await life.pay();
    const undo = await refuseWrites(life.databaseUrl);
    const refused = await life.dojang().webhook({ ...ids, status: "paid" });
    assert.equal(`${refused.status} ${refused.headers.get("retry-after")}`, "503 1");
    await undo();
    assert.deepEqual(await life.dojang().dojang.deps.store.readHints(1), []);
    assert.equal((await life.settled(ids.merchant_uid)).order.status, "pending");
    assert.equal((await life.dojang().webhook({ ...ids, status: "paid" })).status, 200);
    life.clock.advance(1000);
    await untilHintsDone(life.dojang(), ids.imp_uid);
    assert.equal((await life.settled(ids.merchant_uid)).order.imp_uid, ids.imp_uid);
  });
});

interface Life extends AsyncDisposable {
  readonly emulator: Emulator;
  readonly clock: ManualClock;
  readonly databaseUrl: string;
  /** An order with an honest payment that nobody has told of yet. */
  pay(): Promise<{ ids: { imp_uid: string; merchant_uid: string } }>;
  /** The server that runs now. */
  dojang(): TestDojang;
  /** Stops the server and starts another on the same database. */
  restart(): Promise<TestDojang>;
  /** Waits until what was due has been done, and returns the order's rows. */
  settled(merchantUid: string): Promise<Stored>;
}

/** A server of its own, with a clock that the test moves. */
async function openLife(): Promise<Life> {
  const clock = new ManualClock();
  const emulator = await startEmulator({ now: () => clock.now() });
  // A fixed address: an order names it, and must read the same after the restart.
  const env = { DOJANG_PUBLIC_URL: "http://127.0.0.1:3000" };
  const folder = mkdtempSync(join(tmpdir(), "dojang-life-"));
  const first = await startTestDojang({ emulator, clock, env, folder });
  let dojang = first;
  return {
    emulator,
    clock,
    databaseUrl: await databaseIn(folder),
    dojang: () => dojang,
    async pay() {
      const { merchant_uid } = (await dojang.order()).body;
      const { imp_uid } = emulator.pay({ merchant_uid, amount: PRICE, sandbox: true });
      return { ids: { imp_uid, merchant_uid } };
    },
    async restart() {
      dojang = await dojang.restart();
      return dojang;
    },
    async settled(merchantUid) {
      await until("no task is due", async () => {
        clock.advance(0);
        const tasks = await dojang.dojang.deps.store.readTasks({ limit: 1000 });
        return tasks.every(
          ({ state, dueAt }) => state !== "leased" && (state !== "due" || dueAt > clock.now()),
        );
      });
      return readStored(dojang, merchantUid);
    },
    async [Symbol.asyncDispose]() {
      await dojang.close();
      await emulator.close();
      await removeDatabaseIn(folder);
    },
  };
}

describe("a webhook a year late", () => {
  test("R49-j of a payment that was applied changes nothing, whatever it says", async () => {
    await using life = await openLife();
    const { ids } = await life.pay();
    assert.equal((await life.dojang().complete(ids)).body.status, "success");
    const before = await life.settled(ids.merchant_uid);
    life.clock.jump(YEAR_MS);
    const dojang = await life.restart();
    for (const status of ["paid", "ready", "cancelled"])
      assert.equal((await dojang.webhook({ ...ids, status })).status, 200);
    life.clock.advance(60_000);
    await untilHintsDone(dojang, ids.imp_uid);
    assertUnchanged(before, await life.settled(ids.merchant_uid));
    assert.equal((await dojang.complete(ids)).body.status, "success");
  });

  test("R49-k of a payment that was cancelled meanwhile finds the cancel", async () => {
    await using life = await openLife();
    const { ids } = await life.pay();
    assert.equal((await life.dojang().complete(ids)).body.status, "success");
    await life.settled(ids.merchant_uid);
    life.clock.jump(YEAR_MS);
    const dojang = await life.restart();
    life.emulator.silentCancel(ids.imp_uid);
    await life.emulator.webhooks.send(ids.imp_uid, { fields: { status: "paid" } });
    await untilHintsDone(dojang, ids.imp_uid);
    const stored = await life.settled(ids.merchant_uid);
    assertRows(stored, {
      status: "refunded",
      paidBy: ids.imp_uid,
      payments: { [ids.imp_uid]: "reversed" },
      discrepancies: ["cancelled_elsewhere"],
      events: ["order.registered", "order.paid", "order.refunded", "discrepancy.opened"],
    });
    assert.equal((await dojang.complete(ids)).body.status, "success");
  });

  test("R49-l of a payment in time, whose server was away all year, still pays the order", async () => {
    await using life = await openLife();
    const { ids } = await life.pay();
    await life.dojang().close();
    life.clock.jump(YEAR_MS);
    const dojang = await life.restart();
    await dojang.webhook({ ...ids, status: "paid" });
    await untilHintsDone(dojang, ids.imp_uid);
    assertRows(await life.settled(ids.merchant_uid), {
      status: "paid",
      paidBy: ids.imp_uid,
      payments: { [ids.imp_uid]: "applied" },
      events: ["order.registered", "order.paid"],
    });
  });

  test("R49-m of a payment that is a year late itself buys nothing, and is shown", async () => {
    await using life = await openLife();
    const { merchant_uid } = (await life.dojang().order()).body;
    life.clock.jump(YEAR_MS);
    const dojang = await life.restart();
    assert.equal((await life.settled(merchant_uid)).order.status, "expired");
    const { imp_uid } = life.emulator.pay({ merchant_uid, amount: PRICE, sandbox: true });
    await life.emulator.webhooks.send(imp_uid);
    await untilHintsDone(dojang, imp_uid);
    assertRows(await life.settled(merchant_uid), {
      status: "expired",
      payments: { [imp_uid]: "rejected" },
      discrepancies: ["paid_after_closing"],
    });
    assert.equal((await dojang.complete({ imp_uid, merchant_uid })).body.status, "closed");
  });
});
