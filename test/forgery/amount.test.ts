// R01 and R02: the price is the order's. Goal: whatever the page asked the gateway to charge, and whatever it tells us,
// only a payment of exactly the registered amount pays. Method: real payments of another amount, and bodies that name one.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openWorld, PRICE } from "../support/forgery.ts";
import { assertUnchanged, brokenClauses } from "../support/forgery-rows.ts";
import { assertOneAnswer } from "../support/forgery-wire.ts";

const world = await openWorld();
after(() => world.close());

const OTHER_AMOUNTS = [
  { id: "R01-a", what: "one won less", amount: PRICE - 1 },
  { id: "R01-b", what: "one won more", amount: PRICE + 1 },
  { id: "R01-c", what: "a hundredth", amount: PRICE / 100 },
  { id: "R01-d", what: "a hundred times as much", amount: PRICE * 100 },
  { id: "R01-e", what: "one won", amount: 1 },
  { id: "R01-f", what: "a tenth, a digit dropped", amount: PRICE / 10 },
  { id: "R01-g", what: "nothing at all", amount: 0, isFree: true },
  { id: "R01-h", what: "the largest amount that can be written", amount: "999999999999999" },
  { id: "R01-i", what: "half a won less", amount: "49999.5" },
];

describe("POST /payments/complete with another amount", () => {
  for (const { id, what, amount, isFree = false } of OTHER_AMOUNTS) {
    test(`${id} ${what} does not pay the order`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order, { amount });
      await scene.expectAnswer("forgery", { payment, order });
      const stored = await scene.expectStored(order, {
        status: "pending",
        payments: { [payment.imp_uid]: "rejected" },
        // Money that came in is shown to an operator; a payment of nothing holds none.
        discrepancies: isFree ? [] : ["amount_mismatch"],
        events: ["order.registered", ...(isFree ? [] : ["payment.rejected", "discrepancy.opened"])],
      });
      assert.deepEqual(brokenClauses(stored, payment), ["amount"]);
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
    });
  }

  test("R01-j a page that opens the window for less is found out", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const params = { merchant_uid: order, amount: 100, name: "감귤 5kg", pay_method: "card" };
    const opening = world.emulator.openWindow({ userCode: world.emulator.userCode, params });
    assert.ok(opening.ok);
    world.emulator.webhooks.auto = false;
    await world.emulator.settleWindow(opening.payment.imp_uid, { kind: "card" });
    await scene.expectAnswer("forgery", { payment: opening.payment, order });
    await scene.expectStored(order, {
      status: "pending",
      payments: { [opening.payment.imp_uid]: "rejected" },
      discrepancies: ["amount_mismatch"],
    });
    await scene.expectNothingElse([scene.lookLine(opening.payment)]);
  });

  test("R01-k the webhook of a cheaper payment does not pay the order either", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order, { amount: 100 });
    await scene.webhook(payment);
    await scene.expectStored(order, {
      status: "pending",
      payments: { [payment.imp_uid]: "rejected" },
      discrepancies: ["amount_mismatch"],
    });
    const honest = await scene.expectHonestPaymentPays(order);
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
  });

  test("R01-l a virtual account issued for less is not handed on, and is closed", async () => {
    const scene = await world.scene();
    const order = await scene.order({ customer: { tel: "010-1234-5678" } });
    const payment = scene.pay(order, { amount: 100, pay_method: "vbank", status: "ready" });
    await scene.expectAnswer("forgery", { payment, order });
    await scene.quiet();
    const { order: row, tasks } = await scene.expectStored(order, {
      status: "pending",
      payments: { [payment.imp_uid]: "rejected" },
    });
    assert.equal(row.virtual_account, null);
    assert.deepEqual(
      tasks.filter((key) => key.startsWith("sms:")),
      [],
      "nobody is texted a forged account",
    );
    const seen = scene.seenLines();
    assert.ok(
      seen.includes(`DELETE /vbanks/${payment.imp_uid}`),
      "an account that cannot pay takes no deposit",
    );
    const honest = await scene.expectHonestPaymentPays(order);
    const looks = seen.filter((line) => line === scene.lookLine(payment));
    const closing = `DELETE /vbanks/${payment.imp_uid}`;
    await scene.expectNothingElse([...looks, closing, scene.lookLine(honest)]);
  });
});

