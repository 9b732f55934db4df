// R18: an id is worth nothing to who only knows it. Goal: nobody can guess an order's id, and who learns it can neither
// end the order nor pay it with less; the buyer always has a way on. Method: payments of strangers under the victim's id,
// before and after registration, and a look at ten thousand minted ids.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { ManualClock } from "../gateway/manual-clock.ts";
import { openWorld, PRICE } from "../support/forgery.ts";
import { assertUnchanged } from "../support/forgery-rows.ts";

// Time stands still: no retry and no scheduled look adds a line.
const clock = new ManualClock(Date.now());
const world = await openWorld({ clock });
const claiming = await openWorld({ clock, env: { DOJANG_MERCHANT_UID_PREFIX: "shop-" } });
after(() => Promise.all([world.close(), claiming.close()]));

const MISMATCHED = { status: "pending", discrepancies: ["amount_mismatch"] };

describe("a stranger's payment under the victim's merchant_uid", () => {
  test("R18-a 100 won leave the order open, and a fresh order is paid where the gateway refuses the old id", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const squat = scene.pay(order, { amount: 100 });
    await scene.expectAnswer("forgery", { payment: squat, order });
    await scene.expectStored(order, { ...MISMATCHED, payments: { [squat.imp_uid]: "rejected" } });
    const params = { merchant_uid: order, amount: PRICE };
    const refused = world.emulator.openWindow({ userCode: world.emulator.userCode, params });
    assert.equal(refused.ok, false, "the gateway takes no second payment under this id");
    const fresh = await scene.order();
    assert.notEqual(fresh, order);
    const opening = world.emulator.openWindow({
      userCode: world.emulator.userCode,
      params: { ...params, merchant_uid: fresh },
    });
    assert.ok(opening.ok);
    const honest = await scene.expectHonestPaymentPays(fresh);
    await scene.expectStored(order, { ...MISMATCHED, payments: { [squat.imp_uid]: "rejected" } });
    await scene.expectNothingElse([scene.lookLine(squat), scene.lookLine(honest)]);
  });

  test("R18-b 100 won whose webhook comes first leave the order open, and the buyer's payment pays", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const squat = scene.pay(order, { amount: 100 });
    await scene.webhook(squat);
    await scene.expectStored(order, { ...MISMATCHED, payments: { [squat.imp_uid]: "rejected" } });
    const honest = await scene.expectHonestPaymentPays(order);
    await scene.expectStored(order, {
      status: "paid",
      paidBy: honest.imp_uid,
      payments: { [squat.imp_uid]: "rejected", [honest.imp_uid]: "applied" },
      discrepancies: ["amount_mismatch"],
    });
    await scene.expectNothingElse([scene.lookLine(squat), scene.lookLine(honest)]);
  });

  test("R18-c a fresh order of the same cart is another order, and the squatter's payment is not its own", async () => {
    const scene = await world.scene();
    const cart = { customer: { id: "victim" }, metadata: { cart: "a x 1" } };
    const order = await scene.order(cart);
    const squat = scene.pay(order, { amount: 100 });
    await scene.webhook(squat);
    const fresh = await scene.order(cart);
    await scene.expectAnswer("notFound", { payment: squat, order: fresh });
    await scene.expectStored(fresh, { status: "pending" });
    const honest = await scene.expectHonestPaymentPays(fresh);
    await scene.expectNothingElse([squat, squat, honest].map((payment) => scene.lookLine(payment)));
  });

  test("R18-d thirty windows leave twenty rows and an order that can be paid", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const windows = Array.from({ length: 30 }, () => scene.pay(order, { status: "ready" }));
    for (const payment of windows) await scene.expectAnswer("pending", { payment, order });
    const { order: row } = await scene.stored(order);
    assert.deepEqual([row.status, row.payments.length], ["pending", 20]);
    const honest = await scene.expectHonestPaymentPays(order);
    await scene.expectNothingElse([...windows, honest].map((payment) => scene.lookLine(payment)));
  });

  test("R18-e a stranger's virtual account does not keep the buyer from paying by card, and is closed then", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const account = scene.pay(order, { pay_method: "vbank", status: "ready" });
    await scene.expectAnswer("vbankIssued", { payment: account, order });
    const honest = await scene.expectHonestPaymentPays(order);
    await scene.quiet();
    await scene.expectStored(order, {
      status: "paid",
      paidBy: honest.imp_uid,
      payments: { [account.imp_uid]: "observed", [honest.imp_uid]: "applied" },
    });
    // It is looked at once more after it was closed, which records it as failed.
    const looks = [account, honest, account].map((payment) => scene.lookLine(payment));
    await scene.expectNothingElse([...looks, `DELETE /vbanks/${account.imp_uid}`]);
  });

  test("R18-f a payment under an id that is guessed before its registration leaves no trace", async () => {
    const scene = await world.scene();
    const order = "order-20261123-0001";
    const squat = scene.pay(order, { amount: 100 });
    await scene.webhook(squat);
    await scene.expectAnswer("notFound", { payment: squat, order });
    assert.deepEqual(scene.seenLines(), [], "what names no order of ours costs no look");
    await scene.webhook(squat, { merchant_uid: "" });
    assert.equal((await scene.dojang.read(order)).status, 404);
    assert.equal(await scene.dojang.dojang.deps.store.findOrderOfPayment(squat.imp_uid), undefined);
    await scene.order({ merchant_uid: order });
    await scene.expectStored(order, { status: "pending", events: ["order.registered"] });
    const honest = await scene.expectHonestPaymentPays(order);
    await scene.expectNothingElse([scene.lookLine(squat), scene.lookLine(honest)]);
  });

  test("R18-g a payment under a claimed id before its registration is kept, judged then, and blocks nothing", async () => {
    const scene = await claiming.scene();
    const order = "shop-20261123-0001";
    const squat = scene.pay(order, { amount: 100 });
    await scene.webhook(squat);
    await scene.order({ merchant_uid: order });
    await scene.quiet();
    await scene.expectStored(order, {
      status: "pending",
      payments: { [squat.imp_uid]: "rejected" },
      discrepancies: ["orphan", "amount_mismatch"],
    });
    const honest = await scene.expectHonestPaymentPays(order);
    await scene.expectNothingElse([squat, squat, honest].map((payment) => scene.lookLine(payment)));
  });
});

