// R12 and R13: one payment is one payment. Goal: however often, wherever and by whom it is named, it pays its order once,
// and what follows from that happens once. Method: repeat it over orders, callers, webhooks, and a restart.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld, type Scene } from "../support/forgery.ts";
import { assertUnchanged } from "../support/forgery-rows.ts";
import { assertOneAnswer } from "../support/forgery-wire.ts";

// Time stands still: no retry and no scheduled look adds a line.
const clock = new ManualClock(Date.now());
const world = await openWorld({ clock });
after(() => world.close());

const PAID_ONCE = ["order.registered", "order.paid"];

async function ordersOf(scene: Scene, count: number): Promise<string[]> {
  const orders = [];
  for (let made = 0; made < count; made += 1) orders.push(await scene.order());
  return orders;
}

function storedOf(scene: Scene, orders: readonly string[]) {
  return Promise.all(orders.map((order) => scene.stored(order)));
}

/** Callers share looks, so their number is not fixed: at least one, never more than one each, and no other line. */
async function expectOnlyLooks(scene: Scene, of: { payment: { imp_uid: string }; most: number }) {
  await scene.quiet();
  const looks = scene.seenLines();
  assert.deepEqual(new Set(looks), new Set([scene.lookLine(of.payment.imp_uid)]));
  assert.ok(looks.length <= of.most, `${looks.length} looks`);
  await scene.expectBystandersUnchanged();
}

describe("POST /payments/complete with one payment for many orders", () => {
  test("R12-a nine further orders, one after the other, stay open", async () => {
    const scene = await world.scene();
    const [own = "", ...others] = await ordersOf(scene, 10);
    const payment = scene.pay(own);
    await scene.expectAnswer("success", { payment, order: own });
    const before = await storedOf(scene, others);
    for (const order of others) await scene.expectAnswer("notFound", { payment, order });
    assert.deepEqual(await storedOf(scene, others), before);
    await scene.expectStored(own, {
      status: "paid",
      paidBy: payment.imp_uid,
      payments: { [payment.imp_uid]: "applied" },
      events: PAID_ONCE,
    });
    await scene.expectNothingElse(Array(10).fill(scene.lookLine(payment)));
  });

  test("R12-b a hundred at the same time, for ten orders, pay one", async () => {
    const scene = await world.scene();
    const orders = await ordersOf(scene, 10);
    const [own = "", ...others] = orders;
    const payment = scene.pay(own);
    const before = await storedOf(scene, others);
    const asked = Array.from({ length: 100 }, (_, call) => orders[call % 10] ?? "");
    const answers = await Promise.all(asked.map((order) => scene.complete(payment, order)));
    for (const [call, answer] of answers.entries()) {
      const order = asked[call] ?? "";
      assertOneAnswer(answer, { word: order === own ? "success" : "notFound", merchantUid: order });
    }
    assert.deepEqual(await storedOf(scene, others), before);
    await scene.expectStored(own, {
      status: "paid",
      paidBy: payment.imp_uid,
      payments: { [payment.imp_uid]: "applied" },
      events: PAID_ONCE,
    });
    await expectOnlyLooks(scene, { payment, most: 100 });
  });

  test("R12-c a payment that paid before a restart pays no other order after it", async () => {
    await using own = await openWorld();
    const scene = await own.scene();
    const [first = "", other = ""] = await ordersOf(scene, 2);
    const payment = scene.pay(first);
    await scene.expectAnswer("success", { payment, order: first });
    const before = [await scene.stored(first), await scene.stored(other)] as const;
    await using again = await own.dojang.restart();
    const ids = { imp_uid: payment.imp_uid, merchant_uid: other };
    assertOneAnswer(await again.complete(ids), { word: "notFound", merchantUid: other });
    const repeated = await again.complete({ ...ids, merchant_uid: first });
    assertOneAnswer(repeated, { word: "success", merchantUid: first });
    for (const [index, order] of [first, other].entries()) {
      const { body } = await again.read(order);
      const checkout_url = before[index]?.order.checkout_url; // the port is another one
      assert.deepEqual({ ...body, checkout_url }, before[index]?.order);
    }
  });

  test("R12-d a payment that the gateway later shows under another order does not pay that one", async () => {
    const scene = await world.scene();
    const [first = "", other = ""] = await ordersOf(scene, 2);
    const payment = scene.pay(first);
    await scene.expectAnswer("success", { payment, order: first });
    const paid = await scene.stored(first);
    world.emulator.edit(payment.imp_uid, { merchant_uid: other });
    await scene.expectAnswer("closed", { payment, order: other });
    await scene.expectStored(other, { status: "pending", discrepancies: ["orphan"] });
    assertUnchanged(paid, await scene.stored(first));
    const honest = await scene.expectHonestPaymentPays(other);
    await scene.expectNothingElse([payment, payment, honest].map((one) => scene.lookLine(one)));
  });

  test("R12-e a second payment with the PG's number of the first is shown to an operator", async () => {
    const scene = await world.scene();
    const [first = "", other = ""] = await ordersOf(scene, 2);
    const payment = scene.pay(first);
    await scene.expectAnswer("success", { payment, order: first });
    const copy = scene.pay(other, { pg_tid: payment.pg_tid });
    await scene.expectAnswer("success", { payment: copy, order: other });
    await scene.expectStored(other, {
      status: "paid",
      paidBy: copy.imp_uid,
      payments: { [copy.imp_uid]: "applied" },
      discrepancies: ["pg_tid_reused"],
      events: [...PAID_ONCE, "discrepancy.opened"],
    });
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(copy)]);
  });

  test("R12-f a payment that was given back pays neither its own order again nor another", async () => {
    const scene = await world.scene();
    const [first = "", other = ""] = await ordersOf(scene, 2);
    const payment = scene.pay(first);
    await scene.expectAnswer("success", { payment, order: first });
    world.emulator.silentCancel(payment.imp_uid);
    await scene.expectAnswer("notFound", { payment, order: other });
    await scene.expectAnswer("success", { payment, order: first });
    await scene.expectStored(first, {
      status: "refunded",
      paidBy: payment.imp_uid,
      payments: { [payment.imp_uid]: "reversed" },
      discrepancies: ["cancelled_elsewhere"],
      events: [...PAID_ONCE, "order.refunded", "discrepancy.opened"],
    });
    await scene.expectStored(other, { status: "pending" });
    await scene.expectNothingElse(Array(3).fill(scene.lookLine(payment)));
  });
});