// Each of these is what some shop once compared the payment with.
const CLAIMED_FIELDS: Readonly<Record<string, unknown>> = {
  amount: 100,
  total: 100,
  price: 100,
  amount_due: 100,
  currency: "KRW",
  items: [{ product: "tangerine", quantity: 1, price: 100 }],
  order: { amount: 100 },
  status: "paid",
};

describe("POST /payments/complete with a price of its own", () => {
  for (const [field, value] of Object.entries(CLAIMED_FIELDS)) {
    test(`R02-a a body that carries ${field} is refused before anything is looked at`, async () => {
      const scene = await world.scene();
      const order = await scene.order();
      const payment = scene.pay(order, { amount: 100 });
      const before = await scene.stored(order);
      const body = { imp_uid: payment.imp_uid, merchant_uid: order, [field]: value };
      assertOneAnswer(await scene.dojang.request("POST", "/payments/complete", { body }), {
        word: "invalidRequest",
      });
      assertUnchanged(before, await scene.stored(order));
      const honest = await scene.expectHonestPaymentPays(order);
      await scene.expectNothingElse([scene.lookLine(honest)]);
    });
  }

  test("R02-b an amount in the address is not read", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order, { amount: 100 });
    const body = { imp_uid: payment.imp_uid, merchant_uid: order };
    const answer = await scene.dojang.request("POST", "/payments/complete?amount=100&total=100", { body });
    assertOneAnswer(answer, { word: "forgery", merchantUid: order });
    await scene.expectStored(order, {
      status: "pending",
      payments: { [payment.imp_uid]: "rejected" },
      discrepancies: ["amount_mismatch"],
    });
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });

  test("R02-c a payment of an order's price, made under no order, pays none", async () => {
    const scene = await world.scene();
    const [one, other] = [await scene.order(), await scene.order()];
    const payment = scene.pay("a-foreign-order-0001");
    const before = { one: await scene.stored(one), other: await scene.stored(other) };
    for (const order of [one, other]) await scene.expectAnswer("notFound", { payment, order });
    await scene.webhook(payment);
    await scene.webhook(payment, { merchant_uid: one });
    assertUnchanged(before.one, await scene.stored(one));
    assertUnchanged(before.other, await scene.stored(other));
    const kept = await scene.dojang.dojang.deps.store.findOrderOfPayment(payment.imp_uid);
    assert.equal(kept, undefined, "another system's payment leaves no trace");
    // The webhook that names no order of ours costs no look.
    await scene.expectNothingElse(Array(3).fill(scene.lookLine(payment)));
  });

  test("R02-d a webhook that carries an amount and a status moves nothing by them", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order, { amount: 100, status: "ready", pay_method: "card" });
    await scene.webhook(payment, { status: "paid", amount: PRICE, paid_amount: PRICE });
    await scene.expectStored(order, { status: "pending", payments: { [payment.imp_uid]: "rejected" } });
    const honest = await scene.expectHonestPaymentPays(order);
    await scene.expectNothingElse([scene.lookLine(payment), scene.lookLine(honest)]);
  });

  test("R02-e a redirect that carries an amount and success moves nothing by them", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const payment = scene.pay(order, { amount: 100 });
    const query = new URLSearchParams({
      imp_uid: payment.imp_uid,
      merchant_uid: order,
      imp_success: "true",
      amount: String(PRICE),
    });
    const answer = await scene.dojang.request("GET", `/payments/redirect?${query}`);
    assert.equal(answer.status, 303);
    const target = new URL(answer.headers.get("location") ?? "");
    assert.deepEqual(
      [...target.searchParams],
      [
        ["merchant_uid", order],
        ["status", "forgery"],
      ],
    );
    await scene.expectStored(order, {
      status: "pending",
      payments: { [payment.imp_uid]: "rejected" },
      discrepancies: ["amount_mismatch"],
    });
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });

  test("R02-f what the page wrote into the payment's free fields is no price", async () => {
    const scene = await world.scene();
    const order = await scene.order();
    const custom_data = JSON.stringify({ amount: PRICE, merchant_uid: order });
    const payment = scene.pay(order, { amount: 100, custom_data, name: `${PRICE} KRW` });
    await scene.expectAnswer("forgery", { payment, order });
    await scene.expectStored(order, {
      status: "pending",
      payments: { [payment.imp_uid]: "rejected" },
      discrepancies: ["amount_mismatch"],
    });
    await scene.expectNothingElse([scene.lookLine(payment)]);
  });
});