const SHAPE = /^dj_[A-Za-z0-9_-]{6}[A-Za-z0-9_-]{22}[A-Za-z0-9_-]{8}$/;
const MINTED = 10_000;

describe("minted ids", () => {
  const { orderIds } = world.dojang.dojang.deps;

  test("R18-h ten thousand are of one shape, all different, random in every place, and ours", () => {
    const ids = Array.from({ length: MINTED }, () => orderIds.mint());
    assert.equal(new Set(ids).size, MINTED);
    assert.equal(new Set(ids.map((id) => id.slice(9, 31))).size, MINTED, "different beside their time, too");
    for (const id of ids) {
      assert.match(id, SHAPE);
      assert.ok(orderIds.isOurs(id));
    }
    for (let place = 9; place < 31; place += 1) {
      const letters = new Set(ids.map((id) => id[place]));
      assert.equal(letters.size, 64, `place ${place} holds 6 random bits`);
    }
    const times = ids.map((id) => id.slice(0, 9));
    assert.deepEqual(times.toSorted(), times, "in the order of their making");
  });

  test("R18-i an order registered without an id gets one of them", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    assert.match(order, SHAPE);
    assert.ok(orderIds.isOurs(order));
    await scene.expectNothingElse([]);
  });

  test("R18-j no neighbour of a minted id is ours, and asking for one costs no look", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const before = await scene.stored(order);
    const payment = scene.pay(order);
    for (let place = 3; place < order.length; place += 1) {
      const other = order[place] === "A" ? "B" : "A";
      const neighbour = order.slice(0, place) + other + order.slice(place + 1);
      assert.equal(orderIds.isOurs(neighbour), false, `place ${place}`);
      await scene.expectAnswer("notFound", { payment, order: neighbour });
    }
    assertUnchanged(before, await scene.stored(order));
    await scene.expectNothingElse([]);
  });

  test("R18-k another server's ids are not ours", async () => {
    const DOJANG_DATA_KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => 7 * index + 1)).toString(
      "base64",
    );
    await using other = await openWorld({ env: { DOJANG_DATA_KEY } });
    const theirs = other.dojang.dojang.deps.orderIds;
    for (let round = 0; round < 100; round += 1) {
      assert.equal(orderIds.isOurs(theirs.mint()), false);
      assert.equal(theirs.isOurs(orderIds.mint()), false);
    }
  });

  test("R18-l an id made from an Idempotency-Key is another one for each key, caller and server, and no less ours", () => {
    const ids = [
      orderIds.derive("default", "1"),
      orderIds.derive("default", "2"),
      orderIds.derive("second", "1"),
      orderIds.derive("default,1", ""),
    ];
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(orderIds.derive("default", "1"), ids[0]);
    for (const id of ids) {
      assert.match(id, SHAPE);
      assert.ok(orderIds.isOurs(id));
    }
  });
});