describe("POST /payments/complete again for the same order", () => {
  for (const { id, times, width } of [
    { id: "R13-a", times: 2, width: 1 },
    { id: "R13-b", times: 50, width: 50 },
    { id: "R13-c", times: 1000, width: 20 },
  ]) {
    test(`${id} ${times} completes, ${width} at a time, apply one payment once`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order);
      for (let sent = 0; sent < times; sent += width) {
        const calls = Array.from({ length: width }, () => scene.complete(payment, order));
        for (const answer of await Promise.all(calls))
          assertOneAnswer(answer, { word: "success", merchantUid: order });
      }
      const { order: row } = await scene.expectStored(order, {
        status: "paid",
        paidBy: payment.imp_uid,
        payments: { [payment.imp_uid]: "applied" },
        events: PAID_ONCE,
      });
      assert.equal(row.version, 2, "registered once, paid once");
      await expectOnlyLooks(scene, { payment, most: times });
    });
  }

  test("R13-d browser, webhook, redirect and the server's own look at once apply one payment once", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order);
    const { store, clock } = scene.dojang.dojang.deps;
    const look = {
      kind: "look",
      key: `look:${order}`,
      repeat: "again",
      dueAt: clock.now(),
      orderId: order,
    } as const;
    const query = `imp_uid=${payment.imp_uid}&merchant_uid=${order}`;
    await Promise.all([
      scene.expectAnswer("success", { payment, order }),
      scene.expectAnswer("success", { payment, order }),
      scene.webhook(payment),
      scene.webhook(payment),
      scene.dojang.request("GET", `/payments/redirect?${query}`),
      store.addTasks([look]),
    ]);
    await scene.quiet();
    await scene.expectStored(order, {
      status: "paid",
      paidBy: payment.imp_uid,
      payments: { [payment.imp_uid]: "applied" },
      events: PAID_ONCE,
    });
    const list = `GET /payments/findAll/${order}?page=1&limit=1000&sorting=-started`;
    const [lists, looks] = [scene.seenLines().filter((line) => line === list), scene.seenLines().length - 1];
    assert.deepEqual(lists, [list]);
    assert.ok(looks >= 1 && looks <= 6, `${looks} looks`);
    await scene.expectNothingElse([list, ...Array(looks).fill(scene.lookLine(payment))]);
  });

  test("R13-e fifty completes of one virtual account text the buyer once", async () => {
    const scene = await world.scene();
    const order = await scene.order({ customer: { tel: "010-1234-5678" } });
    const payment = scene.pay(order, { pay_method: "vbank", status: "ready" });
    const answers = await Promise.all(Array.from({ length: 50 }, () => scene.complete(payment, order)));
    for (const answer of answers) assertOneAnswer(answer, { word: "vbankIssued", merchantUid: order });
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1, "one answer for all");
    await scene.webhook(payment);
    const { tasks, order: row } = await scene.expectStored(order, {
      status: "awaiting_deposit",
      payments: { [payment.imp_uid]: "held" },
      events: ["order.registered", "order.awaiting_deposit"],
    });
    assert.equal(row.version, 2);
    assert.deepEqual(
      tasks.filter((key) => key.startsWith("sms:")),
      [`sms:account_issued:${payment.imp_uid}`],
    );
    const records = await scene.dojang.dojang.deps.store.readTasks({ orderId: order, limit: 100 });
    assert.equal(records.find(({ kind }) => kind === "sms")?.wanted, 1);
    await expectOnlyLooks(scene, { payment, most: 51 });
  });

  test("R13-f a complete after a restart answers the same and writes nothing", async () => {
    await using own = await openWorld();
    const scene = await own.scene();
    const order = await scene.order();
    const payment = scene.pay(order);
    const first = await scene.expectAnswer("success", { payment, order });
    const { version } = (await scene.stored(order)).order;
    await using again = await own.dojang.restart();
    const repeated = await again.complete({ imp_uid: payment.imp_uid, merchant_uid: order });
    assert.equal(repeated.text, first.text);
    assert.equal((await again.read(order)).body.version, version);
  });
});
